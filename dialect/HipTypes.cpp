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
  if (!shape.empty())
    printer << 'x';
  printer << elementType;
}

#define GET_TYPEDEF_CLASSES
#include "dialect/HipTypes.cpp.inc"

void HipDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialect/HipTypes.cpp.inc"
      >();
}

/// What views of queries, and of keys and values, have to be.
static LogicalResult verifyView(function_ref<InFlightDiagnostic()> emitError,
                                StringRef rule, StringRef view, StringRef sizes,
                                ArrayRef<int64_t> shape, Type elementType) {
  if (shape.size() != 4)
    return emitError() << rule << ": " << view << " has 4 dimensions " << sizes
                       << ", got " << shape.size();
  if (ShapedType::isDynamic(shape[1]) || ShapedType::isDynamic(shape[3]))
    return emitError() << rule << ": " << view
                       << " has static heads and head size; make dimensions 1 "
                          "and 3 static";
  if (!isa<Float16Type, BFloat16Type, Float32Type>(elementType))
    return emitError() << rule << ": " << view
                       << " is read as f16, bf16 or f32, got " << elementType;
  for (int64_t size : shape)
    if (!ShapedType::isDynamic(size) && (size < 0 || size > kMostKeys))
      return emitError() << "S5: " << view << " has a size of " << size
                         << ", but positions are i32: at most " << kMostKeys;
  return success();
}

LogicalResult KvType::verify(function_ref<InFlightDiagnostic()> emitError,
                             ArrayRef<int64_t> shape, Type elementType) {
  constexpr size_t kBounds = 3;
  if (shape.size() == 5 && shape[kBounds] == 2) {
    SmallVector<int64_t> rows(shape);
    rows.erase(rows.begin() + kBounds);
    return verifyView(emitError, "S17b", "a view of summaries",
                      "[B, Hkv, N, 2, D]", rows, elementType);
  }
  return verifyView(emitError, "S23", "a KV view", "[B, Hkv, T, D]", shape,
                    elementType);
}

LogicalResult QueryType::verify(function_ref<InFlightDiagnostic()> emitError,
                                ArrayRef<int64_t> shape, Type elementType) {
  if (failed(verifyView(emitError, "S1b", "a view of queries", "[B, Hq, Tq, D]",
                        shape, elementType)))
    return failure();
  if (!ShapedType::isDynamic(shape[2]))
    return emitError() << "S1b: entries of a view of queries have each their "
                          "own number of rows, got "
                       << shape[2] << "; make dimension 2 dynamic";
  return success();
}

LogicalResult RowsType::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<int64_t> shape, Type elementType) {
  if (shape.size() > 1)
    return emitError() << "a row has one dimension, numbers side by side, got "
                       << shape.size();
  if (!shape.empty() && (shape[0] < 1 || shape[0] > kMostTileNumbers))
    return emitError() << "a row has 1 to " << kMostTileNumbers
                       << " numbers, got "
                       << (ShapedType::isDynamic(shape[0])
                               ? "?"
                               : std::to_string(shape[0]));
  if (!isa<Float16Type, BFloat16Type, Float32Type>(elementType) &&
      !elementType.isSignlessInteger(32) && !elementType.isSignlessInteger(8))
    return emitError() << "rows are of f16, bf16, f32, i32 or i8, got "
                       << elementType;
  return success();
}

