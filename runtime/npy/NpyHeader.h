//===- NpyHeader.h - The text header of a .npy file -------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_NPY_NPYHEADER_H
#define HIPC_RUNTIME_NPY_NPYHEADER_H

#include "runtime/base/Tensor.h"

namespace hipc {

/// What precedes the text: magic and version.
constexpr std::string_view kNpyMagic = "\x93NUMPY";
constexpr int64_t kNpyPreambleBytes = 8;
/// The data begins at a multiple of this, counted from the start of the file.
constexpr int64_t kNpyAlignment = 64;

struct NpyHeader {
  DType dtype = DType::F32;
  Dims dims;
};

/// Parses the dictionary text, such as
/// "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".
Expected<NpyHeader> parseNpyHeader(std::string_view text);

/// Everything before the data of a version 1 file, padded.
std::string formatNpyHeader(const NpyHeader &header);

} // namespace hipc

#endif // HIPC_RUNTIME_NPY_NPYHEADER_H
