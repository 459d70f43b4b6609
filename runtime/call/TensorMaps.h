//===- TensorMaps.h - Tensor maps of one call -------------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CALL_TENSORMAPS_H
#define HIPC_RUNTIME_CALL_TENSORMAPS_H

#include "runtime/package/Plan.h"

#include <cstddef>

namespace hipc {

/// A TensorMapSpec with the sizes of a call, and what a device makes of it.
struct BoundMap {
  std::string name; ///< of the buffer, such as "input 'k'"
  BufferRef buffer;
  int64_t offset = 0;                  ///< of the first element, in bytes
  const TensorMapSpec *spec = nullptr; ///< the plan's
  Dims sizes, strides;                 ///< in its order and units
  const void *address = nullptr;       ///< of the first element, once placed
  bool encoded = false;                ///< whether `bytes` are of `address`
  alignas(
      kTensorMapAlignment) std::array<std::byte, kTensorMapBytes> bytes = {};

  bool mapsTheSame(const BoundMap &other) const;
  /// Without elements nothing is copied, whatever the address is.
  bool empty() const;
  /// Bytes stay as long as the address does.
  void place(const void *to);
};

/// Evaluates an argument that is a tensor map. Rejects one that reaches outside
/// the buffer `name` of `bytes` bytes.
Expected<BoundMap> bindMap(const Argument &argument, const ExprEnv &env,
                           std::string name, int64_t bytes);

} // namespace hipc

#endif // HIPC_RUNTIME_CALL_TENSORMAPS_H
