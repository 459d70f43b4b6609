//===- ScoreText.h - The text of a score region
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_SCORETEXT_H
#define HIPC_COMPILER_SCORETEXT_H

#include "mlir/IR/BuiltinOps.h"
#include "runtime/base/Status.h"

namespace hipc {

/// The score, b, h, i and j (S18). What a region takes after them are inputs.
constexpr size_t kScoreArguments = 5;

/// A module of one op with the region of `text`, whose places count from its
/// first line. What it reads has types of inputs; the dialect checks the rest.
Expected<mlir::OwningOpRef<mlir::ModuleOp>>
parseScore(const std::string &text, mlir::MLIRContext *context);

} // namespace hipc

#endif // HIPC_COMPILER_SCORETEXT_H
