//===- ListFlags.h - The flags of hip-bench that say which lists
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_LISTFLAGS_H
#define HIP_BENCH_LISTFLAGS_H

#include "SparseLists.h"
#include "tools/support/Flags.h"

namespace hip_bench {

/// Flags of two subcommands.
class ListFlags {
public:
  ListFlags(llvm::cl::OptionCategory &category, llvm::cl::SubCommand &first,
            llvm::cl::SubCommand &second);

  /// A flag for lists that was given; empty if there is none.
  std::string given() const;
  /// Each size of blocks with each kind of list. `lengths` are those that will
  /// be measured.
  hipc::Expected<std::vector<ListOptions>>
  read(ListSharing sharing, const std::vector<int64_t> &lengths) const;

private:
  hipc::Status check(const std::vector<int64_t> &sizes,
                     const std::vector<int64_t> &lengths) const;

  using Numbers =
      llvm::cl::list<int64_t, bool, hip_tool::NumberParser<int64_t>>;

  hip_tool::Option<int64_t> blockQ, keep, seed;
  Numbers blockK;
  llvm::cl::list<ListKind, bool, hip_tool::ChoiceParser<ListKind>> kinds;
  llvm::cl::opt<bool> causal;
};

/// Rejects lists that no machine has the memory for.
hipc::Status checkMemory(const ListOptions &options, const ListShape &shape);

} // namespace hip_bench

#endif // HIP_BENCH_LISTFLAGS_H
