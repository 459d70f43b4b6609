//===- JitLoader.cpp - Object code into this process
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/jit/JitLoader.h"

#include "runtime/cpu/Launch.h"
#include "runtime/jit/FloatConversions.h"
#include "runtime/jit/Host.h"
#include "runtime/jit/LlvmScope.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"

namespace hipc {

static Status failure(llvm::Error failed) {
  return Status(Code::Device,
                "cannot load code: " + llvm::toString(std::move(failed)));
}

namespace {
class JitCode final : public LoadedCode {
public:
  explicit JitCode(std::unique_ptr<llvm::orc::LLJIT> jit)
      : jit(std::move(jit)) {}
  ~JitCode() override {
    LlvmScope scope;
    jit.reset();
  }

  Expected<void *> lookup(const std::string &symbol) override {
    LlvmScope scope;
    auto address = jit->lookup(symbol);
    if (!address)
      return failure(address.takeError());
    return address->toPtr<void *>();
  }

private:
  std::unique_ptr<llvm::orc::LLJIT> jit;
};
} // namespace

/// What code calls of the runtime; a static executable exports no symbols.
static llvm::Error defineRuntime(llvm::orc::LLJIT &jit) {
  llvm::orc::SymbolMap symbols;
  auto define = [&](llvm::StringRef name, void *address) {
    symbols[jit.mangleAndIntern(name)] = {
        llvm::orc::ExecutorAddr::fromPtr(address),
        llvm::JITSymbolFlags::Exported};
  };
  define("hip.cpu_launch", reinterpret_cast<void *>(&hipc_cpu_launch));
  define("hipc_cpu_alloc", reinterpret_cast<void *>(&hipc_cpu_alloc));
  define("hipc_cpu_free", reinterpret_cast<void *>(&hipc_cpu_free));
  for (NamedAddress conversion : floatConversions())
    define(conversion.name, conversion.address);
  // A library of its own, so that a program that defines one of them wins.
  auto &library = jit.getExecutionSession().createBareJITDylib("hipc");
  jit.getMainJITDylib().addToLinkOrder(library);
  return library.define(llvm::orc::absoluteSymbols(std::move(symbols)));
}

bool JitLoader::accepts(std::string_view target) const {
  return hostRuns(target);
}

Expected<std::unique_ptr<LoadedCode>> JitLoader::load(const Blob &blob) {
  LlvmScope scope;
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return failure(jit.takeError());
  if (llvm::Error failed = defineRuntime(**jit))
    return failure(std::move(failed));
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(blob.bytes, blob.target);
  if (llvm::Error failed = (*jit)->addObjectFile(std::move(buffer)))
    return failure(std::move(failed));
  return std::unique_ptr<LoadedCode>(new JitCode(std::move(*jit)));
}

} // namespace hipc
