//===- HostCall.h - Descriptors for one host function call ------*- C++ -*-===//
//
// A host function takes pointers to strided memref descriptors: first those of
// the inputs, then one for each result, which it fills. A descriptor is
// {void *allocated, void *aligned, int64 offset, int64 sizes[rank],
// int64 strides[rank]}.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_CPU_HOSTCALL_H
#define HIPC_RUNTIME_CPU_HOSTCALL_H

#include "runtime/package/Package.h"

namespace hipc {

class HostCall {
public:
  HostCall(const HostEntry &entry, std::span<const Tensor> inputs);

  /// The argument of the host function.
  void **arguments() { return pointers.data(); }

  /// After success: the results, whose malloc'ed memory changes hands. A
  /// result that shares memory with an input or another result is copied.
  Expected<std::vector<OwnedTensor>> takeResults();

private:
  /// Words of a descriptor, in the order above.
  using Descriptor = std::vector<int64_t>;

  Expected<Tensor> readResult(size_t index) const;
  bool ownedElsewhere(size_t index) const;

  const HostEntry &entry;
  std::vector<Descriptor> descriptors; ///< inputs, then results
  std::vector<void *> pointers;
};

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_HOSTCALL_H
