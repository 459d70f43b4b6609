//===- support/Names.h - Names that passes agree on
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_NAMES_H
#define HIP_PASSES_SUPPORT_NAMES_H

#include "llvm/ADT/StringRef.h"

namespace mlir::hip {

/// The prefix of every function of a program in its code.
inline constexpr llvm::StringLiteral kFunctionPrefix = "fn.";

/// On a hip op on arrays: its #hip.schedule, which is that of its kernels.
inline constexpr llvm::StringLiteral kSchedule = "hip.schedule";

/// On a module: measured schedules, by the names of their kernels.
inline constexpr llvm::StringLiteral kTuning = "hip.tuning";

/// On a kernel and its module: the alignment of its shared memory in bytes, if
/// it is more than vectors need.
inline constexpr llvm::StringLiteral kSharedAlignment = "hip.shared_alignment";

/// On a kernel and its launch: it may start before the launch before it has
/// ended.
inline constexpr llvm::StringLiteral kDependentLaunch = "hip.dependent_launch";

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_NAMES_H
