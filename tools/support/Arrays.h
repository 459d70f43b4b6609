//===- Arrays.h - Arrays from and to files
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_ARRAYS_H
#define HIP_TOOLS_SUPPORT_ARRAYS_H

#include "runtime/package/Plan.h"

namespace hip_tool {

/// Where the inputs of attention are read.
struct ArrayFiles {
  std::string query, key, value;
};

/// The inputs of attention, all of rank 4.
struct AttentionArrays {
  hipc::OwnedTensor query, key, value;
  bool hadBatch = true; ///< false: the files had rank 3, outputs get it too

  std::vector<hipc::Tensor> views() const {
    return {query.view, key.view, value.view};
  }
};

/// Which arrays have the rows of all batch entries, one entry after another.
struct PackedArrays {
  bool query = false, keys = false;
};

/// Reads the three and checks that they agree, except for the batch of packed
/// ones. Messages name the files.
hipc::Expected<AttentionArrays> readArrays(const ArrayFiles &files,
                                           PackedArrays packed = {});

/// The type of an array of any length.
hipc::TensorSpec anyLength(const hipc::Tensor &array);

/// Drops a leading dimension of 1.
hipc::Tensor withoutBatch(hipc::Tensor tensor);

/// Zeros the entries of each list past its count, which are unspecified.
void clearPastCounts(const hipc::Tensor &blocks, const hipc::Tensor &counts);

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_ARRAYS_H