/// Layouts are of vectors or of matrices. Threads have no more numbers than
/// there is code for, and warps side by side whole blocks of columns.
static LogicalResult checkLayout(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, Attribute layout) {
  constexpr int64_t kMostNumbers = 1024;
  if (isa<SharedLayoutAttr>(layout))
    return success();
  auto registers = dyn_cast<RegisterLayoutAttrInterface>(layout);
  if (!registers)
    return emitError()
           << "a tile has a layout of registers or #hip.shared, got " << layout;
  bool ofMatrix = isa<MmaLayoutAttr>(layout);
  if (ofMatrix != (shape.size() == 2))
    return emitError() << layout << " is of a "
                       << (ofMatrix ? "matrix" : "vector") << ", got one of "
                       << llvm::interleaved(shape, /*Separator=*/"x");
  auto mma = dyn_cast<MmaLayoutAttr>(layout);
  int64_t strip = mma ? layout::kMmaColumns * mma.getColumnWarps() : 1;
  if (shape.back() % strip != 0)
    return emitError() << "has " << shape.back() << " columns, but "
                       << mma.getColumnWarps()
                       << " warps side by side take multiples of " << strip;
  layout::Layout places = registers.getLayout(shape);
  if (int64_t count = places.registerCount(); count > kMostNumbers)
    return emitError() << "gives each of " << places.threadCount()
                       << " threads " << count << " numbers of "
                       << llvm::interleaved(shape, /*Separator=*/"x")
                       << ", but a thread has at most " << kMostNumbers
                       << "; take fewer rows or columns, or more threads, in "
                          "#hip.schedule";
  return success();
}

LogicalResult TileType::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<int64_t> shape, Type elementType,
                               Attribute layout) {
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
  return layout ? checkLayout(emitError, shape, layout) : success();
}

layout::Layout TileType::getRegisters() const {
  return cast<RegisterLayoutAttrInterface>(getLayout()).getLayout(getShape());
}

int64_t SmemType::bytesOf(Type element) {
  return llvm::PowerOf2Ceil(
      llvm::divideCeil(element.getIntOrFloatBitWidth(), 8));
}

int64_t SmemType::getElementBytes() const { return bytesOf(getElementType()); }

int64_t SmemType::getStageBytes() const {
  int64_t rows = getRows();
  if (getSwizzle() > 0)
    rows = llvm::alignTo(rows, getStrip());
  return llvm::alignTo(rows * getPitch(), layout::kVectorBytes);
}

int64_t SmemType::getAlignment() const {
  return std::max(layout::kVectorBytes, layout::kAtomRows * getSwizzle());
}

SmemType SmemType::withStages(int64_t stages) const {
  return get(getContext(), getShape(), getElementType(), getPitch(),
             getSwizzle(), getStrip(), stages);
}

int64_t SmemType::getOffset(int64_t row, int64_t byte) const {
  return layout::offsetOf(row, byte, getPitch(), getSwizzle(), getStrip());
}

/// Rows lie one after another, or in atoms of whole rows.
LogicalResult SmemType::verify(function_ref<InFlightDiagnostic()> emitError,
                               ArrayRef<int64_t> shape, Type elementType,
                               int64_t pitch, int64_t swizzle, int64_t strip,
                               int64_t stages) {
  // What a tile holds, memory holds.
  if (failed(TileType::verify(emitError, shape, elementType, Attribute())))
    return failure();
  constexpr int64_t kMostStages = 16;
  int64_t bytes = bytesOf(elementType);
  int64_t row = shape.back() * bytes;
  if (pitch < row || pitch > kMostTileNumbers || pitch % bytes != 0)
    return emitError() << "pitch = " << pitch << " for rows of " << row
                       << " bytes; it is a multiple of " << bytes
                       << ", from there to " << kMostTileNumbers;
  if (stages < 1 || stages > kMostStages)
    return emitError() << "stages = " << stages << ", but there are 1 to "
                       << kMostStages;
  if (strip < layout::kAtomRows || strip % layout::kAtomRows != 0 ||
      strip > kMostTileNumbers || (swizzle == 0 && strip > layout::kAtomRows))
    return emitError() << "strip = " << strip
                       << ", but swizzled rows have a multiple of "
                       << layout::kAtomRows << ", and others have no strips";
  if (swizzle == 0)
    return success();
  if (swizzle != 32 && swizzle != 64 && swizzle != 128)
    return emitError() << "swizzle = " << swizzle
                       << ", but it is 32, 64 or 128 bytes, or 0 for none";
  if (shape.size() != 2 || pitch % swizzle != 0)
    return emitError()
           << "swizzle = " << swizzle
           << " is for rows of a matrix whose pitch is a multiple of "
              "it, got pitch = "
           << pitch;
  return success();
}
