//===- Processor.h - What this processor can run ----------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CPU_PROCESSOR_H
#define HIPC_RUNTIME_CPU_PROCESSOR_H

#include <string_view>
#include <vector>

namespace hipc {

/// Every feature beyond plain x86-64 whose instructions a code generator picks
/// by itself, as LLVM names it.
std::vector<std::string_view> codeFeatures();

/// The first feature of a list such as "avx2,fma" that this processor, or the
/// system that runs on it, does not have, or that is not a code feature; empty
/// if it has all.
std::string_view missingFeature(std::string_view features);

/// The greatest of x86-64, x86-64-v2, x86-64-v3 and x86-64-v4 whose code this
/// processor runs.
std::string_view processorLevel();

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_PROCESSOR_H
