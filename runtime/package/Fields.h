//===- Fields.h - The stored fields of each record --------------*- C++ -*-===//
//
// One list of fields for each record, walked by the writer and by the reader
// alike, so that the two cannot disagree. A change here is a change of
// kPackageFormatVersion.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_PACKAGE_FIELDS_H
#define HIPC_RUNTIME_PACKAGE_FIELDS_H

#include "runtime/package/Package.h"

#include <tuple>

namespace hipc {

template <typename T> struct IsRecord : std::false_type {};

#define HIPC_FIELDS(TYPE, ...)                                                 \
  template <> struct IsRecord<TYPE> : std::true_type {};                       \
  inline auto fields(TYPE &r) { return std::tie(__VA_ARGS__); }                \
  inline auto fields(const TYPE &r) { return std::tie(__VA_ARGS__); }

HIPC_FIELDS(ExprCode, r.op, r.tensor, r.axis, r.value)
HIPC_FIELDS(TensorSpec, r.name, r.dtype, r.dims, r.number)
HIPC_FIELDS(OutputSpec, r.spec, r.dims)
HIPC_FIELDS(BufferRef, r.kind, r.index)
HIPC_FIELDS(WorkspaceSpec, r.name, r.bytes)
HIPC_FIELDS(TensorMapSpec, r.element, r.sizes, r.strides, r.box, r.swizzle)
HIPC_FIELDS(Argument, r.kind, r.buffer, r.value, r.real, r.map)
HIPC_FIELDS(KernelStep, r.kernel, r.grid, r.threads, r.dynamicSharedBytes,
            r.arguments, r.dependent)
HIPC_FIELDS(CopyStep, r.from, r.to, r.bytes)
HIPC_FIELDS(LoopStep, r.count, r.steps)
HIPC_FIELDS(Check, r.condition, r.message, r.values)
HIPC_FIELDS(Plan, r.name, r.inputs, r.outputs, r.workspace, r.checks, r.steps)
HIPC_FIELDS(Blob, r.kind, r.target, r.bytes, r.features)
HIPC_FIELDS(HostEntry, r.name, r.inputs, r.outputs, r.outputDims, r.checks)
HIPC_FIELDS(Package, r.compilerVersion, r.target, r.kind, r.kernels, r.blobs,
            r.plan, r.host, r.source, r.key)

#undef HIPC_FIELDS

template <typename T>
concept Record = IsRecord<T>::value;

/// What precedes and follows the fields of a package in its bytes.
constexpr std::string_view kPackageMagic = {"HIPCPKG\n", 8};
constexpr size_t kPackageHeaderBytes = 8 + 4 + 8; // magic, version, total size
constexpr size_t kPackageChecksumBytes = 8;

} // namespace hipc

#endif // HIPC_RUNTIME_PACKAGE_FIELDS_H
