//===- support/Lanes.h - Ops on numbers, on vectors of them
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_LANES_H
#define HIP_PASSES_SUPPORT_LANES_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::hip {

/// Whether an op on numbers is one on vectors too, lane by lane.
bool isLanewise(Operation &op);

/// `type` for each of the lanes that `like` has, where it is a vector.
Type laneTypes(Type like, Type type);

/// The constant that has `value` in each lane.
Value splatConstant(OpBuilder &b, Location loc, Type type, Attribute value);

/// The same op on vectors of this many lanes.
Operation *createLanewise(ImplicitLocOpBuilder &b, Operation &op,
                          ValueRange vectors, int64_t lanes);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_LANES_H
