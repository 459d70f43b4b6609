//===- Npy.h - Arrays in NumPy's .npy files ---------------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_NPY_NPY_H
#define HIPC_RUNTIME_NPY_NPY_H

#include "runtime/base/File.h"
#include "runtime/base/Tensor.h"

namespace hipc {

/// Reads a whole file of format version 1, 2 or 3. bfloat16 is recognised as
/// ml_dtypes saves it, as raw data of 2 bytes ('<V2' or '|V2').
Expected<OwnedTensor> readNpy(const std::string &path);

/// An array and the file it goes to.
struct NpyOutput {
  std::string path;
  Tensor tensor;
};

/// Writes files of format version 1 in row-major order, and `others` beside
/// them, all or none (writeFiles): no partial file is ever seen. Strided views
/// are packed.
Status writeNpys(std::span<const NpyOutput> outputs,
                 std::span<const FileContents> others = {});

Status writeNpy(const std::string &path, const Tensor &tensor);

} // namespace hipc

#endif // HIPC_RUNTIME_NPY_NPY_H
