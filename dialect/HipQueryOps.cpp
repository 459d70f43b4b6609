//===- HipQueryOps.cpp - Views of packed queries
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipVerify.h"

using namespace mlir;
using namespace mlir::hip;

LogicalResult QueryRaggedOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> location,
                                              QueryRaggedOp::Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  auto storage = dyn_cast<ShapedType>(adaptor.getStorage().getType());
  auto offsets = dyn_cast<ShapedType>(adaptor.getOffsets().getType());
  if (!storage || !storage.hasRank() || storage.getRank() != 4)
    return emitOptionalError(location,
                             "S1b: the storage [1, Hq, total, D] has to be an "
                             "array of 4 dimensions, got ",
                             adaptor.getStorage().getType());
  if (!offsets || !offsets.hasRank() || offsets.getRank() != 1)
    return emitOptionalError(location,
                             "S1b: offsets [B + 1] has to be an array of 1 "
                             "dimension, got ",
                             adaptor.getOffsets().getType());
  // The verifier refuses no offsets at all.
  int64_t entries = offsets.getDimSize(0);
  if (!ShapedType::isDynamic(entries))
    entries = std::max<int64_t>(entries - 1, 0);
  Location loc = location.value_or(UnknownLoc::get(context));
  Type view = QueryType::getChecked(
      [&] { return mlir::emitError(loc); }, context,
      ArrayRef<int64_t>{entries, storage.getDimSize(1), ShapedType::kDynamic,
                        storage.getDimSize(3)},
      storage.getElementType());
  if (!view)
    return failure();
  types.push_back(view);
  return success();
}

LogicalResult QueryRaggedOp::verify() {
  Type storage = getStorage().getType(), ends = getOffsets().getType();
  if (isa<RankedTensorType>(storage) != isa<RankedTensorType>(ends))
    return emitOpError() << "mixes tensors and memrefs: " << ends << " beside "
                         << storage;
  int64_t offsets = shapeOf(ends)[0];
  if (!ShapedType::isDynamic(offsets) && offsets < 1)
    return emitOpError()
           << "S1b: offsets has " << offsets
           << " entries, but batch + 1, so at least 1, are needed";
  if (shapeOf(storage)[0] != 1)
    return emitOpError() << "S1b: packed queries are [1, Hq, total, D], whose "
                            "dimension 0 is 1, got "
                         << storage;
  return success();
}
