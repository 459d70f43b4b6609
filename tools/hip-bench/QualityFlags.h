//===- QualityFlags.h - The flags of `hip-bench quality`
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BENCH_QUALITYFLAGS_H
#define HIP_BENCH_QUALITYFLAGS_H

#include "QualityBench.h"
#include "tools/support/AttentionFlags.h"

namespace hip_bench {

class QualityFlags {
public:
  QualityFlags(llvm::cl::OptionCategory &category,
               llvm::cl::SubCommand &command);

  hipc::Expected<QualityOptions> read() const;

private:
  using Numbers =
      llvm::cl::list<int64_t, bool, hip_tool::NumberParser<int64_t>>;

  hipc::Status check() const;

  hip_tool::AttentionFlags attention;
  llvm::cl::list<std::string> files;
  hip_tool::Flag<std::string> policies, device;
  Numbers keep;
  hip_tool::Flag<double> recall;
  hip_tool::Flag<int64_t> rows, top, repeat, threads;
  hip_tool::Flag<bool> json;
};

} // namespace hip_bench

#endif // HIP_BENCH_QUALITYFLAGS_H
