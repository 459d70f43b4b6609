//===- Report.h - What the policy keeps of the caller's arrays
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUN_REPORT_H
#define HIP_RUN_REPORT_H

#include "Execute.h"

namespace hip_run {

/// A report needs lse, and the lists of a policy that makes any.
hipc::Status askForReport(hipc::AttentionProgram &program);

/// Prints --report of a run, on the device that it ran on.
hipc::Status report(const Arguments &arguments,
                    const hipc::AttentionProgram &program,
                    const hipc::Tensor &query, const Run &run);

} // namespace hip_run

#endif // HIP_RUN_REPORT_H
