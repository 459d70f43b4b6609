//===- HipTileText.h - Parts of tile ops as text
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_HIPTILETEXT_H
#define HIP_DIALECT_HIPTILETEXT_H

#include "mlir/IR/OpImplementation.h"

namespace mlir::hip {

/// `%tile`, `%vector per row` or `%vector per column`, separated by commas.
ParseResult
parseMapSources(OpAsmParser &parser,
                SmallVectorImpl<OpAsmParser::UnresolvedOperand> &sources,
                DenseI64ArrayAttr &axes);
void printMapSources(OpAsmPrinter &printer, Operation *op, OperandRange sources,
                     DenseI64ArrayAttr axes);

/// Rejects attributes that the op writes elsewhere; prints nothing.
ParseResult parseBesides(OpAsmParser &parser, const NamedAttrList &attributes,
                         ArrayRef<StringRef> besides);
inline void printBesides(OpAsmPrinter &, Operation *, DictionaryAttr,
                         ArrayRef<StringRef>) {}

/// `rows (d0) -> (0, d0 mod 2, d0 floordiv 2)`; left out if rows follow each
/// other along the last index.
ParseResult parseRowMap(OpAsmParser &parser, AffineMapAttr &map,
                        ArrayRef<OpAsmParser::UnresolvedOperand> indices);
void printRowMap(OpAsmPrinter &printer, Operation *op, AffineMapAttr map,
                 OperandRange indices);
/// The map that is left out, for this many indices.
AffineMap consecutiveRows(MLIRContext *context, size_t indices);

/// `(%x, %y) { .. }`: the indices of a thread block and its program.
ParseResult parseThreadBlock(OpAsmParser &parser, Region &body);
void printThreadBlock(OpAsmPrinter &printer, Operation *op, Region &body);

} // namespace mlir::hip

#endif // HIP_DIALECT_HIPTILETEXT_H
