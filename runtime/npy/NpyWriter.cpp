#include "runtime/npy/Npy.h"
#include "runtime/npy/NpyHeader.h"
#include "runtime/package/File.h"

namespace hipc {

Status writeNpy(const std::string &path, const Tensor &tensor) {
  Expected<std::string> header =
      formatNpyHeader(NpyHeader{tensor.dtype, tensor.dims});
  if (!header)
    return error(header.status().code(), path, ": ", header.status().message());
  Expected<int64_t> bytes = denseBytes(tensor.dtype, tensor.dims);
  if (!bytes)
    return error(bytes.status().code(), path, ": ", bytes.status().message());
  if (tensor.contiguous())
    return writeFile(
        path, {*header, std::string_view(static_cast<const char *>(tensor.data),
                                         *bytes)});
  Expected<OwnedTensor> packed =
      OwnedTensor::uninitialized(tensor.dtype, tensor.dims);
  if (!packed)
    return packed.status();
  copyTensor(tensor, packed->view);
  return writeNpy(path, packed->view);
}

} // namespace hipc
