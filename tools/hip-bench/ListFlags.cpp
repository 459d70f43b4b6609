//===- ListFlags.cpp - The flags of hip-bench that say which lists
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ListFlags.h"

#include <limits>

namespace cl = llvm::cl;
using namespace hipc;

namespace hip_bench {

ListFlags::ListFlags(cl::OptionCategory &category, cl::SubCommand &first,
                     cl::SubCommand &second)
    : blockQ("block-q", cl::desc("query rows that share a list (default: 128)"),
             cl::init(ListOptions().blockQ), cl::cat(category), cl::sub(first),
             cl::sub(second)),
      keep("keep", cl::desc("keys of a list (default: 3968)"),
           cl::init(ListOptions().keep), cl::cat(category), cl::sub(first),
           cl::sub(second)),
      seed("seed", cl::desc("of lists (default: 0)"), cl::init(0),
           cl::cat(category), cl::sub(first), cl::sub(second)),
      blockK("block-k", cl::desc("keys of a listed block (default: 128)"),
             cl::CommaSeparated, cl::cat(category), cl::sub(first),
             cl::sub(second)),
      kinds("lists", cl::desc("which keys are listed"), cl::CommaSeparated,
            cl::values(
                clEnumValN(ListKind::Random, "random",
                           "anywhere, evenly over the candidates (default)"),
                clEnumValN(ListKind::Neighbours, "neighbours",
                           "the same, but 8 query blocks in a row share three "
                           "entries of four"),
                clEnumValN(ListKind::First, "first",
                           "the first ones, for all lists")),
            cl::cat(category), cl::sub(first), cl::sub(second)),
      causal(
          "causal", cl::desc("list only keys before the query (default: true)"),
          cl::init(true), cl::cat(category), cl::sub(first), cl::sub(second)) {}

std::string ListFlags::given() const {
  // The address of a list of numbers is that of its numbers.
  const cl::Option *const flags[] = {&blockQ, std::addressof(blockK),
                                     &keep,   std::addressof(kinds),
                                     &causal, &seed};
  for (const cl::Option *flag : flags)
    if (flag->getNumOccurrences())
      return "--" + flag->ArgStr.str();
  return {};
}

Status ListFlags::check(const std::vector<int64_t> &sizes,
                        const std::vector<int64_t> &lengths) const {
  constexpr int64_t kMostBlockQ = 1024, kMostBlockK = 128,
                    kMostKeep = int64_t{1} << 24,
                    kMostSeed = std::numeric_limits<uint32_t>::max();
  HIPC_RETURN_IF_ERROR(hip_tool::checkRange(blockQ, 1, kMostBlockQ));
  HIPC_RETURN_IF_ERROR(hip_tool::checkRange(keep, 0, kMostKeep));
  HIPC_RETURN_IF_ERROR(hip_tool::checkRange(seed, 0, kMostSeed));
  for (int64_t size : sizes) {
    if (size < 1 || size > kMostBlockK)
      return error(Code::Invalid, "--block-k ", size,
                   ", but it has to be at least 1 and at most ", kMostBlockK);
    if (int64_t rest = keep % size)
      return error(Code::Invalid, "--keep ", keep.getValue(),
                   " is not a multiple of --block-k ", size, "; ", keep - rest,
                   " and ", keep - rest + size, " are");
  }
  if (!keep.getNumOccurrences())
    return {};
  for (int64_t length : lengths)
    if (keep > length)
      return error(Code::Invalid, "--keep ", keep.getValue(), ", but --T ",
                   length, " has no more than ", length,
                   " keys; keep fewer or measure longer ones");
  return {};
}

Expected<std::vector<ListOptions>>
ListFlags::read(ListSharing sharing,
                const std::vector<int64_t> &lengths) const {
  ListOptions each;
  std::vector<int64_t> sizes(blockK.begin(), blockK.end());
  if (sizes.empty())
    sizes = {each.blockK};
  HIPC_RETURN_IF_ERROR(check(sizes, lengths));
  std::vector<ListKind> all(kinds.begin(), kinds.end());
  if (all.empty())
    all = {each.kind};
  each.blockQ = blockQ;
  each.keep = keep;
  each.sharing = sharing;
  each.causal = causal;
  each.seed = seed;
  std::vector<ListOptions> lists;
  for (ListKind kind : all)
    for (int64_t size : sizes) {
      each.kind = kind;
      each.blockK = size;
      lists.push_back(each);
    }
  return lists;
}

Status checkMemory(const ListOptions &options, const ListShape &shape) {
  constexpr int64_t kMostEntries = int64_t{1} << 30;
  int64_t entries = listEntries(options, shape);
  if (entries <= kMostEntries)
    return {};
  return error(Code::Invalid, "lists of ", options.keep / options.blockK,
               " blocks (--keep ", options.keep, ", --block-k ", options.blockK,
               ") for ", shape.queries, " rows have ", entries,
               " entries, but at most ", kMostEntries,
               " are allowed; keep fewer keys, use larger blocks, or share a "
               "list among more rows and heads (--block-q, --heads kv)");
}

} // namespace hip_bench
