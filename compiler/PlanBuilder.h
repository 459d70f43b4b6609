//===- PlanBuilder.h - Host code to a launch plan
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_PLANBUILDER_H
#define HIPC_COMPILER_PLANBUILDER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/package/Package.h"

namespace hipc {

/// A plan of `entry`, a function on memrefs that launches kernels, with the
/// names of the kernels as its steps number them. `signature` is that of the
/// function on tensors. Numbers become expressions over sizes and strides,
/// allocations become workspace or outputs, loops with equal iterations become
/// steps that repeat, branches steps that run once or never. Any other op is an
/// error that names it.
struct BuiltPlan {
  Plan plan;
  std::vector<std::string> kernels;
};
Expected<BuiltPlan> buildPlan(mlir::func::FuncOp entry,
                              const HostEntry &signature);

} // namespace hipc

#endif // HIPC_COMPILER_PLANBUILDER_H
