#include "runtime/cuda/CudaExecutable.h"

#include <limits>

namespace hipc::cuda {

/// The code of a grid: x up to 2^31 - 1, y and z up to 2^16 - 1.
constexpr int64_t kMostCells[] = {std::numeric_limits<int32_t>::max(), 65535,
                                  65535};
/// Of the pointers that a call passes: kernels read 16 bytes at a time.
constexpr int64_t kAlignment = 16;

Expected<std::unique_ptr<CudaExecutable>>
CudaExecutable::create(Package package, std::shared_ptr<CudaDevice> device) {
  HIPC_RETURN_IF_ERROR(verify(package));
  if (package.kind != PackageKind::Plan)
    return error(Code::Unsupported, "program '", package.entryName(),
                 "' is a host function; compile it for a GPU");
  std::unique_ptr<CudaExecutable> made(
      new CudaExecutable(std::move(package), std::move(device)));
  CudaDevice::Scope scope(*made->gpu);
  HIPC_RETURN_IF_ERROR(scope.status());
  HIPC_RETURN_IF_ERROR(made->loadModule());
  HIPC_RETURN_IF_ERROR(made->findKernels());
  return made;
}

CudaExecutable::~CudaExecutable() {
  if (!module)
    return;
  CudaDevice::Scope scope(*gpu);
  if (scope.status().ok())
    gpu->driver().moduleUnload(module);
}

/// Kernels of PTX are compiled side by side, on as many threads as there are
/// processors, where the driver can; it keeps what it made on disk. (Its
/// linker would give the machine code, but of code that can be relocated,
/// which has spills and takes a third longer.)
static Result load(const Driver &driver, const Blob &blob, Module &module) {
  int option = kSplitCompile;
  void *allProcessors = nullptr;
  const char *code = blob.bytes.c_str();
  if (blob.kind == BlobKind::Ptx &&
      driver.moduleLoad(&module, code, 1, &option, &allProcessors) == 0)
    return 0;
  return driver.moduleLoad(&module, code, 0, nullptr, nullptr);
}

Status CudaExecutable::loadModule() {
  const Driver &driver = gpu->driver();
  Status refused = error(Code::Unsupported, "program '", program.entryName(),
                         "' has no code for a GPU");
  for (BlobKind kind : {BlobKind::Cubin, BlobKind::Ptx})
    for (const Blob &blob : program.blobs) {
      if (blob.kind != kind)
        continue;
      Status accepted = gpu->accepts(blob.target, kind == BlobKind::Ptx);
      if (!accepted.ok()) {
        refused = accepted;
        continue;
      }
      return driver.check(load(driver, blob, module),
                          join("loading code for ", blob.target));
    }
  return refused;
}

Status CudaExecutable::findKernels() {
  const Driver &driver = gpu->driver();
  for (const std::string &name : program.kernels) {
    Function kernel = nullptr;
    HIPC_RETURN_IF_ERROR(
        driver.check(driver.moduleFunction(&kernel, module, name.c_str()),
                     join("kernel '", name, "'")));
    HIPC_RETURN_IF_ERROR(driver.check(
        driver.functionSet(kernel, kMaxDynamicSharedBytes, gpu->sharedBytes()),
        join("shared memory of kernel '", name, "'")));
    kernels.push_back(kernel);
  }
  return {};
}

/// Rows of numbers that fill pieces of kAlignment bytes are read by them.
static Status checkRow(const Tensor &tensor, std::string_view role,
                       size_t number) {
  int64_t last = tensor.rank() - 1, bytes = dtypeBytes(tensor.dtype);
  bool words = tensor.dtype == DType::I32 || tensor.dtype == DType::I64;
  if (last < 1 || words || tensor.dims[last] * bytes % kAlignment != 0)
    return {};
  for (int64_t i = 0; i < last; ++i) {
    if (tensor.dims[i] == 1 || tensor.strides[i] * bytes % kAlignment == 0)
      continue;
    return error(Code::Invalid, role, " ", number, " has stride ",
                 tensor.strides[i], " in dimension ", i, ", which is ",
                 tensor.strides[i] * bytes, " bytes and no multiple of ",
                 kAlignment, "; pass an aligned copy (S24)");
  }
  return {};
}

static Status checkRows(std::span<const Tensor> tensors,
                        std::string_view role) {
  for (size_t i = 0; i < tensors.size(); ++i)
    if (!tensors[i].empty())
      HIPC_RETURN_IF_ERROR(checkRow(tensors[i], role, i));
  return {};
}

static Status checkAlignment(std::span<const Tensor> tensors,
                             std::string_view role) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].empty())
      continue;
    int64_t excess = reinterpret_cast<uintptr_t>(tensors[i].data) % kAlignment;
    if (excess != 0)
      return error(Code::Invalid, role, " ", i, " lies ", excess,
                   " bytes past a multiple of ", kAlignment,
                   "; pass an aligned copy (S24)");
  }
  return {};
}

