//===- Quality.h - What a policy keeps of attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_QUALITY_H
#define HIP_TOOLS_SUPPORT_QUALITY_H

#include "tools/support/ExactRows.h"

#include "llvm/Support/JSON.h"

namespace hip_tool {

/// What a run gave, on the host and row-major.
struct AttendedArrays {
  hipc::Tensor out;            ///< [B, Hq, T, D]
  hipc::Tensor lse;            ///< [B, Hq, T]
  hipc::Tensor blocks, counts; ///< of a policy that makes lists (S16)
};

/// The results of a program with lse, and lists if it makes any.
AttendedArrays attendedOf(const hipc::AttentionProgram &program,
                          const std::vector<hipc::OwnedTensor> &results);

/// What Python's hip_mlir.Report has, of each batch entry, query head and row,
/// in this order.
struct Quality {
  int64_t top = 0;            ///< best keys that are looked for
  int64_t heads = 0;          ///< query heads
  std::vector<int64_t> rows;  ///< which were measured
  std::vector<int64_t> seen;  ///< keys that each row sees
  std::vector<double> mass;   ///< share of dense attention's mass attended
  std::vector<double> best;   ///< whether the key of the greatest score is
  std::vector<double> recall; ///< share of the `top` best keys that is
  std::vector<double> error;  ///< |out - dense out| / |dense out|
  std::vector<double> keys;   ///< keys attended

  /// Keys attended over keys seen, the mean.
  double share() const;
};

/// The mean, and the least and greatest mean of a head.
struct Spread {
  double mean = 0, least = 0, greatest = 0;
};
Spread spread(const Quality &quality, const std::vector<double> &values);

/// What the policy attended in the rows, beside dense attention.
Quality compare(const hipc::AttentionProgram &program,
                const hipc::PolicySizes &sizes, const AttendedArrays &attended,
                const ExactRows &exact);

/// A few lines, as Python's report() prints them.
std::string toText(const Quality &quality, std::string_view policy);
/// Null in place of NaN and infinity, which JSON does not have.
llvm::json::Value jsonNumber(double value);
llvm::json::Object toJson(const Quality &quality, std::string_view policy);

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_QUALITY_H
