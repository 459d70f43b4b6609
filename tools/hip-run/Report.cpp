//===- Report.cpp - What the policy keeps of the caller's arrays
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "runtime/base/Stopwatch.h"
#include "tools/support/Quality.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace hipc;
using namespace hip_tool;

namespace hip_run {

Status askForReport(AttentionProgram &program) {
  program.lse = true;
  Expected<PolicySizes> sizes = policySizes(program);
  if (sizes)
    program.list |= sizes->makesLists;
  return sizes.status();
}

static Expected<Callable> exactProgram(const Arguments &arguments,
                                       const AttentionProgram &program,
                                       device::Backend &device) {
  constexpr size_t kResults = 4;
  Arguments own = arguments;
  own.compile.entry.clear();
  own.compile.sourceName = "report";
  std::string text = exactRowsText(program, arguments.attention->report->top);
  Source source{text, [text] { return Expected<std::string>(text); },
                std::nullopt};
  return makeCallable(own, source, device, kResults);
}

static void print(const Arguments &arguments, const AttentionProgram &program,
                  const Quality &quality) {
  if (arguments.attention->report->json)
    llvm::outs() << llvm::json::Value(toJson(quality, program.policy)) << "\n";
  else
    llvm::outs() << toText(quality, program.policy);
}

Status report(const Arguments &arguments, const AttentionProgram &program,
              const Tensor &query, const Run &run) {
  constexpr int64_t kRows = 2;
  const ReportArguments &asked = *arguments.attention->report;
  Expected<PolicySizes> sizes = policySizes(program);
  if (!sizes)
    return sizes.status();
  const Tensor &key = run.inputs[1].view, &value = run.inputs[2].view;
  Expected<std::vector<int64_t>> rows = sampleRows(
      {query.dims[kRows], key.dims[kRows], program.causal, sizes->bandBlockQ},
      asked.rows);
  if (!rows)
    return rows.status();
  Expected<Callable> callable = exactProgram(arguments, program, *run.device);
  if (!callable)
    return callable.status();
  Expected<ExactRows> exact = measureExactRows(
      *run.device, *callable->program, program, {query, key, value},
      std::move(*rows), asked.top, arguments.repeat);
  if (!exact)
    return exact.status();
  Stopwatch comparing;
  Quality quality =
      compare(program, *sizes, attendedOf(program, run.outputs), *exact);
  double compareMs = comparing.milliseconds();
  llvm::outs() << "report: "
               << llvm::format("%.3f", exact->milliseconds + compareMs)
               << " ms, compile: " << llvm::format("%.3f", callable->totalMs)
               << " ms\n";
  if (arguments.timing) {
    printTiming("exact rows", exact->milliseconds);
    printTiming("comparison", compareMs);
  }
  print(arguments, program, quality);
  return {};
}

} // namespace hip_run
