//===- HipKvOps.cpp - Views of stored keys and values
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::hip;

//===----------------------------------------------------------------------===//
// Inferred views
//===----------------------------------------------------------------------===//

/// The type as which storage is read: 8-bit floats as another type (S23).
static FailureOr<Type> readAs(std::optional<Location> location, Type stored,
                              std::optional<Type> as) {
  if (isFloat8(stored) && !as)
    return emitOptionalError(location, "S23: storage of ", stored,
                             " is read as another type; name it, such as "
                             "`as bf16`");
  if (!isFloat8(stored) && as)
    return emitOptionalError(location, "S23: storage of ", stored,
                             " is read as it is, got `as ", *as,
                             "`; leave it out");
  return as.value_or(stored);
}

/// Returns `[batch, heads, keys, head size]`, checked.
static LogicalResult inferView(MLIRContext *context,
                               std::optional<Location> location,
                               ArrayRef<int64_t> shape, Type stored,
                               std::optional<Type> as,
                               SmallVectorImpl<Type> &types) {
  Location loc = location.value_or(UnknownLoc::get(context));
  FailureOr<Type> element = readAs(location, stored, as);
  if (failed(element))
    return failure();
  Type view = KvType::getChecked([&] { return emitError(loc); }, context, shape,
                                 *element);
  if (!view)
    return failure();
  types.push_back(view);
  return success();
}

/// The type of an operand, before it is verified.
static FailureOr<ShapedType> arrayOf(std::optional<Location> location,
                                     Value operand, StringRef what,
                                     int64_t rank) {
  auto type = dyn_cast<ShapedType>(operand.getType());
  if (type && type.hasRank() && type.getRank() == rank)
    return type;
  return emitOptionalError(location, "S23: ", what, " has to be an array of ",
                           rank, " dimensions, got ", operand.getType());
}

LogicalResult KvContiguousOp::inferReturnTypes(MLIRContext *context,
                                               std::optional<Location> location,
                                               KvContiguousOp::Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  auto storage =
      arrayOf(location, adaptor.getStorage(), "the storage [B, Hkv, T, D]", 4);
  if (failed(storage))
    return failure();
  ArrayRef<int64_t> s = storage->getShape();
  KvAxes axes = axesOf(adaptor.getLayout());
  return inferView(context, location, {s[0], s[axes.heads], s[axes.rows], s[3]},
                   storage->getElementType(), adaptor.getAs(), types);
}

LogicalResult KvRaggedOp::inferReturnTypes(MLIRContext *context,
                                           std::optional<Location> location,
                                           KvRaggedOp::Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  auto storage =
      arrayOf(location, adaptor.getStorage(), "the storage [total, Hkv, D]", 3);
  auto ends = arrayOf(location, adaptor.getOffsets(), "offsets [B + 1]", 1);
  if (failed(storage) || failed(ends))
    return failure();
  // The verifier refuses no offsets at all.
  int64_t offsets = ends->getDimSize(0);
  int64_t batch = ShapedType::isDynamic(offsets)
                      ? offsets
                      : std::max<int64_t>(offsets - 1, 0);
  return inferView(context, location,
                   {batch, storage->getDimSize(1), ShapedType::kDynamic,
                    storage->getDimSize(2)},
                   storage->getElementType(), adaptor.getAs(), types);
}

LogicalResult KvPagedOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> location,
                                          KvPagedOp::Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  auto pages =
      arrayOf(location, adaptor.getPages(), "pages [P, page, Hkv, D]", 4);
  auto table = arrayOf(location, adaptor.getTable(), "table [B, max_pages]", 2);
  if (failed(pages) || failed(table))
    return failure();
  return inferView(context, location,
                   {table->getDimSize(0), pages->getDimSize(2),
                    ShapedType::kDynamic, pages->getDimSize(3)},
                   pages->getElementType(), adaptor.getAs(), types);
}

LogicalResult KvSummariesOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> location,
                                              KvSummariesOp::Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  auto pages = arrayOf(location, adaptor.getPages(),
                       "pages [P, max(1, page / box), Hkv, 2, D]", 5);
  auto table = arrayOf(location, adaptor.getTable(), "table [B, max_pages]", 2);
  if (failed(pages) || failed(table))
    return failure();
  ArrayRef<int64_t> p = pages->getShape();
  return inferView(
      context, location,
      {table->getDimSize(0), p[2], ShapedType::kDynamic, p[3], p[4]},
      pages->getElementType(), std::nullopt, types);
}

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

static LogicalResult checkOneKind(Operation *op) {
  bool tensors = isa<RankedTensorType>(op->getOperand(0).getType());
  for (Type type : op->getOperandTypes())
    if (isa<RankedTensorType>(type) != tensors)
      return op->emitOpError() << "mixes tensors and memrefs: " << type
                               << " beside " << op->getOperand(0).getType();
  return success();
}

/// Checks of all views: tensors or memrefs, and a scale for each head if 8-bit
/// floats have scales.
static LogicalResult checkView(Operation *op, Value scales,
                               std::optional<Type> as, int64_t heads) {
  if (failed(checkOneKind(op)))
    return failure();
  if (!scales)
    return success();
  if (!as)
    return op->emitOpError() << "S23: has scales, but its numbers are read as "
                                "they are; leave scales out";
  return checkSize(op, "S23", "number of scales", shapeOf(scales.getType())[0],
                   "the number of KV heads", heads);
}

LogicalResult KvContiguousOp::verify() {
  return checkView(*this, getScales(), getAs(),
                   getView().getType().getShape()[1]);
}

LogicalResult KvRaggedOp::verify() {
  int64_t offsets = shapeOf(getOffsets().getType())[0];
  if (!ShapedType::isDynamic(offsets) && offsets < 1)
    return emitOpError()
           << "S23: offsets has " << offsets
           << " entries, but batch + 1, so at least 1, are needed";
  return checkView(*this, getScales(), getAs(),
                   getView().getType().getShape()[1]);
}

LogicalResult KvPagedOp::verify() {
  int64_t page = shapeOf(getPages().getType())[1];
  if (ShapedType::isDynamic(page) || !llvm::isPowerOf2_64(page))
    return emitOpError() << "S23: the page size (dimension 1 of pages) has to "
                            "be a static power of two, got "
                         << (ShapedType::isDynamic(page)
                                 ? "?"
                                 : std::to_string(page));
  if (failed(checkSize(*this, "S23", "lengths",
                       shapeOf(getLengths().getType())[0], "the table's batch",
                       shapeOf(getTable().getType())[0])))
    return failure();
  return checkView(*this, getScales(), getAs(),
                   getView().getType().getShape()[1]);
}

LogicalResult KvSummariesOp::verify() {
  if (failed(checkOneKind(*this)) ||
      failed(checkKeptBoxes(*this, getPage(), getBox(),
                            shapeOf(getPages().getType())[1])))
    return failure();
  return checkSize(*this, "S17b", "lengths", shapeOf(getLengths().getType())[0],
                   "the table's batch", shapeOf(getTable().getType())[0]);
}
