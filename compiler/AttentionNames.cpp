//===- AttentionNames.cpp - What the arrays of an attention are called
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/AttentionProgram.h"
#include "compiler/PolicyText.h"

using namespace mlir::hip;

namespace hipc {

namespace {

/// Collects names, of which no two may be equal.
class NameList {
public:
  void add(std::string_view name, bool isThere = true) {
    if (isThere)
      names.emplace_back(name);
  }
  /// One of several, numbered where there are more than one.
  void addEach(std::string_view name, size_t count) {
    for (size_t i = 0; i < count; ++i)
      names.push_back(count == 1 ? std::string(name) : join(name, i));
  }
  /// Blocks and counts of each list.
  void addLists(std::string_view prefix, size_t count) {
    for (size_t i = 0; i < count; ++i)
      for (std::string_view array : {"blocks", "counts"})
        names.push_back(count == 1 ? join(prefix, array)
                                   : join(prefix, array, i));
  }
  /// Of what says where stored keys lie.
  void addPlaces(KvStorage storage) {
    add("kv_offsets", storage == KvStorage::Ragged);
    add("table", storage == KvStorage::Paged);
    add("lengths", storage == KvStorage::Paged);
  }

  std::vector<std::string> names;
};

} // namespace

static ArrayNames namesOfSummaries(const AttentionProgram &program,
                                   size_t levels) {
  NameList inputs, outputs;
  inputs.add("k");
  inputs.addPlaces(program.storage);
  inputs.add("k_scale", program.takesKvScales);
  if (program.storage == KvStorage::Paged) {
    inputs.add("rows");
    inputs.addEach("kept_summaries", levels);
  }
  outputs.addEach("summaries", levels);
  return {inputs.names, outputs.names};
}

static ArrayNames namesOfAttention(const AttentionProgram &program,
                                   size_t levels) {
  NameList inputs, outputs;
  for (const char *name : {"q", "k", "v"})
    inputs.add(name);
  inputs.addPlaces(program.storage);
  inputs.add("k_scale", program.takesKvScales);
  inputs.add("v_scale", program.takesKvScales);
  inputs.add("q_offsets", program.packsQueries);
  inputs.add("q_rows", program.packsQueries);
  inputs.add("positions", program.takesPositions);
  inputs.add("blocks", program.takesList);
  inputs.add("counts", program.takesList);
  inputs.add("step", !program.refresh.empty());
  inputs.addLists("kept_", program.keptLists());
  inputs.addEach("summaries", program.takesSummaries ? levels : 0);
  inputs.add("scale", program.takesScale);
  inputs.add("sink", program.takesSink);
  inputs.add("window", program.takesWindow);
  outputs.add("out");
  outputs.add("lse", program.lse);
  outputs.add("blocks", program.list);
  outputs.add("counts", program.list);
  outputs.addLists("next_", program.keptLists());
  return {inputs.names, outputs.names};
}

Expected<ArrayNames> arrayNames(const AttentionProgram &program) {
  OwnPolicy own(program.policy);
  const Expected<PolicyAttrInterface> &policy = own.get();
  if (!policy)
    return policy.status();
  size_t levels = policy->getSummaryLevels().size();
  return program.makesSummaries ? namesOfSummaries(program, levels)
                                : namesOfAttention(program, levels);
}

} // namespace hipc