Status CudaExecutable::launch(const BoundKernel &kernel, Stream stream) const {
  unsigned grid[3];
  for (int i = 0; i < 3; ++i) {
    if (kernel.grid[i] == 0)
      return {};
    if (kernel.grid[i] > kMostCells[i])
      return error(Code::Invalid, "kernel '", program.kernels[kernel.kernel],
                   "' has ", kernel.grid[i], " cells in dimension ", i,
                   ", but a GPU takes ", kMostCells[i], " (S24)");
    grid[i] = kernel.grid[i];
  }
  // Room that a thread keeps: launches come often. The driver only reads.
  thread_local std::vector<void *> parameters;
  parameters.clear();
  for (const uint64_t &slot : kernel.slots)
    parameters.push_back(const_cast<uint64_t *>(&slot));
  const Driver &driver = gpu->driver();
  Result result = driver.launch(kernels[kernel.kernel], grid[0], grid[1],
                                grid[2], kernel.threads[0], kernel.threads[1],
                                kernel.threads[2], kernel.dynamicSharedBytes,
                                stream, parameters.data(), nullptr);
  if (result == 0)
    return {};
  return driver.check(
      result, join("launch of kernel '", program.kernels[kernel.kernel], "'"));
}

Status CudaExecutable::enqueue(const BoundStep &step, Stream stream) const {
  const Driver &driver = gpu->driver();
  auto address = [](const void *data) {
    return reinterpret_cast<DevicePointer>(data);
  };
  if (const auto *kernel = std::get_if<BoundKernel>(&step))
    return launch(*kernel, stream);
  if (const auto *fill = std::get_if<BoundFill>(&step))
    return fill->bytes
               ? driver.check(driver.fill(address(fill->data), fill->value,
                                          fill->bytes, stream),
                              "fill")
               : Status();
  const auto &copy = std::get<BoundCopy>(step);
  return copy.bytes
             ? driver.check(driver.copy(address(copy.to), address(copy.from),
                                        copy.bytes, stream),
                            "copy")
             : Status();
}

Expected<std::unique_ptr<BoundPlan>>
CudaExecutable::bind(std::span<const Tensor> inputs,
                     std::span<const Tensor> outputs) const {
  if (std::unique_ptr<BoundPlan> kept = plans.take(inputs, outputs))
    return kept;
  Expected<BoundPlan> plan =
      BoundPlan::bind(program.plan, inputs, outputs, /*workers=*/1);
  if (!plan)
    return plan.status();
  HIPC_RETURN_IF_ERROR(checkRows(inputs, "input"));
  HIPC_RETURN_IF_ERROR(checkRows(outputs, "output"));
  return std::make_unique<BoundPlan>(std::move(*plan));
}

Status CudaExecutable::run(BoundPlan &plan, std::span<const Tensor> inputs,
                           std::span<const Tensor> outputs, Workspace workspace,
                           Stream stream) const {
  HIPC_RETURN_IF_ERROR(plan.place(inputs, outputs, workspace));
  HIPC_RETURN_IF_ERROR(checkAlignment(inputs, "input"));
  HIPC_RETURN_IF_ERROR(checkAlignment(outputs, "output"));
  CudaDevice::Scope scope(*gpu);
  HIPC_RETURN_IF_ERROR(scope.status());
  for (const BoundStep &step : plan.steps())
    HIPC_RETURN_IF_ERROR(enqueue(step, stream));
  return {};
}

Status CudaExecutable::run(std::span<const Tensor> inputs,
                           std::span<const Tensor> outputs, Workspace workspace,
                           Stream stream) const {
  // Before the lock of the plans, which a thread of the parent may hold.
  HIPC_RETURN_IF_ERROR(gpu->driver().checkProcess());
  Expected<std::unique_ptr<BoundPlan>> plan = bind(inputs, outputs);
  if (!plan)
    return plan.status();
  Status done = run(**plan, inputs, outputs, workspace, stream);
  plans.giveBack(std::move(*plan));
  return done;
}

} // namespace hipc::cuda
