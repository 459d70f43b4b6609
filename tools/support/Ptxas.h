//===- Ptxas.h - NVIDIA's assembler as a child process
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_PTXAS_H
#define HIP_TOOLS_SUPPORT_PTXAS_H

#include "runtime/base/Status.h"

#include <vector>

namespace hip_tool {

/// The resources that a kernel takes of a chip.
struct KernelUse {
  std::string name;
  int64_t registers = 0;
  int64_t stackBytes = 0;  ///< local memory of a thread
  int64_t spillBytes = 0;  ///< stored and loaded
  int64_t sharedBytes = 0; ///< static; the launch asks for more
  int64_t barriers = 0;

  bool operator==(const KernelUse &) const = default;
};

struct Assembly {
  std::string cubin;
  std::vector<KernelUse> kernels;
  std::vector<std::string> notes; ///< lines about lost performance
};

class Ptxas {
public:
  /// The program at `path`; where that is empty, the one of the PATH or of
  /// /usr/local/cuda.
  static hipc::Expected<Ptxas> find(const std::string &path);

  /// "13.0.88".
  const std::string &version() const { return number; }

  hipc::Expected<Assembly> assemble(const std::string &ptx,
                                    const std::string &chip) const;

private:
  std::string program, number;
};

/// Reads what `ptxas -v` prints.
Assembly parsePtxasReport(const std::string &report);

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_PTXAS_H
