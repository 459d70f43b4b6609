//===- Picture.h - A picture of what the policy keeps
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUN_PICTURE_H
#define HIP_RUN_PICTURE_H

#include "Execute.h"

namespace hip_run {

/// A picture needs lists, and a head that has one.
hipc::Status askForPicture(const PictureArguments &picture,
                           hipc::AttentionProgram &program);

/// The SVG of a run's lists, which are its last two results.
hipc::Expected<std::string> draw(const PictureArguments &picture,
                                 const hipc::AttentionProgram &program,
                                 const hipc::Tensor &query,
                                 const hipc::Tensor &key,
                                 const Results &results);

} // namespace hip_run

#endif // HIP_RUN_PICTURE_H
