#include "runtime/npy/Npy.h"
#include "runtime/npy/NpyHeader.h"

namespace hipc {

namespace {
/// What a file refers to until it is written.
struct Parts {
  std::string header;
  OwnedTensor packed; ///< of a strided view
  std::string_view data;
};
} // namespace

static Status readParts(const Tensor &tensor, Parts &parts) {
  parts.header = formatNpyHeader(NpyHeader{tensor.dtype, tensor.dims});
  Expected<int64_t> bytes = denseBytes(tensor.dtype, tensor.dims);
  if (!bytes)
    return bytes.status();
  const void *data = tensor.data;
  if (!tensor.contiguous()) {
    Expected<OwnedTensor> packed =
        OwnedTensor::uninitialized(tensor.dtype, tensor.dims);
    if (!packed)
      return packed.status();
    copyTensor(tensor, packed->view);
    parts.packed = std::move(*packed);
    data = parts.packed.view.data;
  }
  parts.data = std::string_view(static_cast<const char *>(data), *bytes);
  return {};
}

Status writeNpys(std::span<const NpyOutput> outputs,
                 std::span<const FileContents> others) {
  std::vector<Parts> parts(outputs.size());
  std::vector<FileContents> files(others.begin(), others.end());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string &path = outputs[i].path;
    if (Status status = readParts(outputs[i].tensor, parts[i]); !status.ok())
      return error(status.code(), path, ": ", status.message());
    files.push_back({path, {parts[i].header, parts[i].data}});
  }
  return writeFiles(files);
}

Status writeNpy(const std::string &path, const Tensor &tensor) {
  NpyOutput output{path, tensor};
  return writeNpys(std::span(&output, 1));
}

} // namespace hipc
