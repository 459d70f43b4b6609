//===- Diagnostics.cpp - MLIR diagnostics as a status
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/jit/Diagnostics.h"

#include "mlir/IR/Location.h"

using namespace mlir;

namespace hipc {

/// "FILE:LINE:COLUMN: ", or nothing where the location names no file.
static std::string place(Location loc) {
  auto range = loc->findInstanceOf<FileLineColRange>();
  if (!range)
    return "";
  return join(std::string_view(range.getFilename().getValue()), ":",
              range.getStartLine(), ":", range.getStartColumn(), ": ");
}

FirstError::FirstError(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            message.empty())
          message = place(diagnostic.getLocation()) + diagnostic.str();
        return success();
      }) {}

Status FirstError::status(Code code, std::string_view fallback) const {
  return Status(code, message.empty() ? std::string(fallback) : message);
}

} // namespace hipc
