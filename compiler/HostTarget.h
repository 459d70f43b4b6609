//===- HostTarget.h - Object code for this machine
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_HOSTTARGET_H
#define HIPC_COMPILER_HOSTTARGET_H

#include "runtime/base/Status.h"

#include "llvm/Target/TargetMachine.h"

#include <memory>

namespace llvm {
class Module;
} // namespace llvm

namespace hipc {

/// How code is generated.
struct TargetOptions {
  std::string cpu;       ///< as LLVM names it, or "host"
  unsigned optLevel = 3; ///< 0 to 3
};

Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const TargetOptions &options);

/// All of the machine that generated code depends on, without making it.
std::string describeTarget(const TargetOptions &options);

/// "TRIPLE/CPU": how a package names what its object code is for.
std::string targetName(const llvm::TargetMachine &machine);

/// The code features (runtime/cpu/Processor.h) that code for `machine` may use,
/// as a package has them: "avx2,fma".
std::string targetFeatures(const llvm::TargetMachine &machine);

/// f32 lanes of the widest vectors that code for `machine` uses: 16, 8 or 4.
int64_t vectorLanes(const llvm::TargetMachine &machine);

/// Optimises the module and returns an object file.
Expected<std::string> emitObject(llvm::Module &module,
                                 llvm::TargetMachine &machine);

} // namespace hipc

#endif // HIPC_COMPILER_HOSTTARGET_H
