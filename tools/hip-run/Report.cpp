//===- Report.cpp - What the policy keeps of the caller's arrays
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "runtime/base/Stopwatch.h"
#include "tools/support/Quality.h"
#include "tools/support/RowSample.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace hipc;
using namespace hip_tool;

namespace hip_run {

Status askForLists(AttentionProgram &program) {
  Expected<PolicySizes> sizes = policySizes(program);
  if (sizes)
    program.list |= sizes->makesLists;
  return sizes.status();
}

static Expected<Quality> measure(const Arguments &arguments,
                                 const AttentionProgram &program,
                                 const AttentionArrays &arrays,
                                 const Results &results) {
  constexpr int64_t kRows = 2;
  const ReportArguments &asked = *arguments.attention->report;
  Expected<PolicySizes> sizes = policySizes(program);
  if (!sizes)
    return sizes.status();
  const Tensor &query = arrays.query.view, &key = arrays.key.view;
  Expected<std::vector<int64_t>> rows = sampleRows(
      {query.dims[kRows], key.dims[kRows], program.causal, sizes->bandBlockQ},
      asked.rows);
  if (!rows)
    return rows.status();
  AttendedArrays attended{query,           key, arrays.value.view,
                          results[0].view, {},  {}};
  if (program.list) {
    attended.blocks = results[results.size() - 2].view;
    attended.counts = results.back().view;
  }
  return measureQuality(program, *sizes, attended, std::move(*rows), asked.top,
                        arguments.threads);
}

Status report(const Arguments &arguments, const AttentionProgram &program,
              const AttentionArrays &arrays, const Results &results) {
  Stopwatch time;
  Expected<Quality> quality = measure(arguments, program, arrays, results);
  if (!quality)
    return quality.status();
  llvm::outs() << "report: " << llvm::format("%.3f", time.milliseconds())
               << " ms\n";
  if (arguments.attention->report->json)
    llvm::outs() << llvm::json::Value(toJson(*quality, program.policy)) << "\n";
  else
    llvm::outs() << toText(*quality, program.policy);
  return {};
}

} // namespace hip_run
