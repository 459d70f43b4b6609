//===- QualityBench.cpp - What policies keep of recorded arrays
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QualityBench.h"

#include "PolicyRunner.h"
#include "QualityTable.h"
#include "tools/support/Arrays.h"
#include "tools/support/Quality.h"
#include "tools/support/RowSample.h"

using namespace hipc;
using namespace hip_tool;

namespace hip_bench {

namespace {
struct Recording {
  AttentionArrays arrays;
  std::vector<int64_t> rows;
};

/// Recordings and what runs policies on them.
class Comparison {
public:
  Comparison(const QualityOptions &options, PolicyRunner runner)
      : options(options), runner(std::move(runner)), table(options) {}

  Status read();
  Status run();

private:
  Status readOne(const ArrayFiles &files);
  Status checkPolicies() const;
  AttentionProgram programOf(const Contender &contender,
                             const Recording &recording) const;
  Status measure(const Contender &contender, const Recording &recording,
                 PolicyScore &score);

  const QualityOptions &options;
  PolicyRunner runner;
  QualityTable table;
  std::vector<Recording> recordings;
};
} // namespace

Status Comparison::readOne(const ArrayFiles &files) {
  constexpr int64_t kRows = 2;
  Expected<AttentionArrays> arrays = readArrays(files);
  if (!arrays)
    return arrays.status();
  // The same rows under each policy.
  Expected<std::vector<int64_t>> rows =
      sampleRows({arrays->query.view.dims[kRows], arrays->key.view.dims[kRows],
                  options.program.causal},
                 options.rows);
  if (!rows)
    return error(rows.status().code(), files.query, " and ", files.key, ": ",
                 rows.status().message());
  recordings.push_back({std::move(*arrays), std::move(*rows)});
  return {};
}

Status Comparison::read() {
  const std::vector<std::string> &files = options.files;
  if (files.empty() || files.size() % 3)
    return error(Code::Invalid, "quality takes q.npy, k.npy and v.npy of each ",
                 "recording, but got ", files.size(), " files");
  for (size_t i = 0; i < files.size(); i += 3)
    HIPC_RETURN_IF_ERROR(readOne({files[i], files[i + 1], files[i + 2]}));
  return checkPolicies();
}

/// Before any of them runs, which may take long.
Status Comparison::checkPolicies() const {
  for (const Contender &contender : options.contenders)
    if (auto sizes = policySizes(programOf(contender, recordings.front()));
        !sizes)
      return sizes.status();
  return {};
}

AttentionProgram Comparison::programOf(const Contender &contender,
                                       const Recording &recording) const {
  AttentionProgram program = options.program;
  program.policy = contender.policy;
  program.window += contender.moreWindow;
  program.query = anyLength(recording.arrays.query.view);
  program.key = anyLength(recording.arrays.key.view);
  program.value = anyLength(recording.arrays.value.view);
  return program;
}

Status Comparison::measure(const Contender &contender,
                           const Recording &recording, PolicyScore &score) {
  AttentionProgram program = programOf(contender, recording);
  Expected<PolicySizes> sizes = policySizes(program);
  if (!sizes)
    return sizes.status();
  program.list = sizes->makesLists;
  std::vector<Tensor> inputs = recording.arrays.views();
  Expected<TimedRun> run = runner.run(program, inputs, options.repeat);
  if (!run)
    return error(run.status().code(), contender.policy, ": ",
                 run.status().message());
  AttendedArrays attended{inputs[0], inputs[1], inputs[2], run->outputs[0].view,
                          {},        {}};
  if (program.list) {
    attended.blocks = run->outputs[1].view;
    attended.counts = run->outputs[2].view;
  }
  Expected<Quality> quality = measureQuality(
      program, *sizes, attended, recording.rows, options.top, options.threads);
  if (!quality)
    return quality.status();
  score.keepsAll = sizes->keepsAll;
  score.window = program.window;
  score.add(*quality, run->medianMs, 1.0 / recordings.size());
  return {};
}

Status Comparison::run() {
  int64_t rows = 0;
  for (const Recording &recording : recordings)
    rows += recording.rows.size();
  for (const Contender &contender : options.contenders) {
    PolicyScore score{contender.policy};
    for (const Recording &recording : recordings)
      HIPC_RETURN_IF_ERROR(measure(contender, recording, score));
    // The device is known after the first run.
    if (&contender == &options.contenders.front())
      table.begin(rows, runner.deviceName());
    table.add(std::move(score));
  }
  table.recommend();
  return {};
}

Status benchQuality(const QualityOptions &options) {
  Expected<PolicyRunner> runner =
      PolicyRunner::create(options.device, options.threads);
  if (!runner)
    return runner.status();
  Comparison comparison(options, std::move(*runner));
  HIPC_RETURN_IF_ERROR(comparison.read());
  return comparison.run();
}

} // namespace hip_bench
