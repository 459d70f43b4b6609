//===- Diagnostics.cpp - MLIR diagnostics as a status
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/Diagnostics.h"

#include "mlir/IR/Location.h"

using namespace mlir;

namespace hipc {

/// "FILE:LINE:COLUMN: ", or nothing if there is no source or the location names
/// no file.
static std::string place(Location loc, StringRef source, unsigned linesBefore) {
  auto range = loc->findInstanceOf<FileLineColRange>();
  if (source.empty() || !range)
    return "";
  return join(std::string_view(range.getFilename().getValue()), ":",
              int64_t{range.getStartLine()} - linesBefore, ":",
              range.getStartColumn(), ": ");
}

/// The line of `source` that `loc` is in, with a mark below the column.
static std::string quote(Location loc, StringRef source, unsigned linesBefore) {
  auto range = loc->findInstanceOf<FileLineColRange>();
  if (!range || range.getStartLine() <= linesBefore)
    return "";
  for (unsigned line = linesBefore + 1; line < range.getStartLine(); ++line)
    source = source.split('\n').second;
  StringRef text = source.split('\n').first;
  if (text.empty() || range.getStartColumn() == 0)
    return "";
  return join("\n  ", std::string_view(text), "\n  ",
              std::string(range.getStartColumn() - 1, ' '), "^");
}

/// A message without the "'NAME' op " in front if `source` has no such op.
/// Rules ("S3: ...") name what they are about; else it is about made code.
static std::string withoutMadeOp(std::string message, StringRef source) {
  auto [name, rest] = StringRef(message).split("' op ");
  if (rest.empty() || !name.consume_front("'") ||
      (!source.empty() && source.contains(name)))
    return message;
  return (rest.starts_with("S") ? "" : "the code made of it ") + rest.str();
}

FirstError::FirstError(MLIRContext *context, std::string_view source,
                       unsigned linesBefore)
    : handler(context, [this, source, linesBefore](Diagnostic &diagnostic) {
        Location loc = diagnostic.getLocation();
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            message.empty())
          message = place(loc, source, linesBefore) +
                    withoutMadeOp(diagnostic.str(), source) +
                    quote(loc, source, linesBefore);
        return success();
      }) {}

Status FirstError::status(Code code, std::string_view fallback) const {
  return Status(code, message.empty() ? std::string(fallback) : message);
}

} // namespace hipc
