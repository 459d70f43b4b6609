//===- Packing.h - Entries of several lengths in one array
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_RUN_PACKING_H
#define HIP_RUN_PACKING_H

#include "Arguments.h"

#include "llvm/ADT/StringRef.h"

namespace hip_run {

/// Whether offsets are in a file, rather than given as numbers.
bool isOffsetsFile(llvm::StringRef offsets);

/// Makes `program` one of packed queries (S1b) where --query-offsets is given,
/// and of ragged keys (S23) where --key-offsets is, whose arrays get rows
/// before heads. Returns what the program then takes after query, key and
/// value.
hipc::Expected<std::vector<hipc::OwnedTensor>>
pack(const AttentionFiles &files, hip_tool::AttentionArrays &arrays,
     hipc::AttentionProgram &program);

} // namespace hip_run

#endif // HIP_RUN_PACKING_H
