#include "runtime/cpu/HostCall.h"

#include <cstdlib>

namespace hipc {

namespace {
// Positions of words in a descriptor.
constexpr size_t kAllocated = 0;
constexpr size_t kAligned = 1;
constexpr size_t kOffset = 2;
constexpr size_t kSizes = 3;
} // namespace

HostCall::HostCall(const HostEntry &entry, std::span<const Tensor> inputs)
    : entry(entry) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor &input = inputs[i];
    if (entry.inputs[i].number) {
      descriptors.push_back({*static_cast<const uint32_t *>(input.data)});
      continue;
    }
    int64_t address = reinterpret_cast<int64_t>(input.data);
    Descriptor &words =
        descriptors.emplace_back(Descriptor{address, address, 0});
    words.insert(words.end(), input.dims.begin(), input.dims.end());
    words.insert(words.end(), input.strides.begin(), input.strides.end());
  }
  for (const TensorSpec &output : entry.outputs)
    descriptors.emplace_back(kSizes + 2 * output.dims.size(), 0);
  for (Descriptor &words : descriptors)
    pointers.push_back(words.data());
}

Expected<Tensor> HostCall::readResult(size_t index) const {
  const TensorSpec &spec = entry.outputs[index];
  const Descriptor &words = descriptors[entry.inputs.size() + index];
  std::span<const int64_t> shape = std::span(words).subspan(kSizes);
  size_t rank = spec.dims.size();
  Tensor view{nullptr, spec.dtype, Dims(shape.first(rank)),
              Dims(shape.subspan(rank))};
  Expected<int64_t> bytes = denseBytes(view.dtype, view.dims);
  if (!bytes || (*bytes > 0 && !words[kAligned]))
    return error(Code::Internal, "program '", entry.name, "' gave back result ",
                 index, " '", spec.name, "' without memory or with shape ",
                 toString(view.dims));
  for (size_t i = 0; i < rank; ++i)
    if (spec.dims[i] != kDynamic && spec.dims[i] != view.dims[i])
      return error(Code::Internal, "program '", entry.name,
                   "' gave back result ", index, " '", spec.name,
                   "' with size ", view.dims[i], " in dimension ", i,
                   " instead of ", spec.dims[i]);
  view.data = reinterpret_cast<char *>(words[kAligned]) +
              words[kOffset] * dtypeBytes(spec.dtype);
  return view;
}

bool HostCall::ownedElsewhere(size_t index) const {
  size_t self = entry.inputs.size() + index;
  for (size_t i = 0; i < self; ++i)
    if (!(i < entry.inputs.size() && entry.inputs[i].number) &&
        descriptors[i][kAllocated] == descriptors[self][kAllocated])
      return true;
  return false;
}

Expected<std::vector<OwnedTensor>> HostCall::takeResults() {
  // Take all memory before anything can fail, so that nothing leaks.
  std::vector<OwnedTensor> results(entry.outputs.size());
  for (size_t i = 0; i < results.size(); ++i)
    if (!ownedElsewhere(i))
      results[i].storage = OwnedTensor::Storage(
          reinterpret_cast<void *>(
              descriptors[entry.inputs.size() + i][kAllocated]),
          std::free);
  for (size_t i = 0; i < results.size(); ++i) {
    Expected<Tensor> view = readResult(i);
    if (!view)
      return view.status();
    results[i].view = *view;
  }
  for (OwnedTensor &result : results) {
    if (result.storage)
      continue;
    Expected<OwnedTensor> copy =
        OwnedTensor::uninitialized(result.view.dtype, result.view.dims);
    if (!copy)
      return copy.status();
    copyTensor(result.view, copy->view);
    result = std::move(*copy);
  }
  return results;
}

} // namespace hipc
