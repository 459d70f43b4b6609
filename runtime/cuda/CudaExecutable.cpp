#include "runtime/cuda/CudaExecutable.h"

#include "runtime/cuda/TensorMaps.h"

#include <algorithm>

namespace hipc::cuda {

/// Of the pointers that a call passes: kernels read 16 bytes at a time.
constexpr int64_t kAlignment = 16;

Expected<std::unique_ptr<CudaExecutable>>
CudaExecutable::create(Package package, std::shared_ptr<CudaDevice> device) {
  HIPC_RETURN_IF_ERROR(verify(package));
  if (package.kind != PackageKind::Plan)
    return error(Code::Unsupported, "program '", package.entryName(),
                 "' is a host function; compile it for a GPU");
  HIPC_RETURN_IF_ERROR(checkDriver(device->driver(), package.plan));
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
  // Also where the context cannot be entered: it may be the current one.
  if (gpu->driver().checkProcess().ok())
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

/// A program without kernels has nothing to load, and runs on any GPU.
Status CudaExecutable::loadModule() {
  if (program.kernels.empty())
    return {};
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

Expected<CudaExecutable::Kernel>
CudaExecutable::findKernel(const std::string &name) const {
  const Driver &driver = gpu->driver();
  Kernel kernel;
  HIPC_RETURN_IF_ERROR(driver.check(
      driver.moduleFunction(&kernel.function, module, name.c_str()),
      join("kernel '", name, "'")));
  int fixed = 0;
  for (auto [attribute, value] : {std::pair(kStaticSharedBytes, &fixed),
                                  {kMaxThreadsPerBlock, &kernel.threads}})
    HIPC_RETURN_IF_ERROR(
        driver.check(driver.functionGet(value, attribute, kernel.function),
                     join("limits of kernel '", name, "'")));
  kernel.sharedBytes = std::max(gpu->sharedBytes() - fixed, 0);
  HIPC_RETURN_IF_ERROR(
      driver.check(driver.functionSet(kernel.function, kMaxDynamicSharedBytes,
                                      kernel.sharedBytes),
                   join("shared memory of kernel '", name, "'")));
  return kernel;
}

Status CudaExecutable::findKernels() {
  for (const std::string &name : program.kernels) {
    Expected<Kernel> kernel = findKernel(name);
    if (!kernel)
      return kernel.status();
    kernels.push_back(*kernel);
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

/// `specs` are of inputs, of which numbers stay in the host's memory.
static Status checkAlignment(std::span<const Tensor> tensors,
                             std::string_view role,
                             std::span<const TensorSpec> specs = {}) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].empty() || (i < specs.size() && specs[i].number))
      continue;
    int64_t excess = reinterpret_cast<uintptr_t>(tensors[i].data) % kAlignment;
    if (excess != 0)
      return error(Code::Invalid, role, " ", i, " lies ", excess,
                   " bytes past a multiple of ", kAlignment,
                   "; pass an aligned copy (S24)");
  }
  return {};
}

static bool isEmpty(const BoundKernel &kernel) {
  return kernel.grid[0] == 0 || kernel.grid[1] == 0 || kernel.grid[2] == 0;
}

/// Shapes decide it, so it is seen before the first step of any call.
Status CudaExecutable::checkLaunch(const BoundKernel &kernel) const {
  if (isEmpty(kernel))
    return {};
  const std::string &name = program.kernels[kernel.kernel];
  const Kernel &limits = kernels[kernel.kernel];
  for (int i = 0; i < 3; ++i)
    if (kernel.grid[i] > gpu->mostBlocks(i))
      return error(Code::Invalid, "this call needs ", kernel.grid[i],
                   " blocks in dimension ", i, " of the grid of kernel '", name,
                   "', but ", gpu->name(), " takes ", gpu->mostBlocks(i),
                   "; call it on ",
                   i == 0   ? "parts of the rows"
                   : i == 1 ? "parts of the heads"
                            : "parts of the batch",
                   ", one after another (S24)");
  int64_t threads = 1;
  for (int i = 0; i < 3; ++i) {
    threads *= kernel.threads[i];
    int64_t most = std::min<int64_t>(gpu->mostThreads(i), limits.threads);
    if (kernel.threads[i] == 0 || kernel.threads[i] > most ||
        threads > limits.threads)
      return error(Code::Invalid, "kernel '", name, "' has blocks of ",
                   kernel.threads[0], " x ", kernel.threads[1], " x ",
                   kernel.threads[2], " threads, but ", gpu->name(), " takes ",
                   most, " in dimension ", i, " and ", limits.threads,
                   " in all for it; compile it for this GPU (S24)");
  }
  if (kernel.dynamicSharedBytes > limits.sharedBytes)
    return error(Code::Invalid, "kernel '", name, "' needs ",
                 kernel.dynamicSharedBytes, " bytes of shared memory, but ",
                 gpu->name(), " has ", limits.sharedBytes,
                 " for it; compile it for this GPU (S24)");
  return {};
}

/// The driver copies what the parameters point to, into a graph as well. Only
/// kernels of ours are known to let the next one start after their own wait:
/// the first launch of a call waits for all that is before it.
Status CudaExecutable::launch(const BoundKernel &kernel,
                              const std::vector<BoundMap> &maps, Stream stream,
                              bool &follows) const {
  if (isEmpty(kernel))
    return {};
  // Room that a thread keeps: launches come often. The driver only reads.
  thread_local std::vector<void *> parameters;
  parameters.clear();
  for (const uint64_t &slot : kernel.slots)
    parameters.push_back(const_cast<uint64_t *>(&slot));
  for (const auto &[slot, map] : kernel.maps)
    parameters[slot] = const_cast<std::byte *>(maps[map].bytes.data());
  const Driver &driver = gpu->driver();
  LaunchAttribute early{kProgrammaticSerialization, 0, {1}};
  LaunchConfig config;
  std::ranges::copy(kernel.grid, config.grid);
  std::ranges::copy(kernel.threads, config.threads);
  config.sharedBytes = kernel.dynamicSharedBytes;
  config.stream = stream;
  config.attributes = &early;
  config.attributeCount =
      kernel.dependent && follows && driver.version() >= kOverlappingDriver;
  follows = true;
  Result result = driver.launch(&config, kernels[kernel.kernel].function,
                                parameters.data(), nullptr);
  if (result == 0)
    return {};
  return driver.check(
      result, join("launch of kernel '", program.kernels[kernel.kernel], "'"));
}

Status CudaExecutable::enqueue(const BoundStep &step,
                               const std::vector<BoundMap> &maps, Stream stream,
                               bool &follows) const {
  const Driver &driver = gpu->driver();
  auto address = [](const void *data) {
    return reinterpret_cast<DevicePointer>(data);
  };
  if (const auto *kernel = std::get_if<BoundKernel>(&step))
    return launch(*kernel, maps, stream, follows);
  follows = false;
  const auto &copy = std::get<BoundCopy>(step);
  // An output may be the input that it starts as.
  return copy.bytes && copy.from != copy.to
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
  Expected<BoundPlan> plan = BoundPlan::bind(program.plan, inputs, outputs);
  if (!plan)
    return plan.status();
  HIPC_RETURN_IF_ERROR(checkRows(inputs, "input"));
  HIPC_RETURN_IF_ERROR(checkRows(outputs, "output"));
  for (const BoundMap &map : plan->maps())
    HIPC_RETURN_IF_ERROR(checkForm(map));
  for (const BoundStep &step : plan->steps())
    if (const auto *kernel = std::get_if<BoundKernel>(&step))
      HIPC_RETURN_IF_ERROR(checkLaunch(*kernel));
  return std::make_unique<BoundPlan>(std::move(*plan));
}

Status CudaExecutable::run(BoundPlan &plan, std::span<const Tensor> inputs,
                           std::span<const Tensor> outputs, Workspace workspace,
                           Stream stream) const {
  HIPC_RETURN_IF_ERROR(plan.place(inputs, outputs, workspace));
  HIPC_RETURN_IF_ERROR(checkAlignment(inputs, "input", program.plan.inputs));
  HIPC_RETURN_IF_ERROR(checkAlignment(outputs, "output"));
  for (const BoundMap &map : plan.maps())
    HIPC_RETURN_IF_ERROR(checkAddress(map));
  CudaDevice::Scope scope(*gpu);
  HIPC_RETURN_IF_ERROR(scope.status());
  for (BoundMap &map : plan.maps())
    HIPC_RETURN_IF_ERROR(encode(gpu->driver(), map));
  bool follows = false;
  for (const BoundStep &step : plan.steps())
    HIPC_RETURN_IF_ERROR(enqueue(step, plan.maps(), stream, follows));
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
