//===- HipTypes.cpp - KV view and tile types
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/InterleavedRange.h"

using namespace mlir;
using namespace mlir::hip;

static ParseResult parseShapedBody(AsmParser &parser,
                                   SmallVectorImpl<int64_t> &shape,
                                   Type &elementType) {
  return failure(parser.parseDimensionList(shape) ||
                 parser.parseType(elementType));
}

static void printShapedBody(AsmPrinter &printer, ArrayRef<int64_t> shape,
                            Type elementType) {
  printer.printDimensionList(shape);
  printer << 'x' << elementType;
}

#define GET_TYPEDEF_CLASSES
#include "dialect/HipTypes.cpp.inc"

void HipDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialect/HipTypes.cpp.inc"
      >();
}

LogicalResult KvType::verify(function_ref<InFlightDiagnostic()> emitError,
                             ArrayRef<int64_t> shape, Type elementType) {
  if (shape.size() != 4)
    return emitError() << "S23: a KV view has 4 dimensions [B, Hkv, T, D], got "
                       << shape.size();
  if (ShapedType::isDynamic(shape[1]) || ShapedType::isDynamic(shape[3]))
    return emitError() << "S23: a KV view has static heads and head size; make "
                          "dimensions 1 and 3 static";
  if (!isa<Float16Type, BFloat16Type, Float32Type, Float8E4M3FNType,
           Float8E5M2Type>(elementType))
    return emitError() << "S23: a KV view stores f16, bf16, f32, f8E4M3FN or "
                          "f8E5M2, got "
                       << elementType;
  for (int64_t size : shape)
    if (!ShapedType::isDynamic(size) && (size < 0 || size > kMostKeys))
      return emitError() << "S5: a KV view has a size of " << size
                         << ", but positions are i32: at most " << kMostKeys;
  return success();
}

LogicalResult TileType::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<int64_t> shape, Type elementType) {
  if (shape.empty() || shape.size() > 2 || ShapedType::isDynamicShape(shape))
    return emitError() << "a tile has one or two static dimensions: numbers, "
                          "or rows x columns";
  int64_t rows = shape.front(), columns = shape.size() == 2 ? shape[1] : 1;
  auto sizes = [&] { return llvm::interleaved(shape, /*Separator=*/"x"); };
  if (rows < 1 || columns < 1)
    return emitError() << "a tile has sizes of at least 1, got " << sizes();
  if (rows > kMostTileNumbers || columns > kMostTileNumbers ||
      rows * columns > kMostTileNumbers)
    return emitError() << "a tile has at most " << kMostTileNumbers
                       << " numbers, got " << sizes();
  auto integer = dyn_cast<IntegerType>(elementType);
  bool whole = integer && integer.isSignless() && integer.getWidth() >= 1 &&
               integer.getWidth() <= 64;
  if (!whole && !isa<Float16Type, BFloat16Type, Float32Type>(elementType))
    return emitError() << "a tile holds f16, bf16, f32 or integers of 1 to 64 "
                          "bits, got "
                       << elementType;
  return success();
}
