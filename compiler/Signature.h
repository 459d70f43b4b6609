//===- Signature.h - The entry of a module
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_SIGNATURE_H
#define HIPC_COMPILER_SIGNATURE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/package/Package.h"

namespace hipc {

/// The public function `name`, or the only one where `name` is empty.
Expected<mlir::func::FuncOp> findEntry(mlir::ModuleOp module,
                                       const std::string &name);

/// What the host function of `entry` takes and returns.
Expected<HostEntry> readSignature(mlir::func::FuncOp entry);

/// Makes inputs read-only: an op whose destination is an input writes to memory
/// of its own. An input that is returned in this way keeps what the op does not
/// write: a launch plan begins with copies of those, other programs get them
/// here.
void keepInputs(mlir::func::FuncOp entry, bool hasPlan);

} // namespace hipc

#endif // HIPC_COMPILER_SIGNATURE_H
