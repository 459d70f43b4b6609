//===- Picture.cpp - A picture of what the policy keeps
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Picture.h"

#include "tools/support/Picture.h"

using namespace hipc;

namespace hip_run {

constexpr size_t kHeads = 1, kRows = 2;

static int64_t listHeads(const AttentionProgram &program) {
  switch (program.heads) {
  case ListHeads::Kv:
    return program.key.dims[kHeads];
  case ListHeads::Query:
    return program.query.dims[kHeads];
  case ListHeads::All:
    break;
  }
  return 1;
}

Status askForPicture(const PictureArguments &picture,
                     AttentionProgram &program) {
  Expected<PolicySizes> sizes = policySizes(program);
  if (!sizes)
    return sizes.status();
  if (!sizes->makesLists)
    return error(Code::Invalid, "--picture ", picture.file,
                 " shows lists, but --policy '", program.policy,
                 "' makes none; give one that searches, such as hip");
  if (int64_t heads = listHeads(program);
      picture.head < 0 || picture.head >= heads)
    return error(Code::Invalid, "--picture-head ", picture.head,
                 ", but there are lists 0 to ", heads - 1,
                 "; --heads says which heads share one");
  program.list = true;
  return {};
}

Expected<std::string> draw(const PictureArguments &picture,
                           const AttentionProgram &program, const Tensor &query,
                           const Tensor &key, const Results &results) {
  Expected<PolicySizes> sizes = policySizes(program);
  if (!sizes)
    return sizes.status();
  if (query.dims[0] == 0)
    return error(Code::Invalid, "--picture ", picture.file,
                 ": the batch is empty; give one entry or more");
  hip_tool::RowRange range{query.dims[kRows], key.dims[kRows], program.causal,
                           sizes->bandBlockQ};
  return hip_tool::drawKept(program, *sizes, range, results.end()[-2].view,
                            results.back().view, picture.head);
}

} // namespace hip_run
