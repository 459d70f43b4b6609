#include "runtime/call/Arguments.h"

#include "runtime/call/Overlap.h"

namespace hipc {

namespace {
/// Names a tensor in messages. The text is made only for an error: calls come
/// often.
struct Label {
  std::string_view role;
  size_t index;
  const TensorSpec &spec;

  /// "input 1 'k'"
  std::string text() const {
    std::string text = join(role, " ", index);
    return spec.name.empty() ? text : join(text, " '", spec.name, "'");
  }
};
} // namespace

static Status checkShape(const Label &what, const TensorSpec &spec,
                         const Tensor &tensor) {
  if (tensor.dtype != spec.dtype)
    return error(Code::Invalid, what.text(), " has element type ",
                 dtypeName(tensor.dtype), ", but the program takes ",
                 dtypeName(spec.dtype), "; convert it (S24)");
  int64_t rank = spec.dims.size();
  if (tensor.rank() != rank)
    return error(Code::Invalid, what.text(), " has rank ", tensor.rank(),
                 " and shape ", toString(tensor.dims),
                 ", but the program takes rank ", rank, "; reshape it (S24)");
  for (int64_t i = 0; i < rank; ++i)
    if (spec.dims[i] != kDynamic && tensor.dims[i] != spec.dims[i])
      return error(Code::Invalid, what.text(), " has size ", tensor.dims[i],
                   " in dimension ", i, ", but the program was compiled for ",
                   spec.dims[i],
                   "; pass that size or compile it with a dynamic one (S24)");
  return denseBytes(tensor.dtype, tensor.dims).status();
}

static Status checkStrides(const Label &what, const Tensor &tensor,
                           bool written) {
  if (tensor.strides.size() != tensor.rank())
    return error(Code::Invalid, what.text(), " has ", tensor.strides.size(),
                 " strides for rank ", tensor.rank(), " (S24)");
  if (tensor.empty())
    return {};
  for (int64_t i = 0; i < tensor.rank(); ++i) {
    // A stride over a single element is never used.
    if (tensor.dims[i] == 1)
      continue;
    bool last = i == tensor.rank() - 1;
    if (last && tensor.strides[i] != 1)
      return error(Code::Invalid, what.text(), " has stride ",
                   tensor.strides[i],
                   " in its last dimension, but the program takes 1; pass a "
                   "copy that is dense there (S24)");
    if (tensor.strides[i] < (written ? 1 : 0))
      return error(Code::Invalid, what.text(), " has stride ",
                   tensor.strides[i], " in dimension ", i,
                   ", but the least is ", written ? 1 : 0,
                   "; pass a copy (S24)");
  }
  HIPC_RETURN_IF_ERROR(extentBytes(tensor).status());
  if (written && overlapsItself(tensor))
    return error(Code::Invalid, what.text(), " of shape ",
                 toString(tensor.dims), " has strides ",
                 toString(tensor.strides),
                 ", so that rows lie on others; pass a contiguous tensor "
                 "(S24)");
  return {};
}

static Status checkAddress(const Label &what, const Tensor &tensor) {
  if (tensor.empty())
    return {};
  if (!tensor.data)
    return error(Code::Invalid, what.text(), " of shape ",
                 toString(tensor.dims),
                 " is a null pointer; pass its data (S24)");
  int64_t alignment = dtypeBytes(tensor.dtype);
  int64_t excess = reinterpret_cast<uintptr_t>(tensor.data) % alignment;
  if (excess != 0)
    return error(Code::Invalid, what.text(), " lies ", excess,
                 " bytes past a multiple of ", alignment,
                 ", but elements of type ", dtypeName(tensor.dtype),
                 " need that alignment; pass an aligned copy (S24)");
  return {};
}

Status checkInputs(const std::vector<TensorSpec> &specs,
                   std::span<const Tensor> inputs) {
  if (inputs.size() != specs.size())
    return error(Code::Invalid, "the call passes ", inputs.size(),
                 " inputs, but the program takes ", specs.size(), " (S24)");
  for (size_t i = 0; i < specs.size(); ++i) {
    Label what{"input", i, specs[i]};
    HIPC_RETURN_IF_ERROR(checkShape(what, specs[i], inputs[i]));
    HIPC_RETURN_IF_ERROR(checkStrides(what, inputs[i], /*written=*/false));
  }
  return {};
}

Status checkInputAddresses(const std::vector<TensorSpec> &specs,
                           std::span<const Tensor> inputs) {
  for (size_t i = 0; i < specs.size(); ++i)
    HIPC_RETURN_IF_ERROR(checkAddress({"input", i, specs[i]}, inputs[i]));
  return {};
}

Status checkOutput(const TensorSpec &spec, int64_t index, const Dims &shape,
                   const Tensor &output) {
  Label what{"output", size_t(index), spec};
  HIPC_RETURN_IF_ERROR(checkShape(what, spec, output));
  if (output.dims != shape)
    return error(Code::Invalid, what.text(), " has shape ",
                 toString(output.dims), ", but this call gives ",
                 toString(shape), "; allocate that shape (S24)");
  return checkStrides(what, output, /*written=*/true);
}

Status checkOutputAddress(const TensorSpec &spec, int64_t index,
                          const Tensor &output) {
  return checkAddress({"output", size_t(index), spec}, output);
}

constexpr std::string_view kWorkspace = "the workspace";

bool isSameArray(const Tensor &a, const Tensor &b) {
  return a.data == b.data && a.dtype == b.dtype && a.dims == b.dims &&
         a.strides == b.strides;
}

static Status checkApart(std::string_view what, size_t number,
                         const Tensor &one, std::string_view role,
                         std::span<const Tensor> others,
                         size_t updated = kNoInput) {
  ByteRange range = byteRange(one);
  for (size_t i = 0; i < others.size(); ++i)
    if (range.meets(byteRange(others[i])) && overlap(one, others[i]) &&
        !(i == updated && isSameArray(one, others[i])))
      return error(Code::Invalid, what, " ", number, " at bytes ", range.text(),
                   " overlaps ",
                   role == kWorkspace ? join(role) : join(role, " ", i),
                   " at bytes ", byteRange(others[i]).text(),
                   "; give each output memory of its own (S24)");
  return {};
}

Status checkOverlaps(std::span<const Tensor> inputs,
                     std::span<const Tensor> outputs, const Tensor &workspace,
                     std::span<const size_t> updated) {
  std::span<const Tensor> scratch(&workspace, 1);
  for (size_t i = 0; i < inputs.size(); ++i)
    HIPC_RETURN_IF_ERROR(
        checkApart("input", i, inputs[i], kWorkspace, scratch));
  for (size_t i = 0; i < outputs.size(); ++i) {
    HIPC_RETURN_IF_ERROR(
        checkApart("output", i, outputs[i], "input", inputs,
                   i < updated.size() ? updated[i] : kNoInput));
    HIPC_RETURN_IF_ERROR(
        checkApart("output", i, outputs[i], "output", outputs.first(i)));
    HIPC_RETURN_IF_ERROR(
        checkApart("output", i, outputs[i], kWorkspace, scratch));
  }
  return {};
}

Status checkOutputCount(size_t expected, size_t got) {
  if (got == expected)
    return {};
  return error(Code::Invalid, "the call passes ", got,
               " outputs, but the program gives ", expected, " (S24)");
}

} // namespace hipc
