//===- CodeLoader.h - Object code into callable memory ----------*- C++ -*-===//
//
// The device has no linker of its own: its creator says how object code is
// loaded.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_CPU_CODELOADER_H
#define HIPC_RUNTIME_CPU_CODELOADER_H

#include "runtime/package/Package.h"

namespace hipc {

/// Loaded code; its addresses are valid as long as it lives.
class LoadedCode {
public:
  virtual ~LoadedCode();

  /// The address of a symbol.
  virtual Expected<void *> lookup(const std::string &symbol) = 0;
};

class CodeLoader {
public:
  virtual ~CodeLoader();

  /// Why this machine cannot run the code of `blob`, if it cannot.
  virtual Status accepts(const Blob &blob) const = 0;

  virtual Expected<std::unique_ptr<LoadedCode>> load(const Blob &blob) = 0;
};

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_CODELOADER_H
