//===- HipTileText.cpp - Parts of tile ops as text
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipTileText.h"
#include "dialect/HipOps.h"

using namespace mlir;

ParseResult mlir::hip::parseMapSources(
    OpAsmParser &parser,
    SmallVectorImpl<OpAsmParser::UnresolvedOperand> &sources,
    DenseI64ArrayAttr &axes) {
  SmallVector<int64_t> along;
  auto parseSource = [&]() -> ParseResult {
    along.push_back(-1);
    if (parser.parseOperand(sources.emplace_back()))
      return failure();
    if (failed(parser.parseOptionalKeyword("per")))
      return success();
    if (succeeded(parser.parseOptionalKeyword("row")))
      along.back() = 0;
    else if (succeeded(parser.parseOptionalKeyword("column")))
      along.back() = 1;
    else
      return parser.emitError(parser.getCurrentLocation(),
                              "expected `row` or `column` after `per`");
    return success();
  };
  if (parser.parseCommaSeparatedList(parseSource))
    return failure();
  axes = parser.getBuilder().getDenseI64ArrayAttr(along);
  return success();
}

void mlir::hip::printMapSources(OpAsmPrinter &printer, Operation *,
                                OperandRange sources, DenseI64ArrayAttr axes) {
  auto print = [&](auto source) {
    auto [tile, axis] = source;
    printer << tile;
    if (axis >= 0)
      printer << (axis == 0 ? " per row" : " per column");
  };
  llvm::interleaveComma(llvm::zip(sources, axes.asArrayRef()), printer, print);
}

ParseResult mlir::hip::parseBesides(OpAsmParser &parser,
                                    const NamedAttrList &attributes,
                                    ArrayRef<StringRef> besides) {
  for (NamedAttribute attribute : attributes) {
    StringRef name = attribute.getName();
    if (name.ends_with("SegmentSizes"))
      return parser.emitError(parser.getNameLoc())
             << "'" << name
             << "' among the attributes, but it follows from the "
             << "operands; leave it out";
    if (llvm::is_contained(besides, name))
      return parser.emitError(parser.getNameLoc())
             << "'" << name << "' = " << attribute.getValue()
             << " among the attributes, but it has a place in the op's syntax; "
                "write it there alone";
  }
  return success();
}

AffineMap mlir::hip::consecutiveRows(MLIRContext *context, size_t indices) {
  SmallVector<AffineExpr> results(indices, getAffineConstantExpr(0, context));
  if (indices > 0)
    results.back() = getAffineDimExpr(0, context);
  return AffineMap::get(/*dimCount=*/1, /*symbolCount=*/0, results, context);
}

ParseResult
mlir::hip::parseRowMap(OpAsmParser &parser, AffineMapAttr &map,
                       ArrayRef<OpAsmParser::UnresolvedOperand> indices) {
  AffineMap given = consecutiveRows(parser.getContext(), indices.size());
  if (succeeded(parser.parseOptionalKeyword("rows")) &&
      parser.parseAffineMap(given))
    return failure();
  map = AffineMapAttr::get(given);
  return success();
}

void mlir::hip::printRowMap(OpAsmPrinter &printer, Operation *op,
                            AffineMapAttr map, OperandRange indices) {
  if (map.getValue() == consecutiveRows(op->getContext(), indices.size()))
    return;
  printer << " rows ";
  map.getValue().print(printer.getStream());
}

ParseResult mlir::hip::parseThreadBlock(OpAsmParser &parser, Region &body) {
  SmallVector<OpAsmParser::Argument> ids;
  if (parser.parseArgumentList(ids, OpAsmParser::Delimiter::Paren))
    return failure();
  for (OpAsmParser::Argument &id : ids)
    id.type = parser.getBuilder().getIndexType();
  if (parser.parseRegion(body, ids))
    return failure();
  TileKernelOp::ensureTerminator(
      body, parser.getBuilder(),
      parser.getEncodedSourceLoc(parser.getNameLoc()));
  return success();
}

void mlir::hip::printThreadBlock(OpAsmPrinter &printer, Operation *,
                                 Region &body) {
  printer << "(" << ValueRange(body.getArguments()) << ") ";
  printer.printRegion(body, /*printEntryBlockArgs=*/false,
                      /*printBlockTerminators=*/false);
}
