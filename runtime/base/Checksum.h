//===- Checksum.h - CRC-64 --------------------------------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_BASE_CHECKSUM_H
#define HIPC_RUNTIME_BASE_CHECKSUM_H

#include <cstdint>
#include <string_view>

namespace hipc {

/// CRC-64/XZ of `bytes`. It detects every change within 64 consecutive bits,
/// and any other with probability 1 - 2^-64. It is not a signature: it protects
/// from damage, not from malice.
uint64_t crc64(std::string_view bytes);

} // namespace hipc

#endif // HIPC_RUNTIME_BASE_CHECKSUM_H
