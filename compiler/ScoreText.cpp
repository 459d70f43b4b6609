//===- ScoreText.cpp - The text of a score region
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/ScoreText.h"

#include "compiler/Diagnostics.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;

namespace hipc {

/// Arguments after the position are inputs of the program.
static Status checkRead(Region &score) {
  if (score.getNumArguments() < kScoreArguments)
    return error(Code::Invalid,
                 "S18: the score region takes (score f32, b, h, i, j index) "
                 "and then what it reads, got ",
                 score.getNumArguments(), " arguments");
  for (auto [place, type] : llvm::enumerate(score.getArgumentTypes())) {
    auto array = dyn_cast<RankedTensorType>(type);
    bool dynamic =
        array && llvm::all_of(array.getShape(), ShapedType::isDynamic);
    if (place < kScoreArguments || type.isF32() || dynamic)
      continue;
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return error(Code::Invalid, "S18: argument ", place,
                 " of the score region is ", text,
                 ", but what follows j is read at each call: f32, or an array "
                 "of any sizes such as tensor<?x?xf32>");
  }
  return {};
}

Expected<OwningOpRef<ModuleOp>> parseScore(const std::string &text,
                                           MLIRContext *context) {
  FirstError errors(context, text, /*linesBefore=*/1);
  auto module = parseSourceString<ModuleOp>(
      "\"hip.score_region\"() ({\n" + text + "\n}) : () -> ()",
      ParserConfig(context, /*verifyAfterParse=*/false), "score");
  if (module && llvm::hasSingleElement(*module->getBody())) {
    HIPC_RETURN_IF_ERROR(checkRead(module->getBody()->front().getRegion(0)));
    return module;
  }
  return errors.status(Code::Invalid, "score: has to be one region of the "
                                      "form '^bb0(...): ... hip.yield' (S18)");
}

} // namespace hipc
