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

using namespace hipc;
using namespace hip_tool;

namespace hip_bench {

// Dimensions of an array [B, heads, T, D].
constexpr int64_t kRows = 2;

namespace {
/// Arrays, where they are on the device, and dense attention of some rows.
struct Recording {
  AttentionArrays arrays;
  std::vector<OwnedTensor> there;
  ExactRows exact;

  std::vector<Tensor> inputs() const {
    return {there[0].view, there[1].view, there[2].view};
  }
};

/// Recordings and what runs policies on them.
class Comparison {
public:
  explicit Comparison(const QualityOptions &options)
      : options(options), table(options) {}

  Status read();
  Status run();

private:
  Status readOne(const ArrayFiles &files);
  Status checkPolicies() const;
  Status prepare();
  Status prepare(Recording &recording);
  Expected<AttentionProgram> programOf(const Contender &contender,
                                       const Recording &recording) const;
  Status measure(const Contender &contender, const Recording &recording,
                 PolicyScore &score);

  const QualityOptions &options;
  QualityTable table;
  std::optional<PolicyRunner> runner;
  std::vector<Recording> recordings;
};
} // namespace

Status Comparison::readOne(const ArrayFiles &files) {
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
  Recording recording{std::move(*arrays), {}, {}};
  recording.exact.rows = std::move(*rows);
  recordings.push_back(std::move(recording));
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
    HIPC_RETURN_IF_ERROR(programOf(contender, recordings.front()).status());
  return {};
}

/// With what a comparison needs: lse, and lists if the policy makes any.
Expected<AttentionProgram>
Comparison::programOf(const Contender &contender,
                      const Recording &recording) const {
  AttentionProgram program = options.program;
  program.policy = contender.policy;
  program.window += contender.moreWindow;
  program.query = anyLength(recording.arrays.query.view);
  program.key = anyLength(recording.arrays.key.view);
  program.value = anyLength(recording.arrays.value.view);
  Expected<PolicySizes> sizes = policySizes(program);
  if (!sizes)
    return sizes.status();
  program.lse = true;
  program.list = sizes->makesLists;
  return program;
}

/// Opens the device, and gives it all recordings.
Status Comparison::prepare() {
  Expected<AttentionProgram> first =
      programOf(options.contenders.front(), recordings.front());
  if (!first)
    return first.status();
  Expected<PolicyRunner> made =
      PolicyRunner::create(options.device, options.threads, *first);
  if (!made)
    return error(made.status().code(), first->policy, ": ",
                 made.status().message());
  runner.emplace(std::move(*made));
  for (Recording &recording : recordings)
    HIPC_RETURN_IF_ERROR(prepare(recording));
  return {};
}

Status Comparison::prepare(Recording &recording) {
  for (const Tensor &array : recording.arrays.views()) {
    Expected<OwnedTensor> there = runner->device().upload(array);
    if (!there)
      return there.status();
    recording.there.push_back(std::move(*there));
  }
  Expected<AttentionProgram> program =
      programOf(options.contenders.front(), recording);
  if (!program)
    return program.status();
  Expected<device::ExecutableRef> executable =
      runner->load(exactRowsText(*program, options.top));
  if (!executable)
    return executable.status();
  Expected<ExactRows> exact = measureExactRows(
      runner->device(), **executable, *program,
      {recording.arrays.query.view, recording.there[1].view,
       recording.there[2].view},
      std::move(recording.exact.rows), options.top, /*repeat=*/1);
  if (exact)
    recording.exact = std::move(*exact);
  return exact.status();
}

Status Comparison::measure(const Contender &contender,
                           const Recording &recording, PolicyScore &score) {
  Expected<AttentionProgram> program = programOf(contender, recording);
  if (!program)
    return program.status();
  Expected<PolicySizes> sizes = policySizes(*program);
  if (!sizes)
    return sizes.status();
  Expected<TimedRun> run =
      runner->run(*program, recording.inputs(), options.repeat);
  if (!run)
    return error(run.status().code(), contender.policy, ": ",
                 run.status().message());
  Quality quality = compare(
      *program, *sizes, attendedOf(*program, run->outputs), recording.exact);
  score.keepsAll = sizes->keepsAll;
  score.window = program->window;
  score.add(quality, run->medianMs, 1.0 / recordings.size());
  return {};
}

Status Comparison::run() {
  HIPC_RETURN_IF_ERROR(prepare());
  int64_t rows = 0;
  for (const Recording &recording : recordings)
    rows += recording.exact.rows.size();
  table.begin(rows, runner->device().name());
  for (const Contender &contender : options.contenders) {
    PolicyScore score{contender.policy};
    for (const Recording &recording : recordings)
      HIPC_RETURN_IF_ERROR(measure(contender, recording, score));
    table.add(std::move(score));
  }
  table.recommend();
  return {};
}

Status benchQuality(const QualityOptions &options) {
  Comparison comparison(options);
  HIPC_RETURN_IF_ERROR(comparison.read());
  return comparison.run();
}

} // namespace hip_bench
