//===- Host.cpp - This machine, as LLVM sees it
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/Host.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

#include <mutex>

namespace hipc {

std::string hostProcessor() { return llvm::sys::getHostCPUName().str(); }

static void initializeNativeTarget() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
  });
}

llvm::Triple hostTriple() {
  return llvm::Triple(llvm::sys::getProcessTriple());
}

Expected<const llvm::Target *> nativeTarget() {
  initializeNativeTarget();
  std::string message;
  if (const auto *target =
          llvm::TargetRegistry::lookupTarget(hostTriple(), message))
    return target;
  return error(Code::Unsupported,
               "no code generator for this machine: ", message);
}

std::string hostFeatures() {
  llvm::SubtargetFeatures features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  return features.getString();
}

} // namespace hipc
