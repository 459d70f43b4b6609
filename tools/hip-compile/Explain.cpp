//===- Explain.cpp - What was chosen and why
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Explain.h"

#include "passes/gpu/Occupancy.h"

using namespace hipc;
using hip_tool::KernelUse;
using llvm::StringRef;

namespace hip_compile {

/// The first launch of a kernel; null where there is none.
static const KernelStep *findLaunch(const Package &package, size_t kernel) {
  for (const Step &step : package.plan.steps)
    if (const auto *launch = std::get_if<KernelStep>(&step);
        launch && launch->kernel == kernel)
      return launch;
  return nullptr;
}

/// Null where the kernel was not assembled.
static const KernelUse *findUse(const Compiled &compiled,
                                const std::string &kernel) {
  if (compiled.assembly)
    for (const KernelUse &use : compiled.assembly->kernels)
      if (use.name == kernel)
        return &use;
  return nullptr;
}

/// The ops that a kernel computes, by a remark of hip-outline-gpu-kernels;
/// empty if there is none.
static StringRef stepsOf(const Compiled &compiled, StringRef kernel) {
  for (const Remark &remark : compiled.remarks) {
    auto [name, steps] = StringRef(remark.text).split(": ");
    if (remark.tag == "tile" && name == kernel)
      return steps;
  }
  return "";
}

static std::string occupancyText(StringRef chip, const KernelUse &use,
                                 int64_t threads, int64_t sharedBytes) {
  const mlir::hip::Chip *found = mlir::hip::findChip(chip);
  if (!found)
    return "";
  mlir::hip::Occupancy occupancy =
      mlir::hip::occupancyOf(*found, {threads, use.registers, sharedBytes});
  return join("; occupancy ", occupancy.warps, " of ", occupancy.mostWarps,
              " warps (", occupancy.warps * 100 / occupancy.mostWarps,
              " %), limited by ", std::string_view(occupancy.limit));
}

static std::string kernelLine(const Compiled &compiled, size_t kernel) {
  const Package &package = compiled.package;
  const std::string &name = package.kernels[kernel];
  StringRef steps = stepsOf(compiled, name);
  std::string text = join("  ", name, ": ", std::string_view(steps));
  const KernelStep *launch = findLaunch(package, kernel);
  int64_t threads = launch ? launch->threads[0] : 0;
  int64_t dynamicBytes =
      launch ? launch->dynamicSharedBytes.constant().value_or(0) : 0;
  text += join(steps.empty() ? "" : ", ", threads, " threads");
  const KernelUse *use = findUse(compiled, name);
  if (!use)
    return join(text, ", ", dynamicBytes, " bytes of shared memory\n");
  int64_t sharedBytes = dynamicBytes + use->sharedBytes;
  return join(text, ", ", use->registers, " registers, ", use->spillBytes,
              " bytes spilled, ", use->stackBytes, " bytes of stack, ",
              sharedBytes, " bytes of shared memory",
              occupancyText(package.target, *use, threads, sharedBytes), "\n");
}

static std::string explainKernels(const Compiled &compiled) {
  const Package &package = compiled.package;
  if (package.kind != PackageKind::Plan || package.kernels.empty())
    return "";
  std::string text = compiled.assembly
                         ? join("\nkernels, by ", compiled.assembler, "\n")
                         : join("\nkernels; registers, spills and occupancy "
                                "are unknown: ",
                                compiled.notAssembled, "\n");
  for (size_t i = 0; i < package.kernels.size(); ++i)
    text += kernelLine(compiled, i);
  if (compiled.assembly)
    for (const std::string &note : compiled.assembly->notes)
      text += join("  ", note, "\n");
  return text;
}

std::string explain(const Compiled &compiled) {
  std::string text = hipc::explain(compiled.package) + explainKernels(compiled);
  return text + explainRemarks(compiled.remarks);
}

} // namespace hip_compile
