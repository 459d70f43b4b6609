//===- Diagnostics.h - MLIR diagnostics as a status
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_DIAGNOSTICS_H
#define HIPC_COMPILER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "runtime/base/Status.h"

namespace hipc {

/// While it lives, keeps the first error of a context and prints nothing.
class FirstError {
public:
  /// Errors in `source`, if it is given, tell their place and quote the line
  /// they are in; what is parsed has `linesBefore` lines before it. Ops that
  /// are not in `source` are not named: passes made them.
  explicit FirstError(mlir::MLIRContext *context, std::string_view source = {},
                      unsigned linesBefore = 0);

  /// The error seen, as "FILE:LINE:COLUMN: MESSAGE", or `fallback`.
  Status status(Code code, std::string_view fallback) const;

private:
  std::string message;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace hipc

#endif // HIPC_COMPILER_DIAGNOSTICS_H
