//===- ObjectLoader.h - Object code into this process -----------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CPU_OBJECTLOADER_H
#define HIPC_RUNTIME_CPU_OBJECTLOADER_H

#include "runtime/cpu/CodeLoader.h"

namespace hipc {

/// Links object code for x86-64 in memory that is never writable and executable
/// at once, against the runtime and this process. Damaged bytes are rejected,
/// and nothing outside of them is read. What code does once it runs is not
/// checked.
class ObjectLoader final : public CodeLoader {
public:
  Status accepts(const Blob &blob) const override;
  Expected<std::unique_ptr<LoadedCode>> load(const Blob &blob) override;
};

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_OBJECTLOADER_H
