//===- CudaExecutable.h - A loaded package on a GPU -------------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CUDA_CUDAEXECUTABLE_H
#define HIPC_RUNTIME_CUDA_CUDAEXECUTABLE_H

#include "runtime/call/BoundPlans.h"
#include "runtime/cuda/CudaDevice.h"

namespace hipc::cuda {

/// Immutable once created: calls from several threads may overlap, each with
/// its own outputs, workspace and stream.
class CudaExecutable {
public:
  /// Loads the first cubin, else PTX, that runs on the device. The driver keeps
  /// what it makes of PTX where CUDA_CACHE_PATH says.
  static Expected<std::unique_ptr<CudaExecutable>>
  create(Package package, std::shared_ptr<CudaDevice> device);
  ~CudaExecutable();

  const Package &package() const { return program; }
  CudaDevice &device() const { return *gpu; }
  std::shared_ptr<CudaDevice> sharedDevice() const { return gpu; }

  /// Shapes of the outputs; the inputs' data may be null.
  Expected<std::vector<Dims>>
  outputShapes(std::span<const Tensor> inputs) const {
    return hipc::outputShapes(program.plan, inputs);
  }
  Expected<int64_t> workspaceBytes(std::span<const Tensor> inputs) const {
    return hipc::workspaceBytes(program.plan, inputs);
  }

  /// Enqueues the whole call in `stream` and returns: nothing is allocated,
  /// read back or waited for, so that a graph may capture it. Data are on the
  /// device. If an argument is wrong, nothing is launched.
  Status run(std::span<const Tensor> inputs, std::span<const Tensor> outputs,
             Workspace workspace, Stream stream) const;

  /// A line for each kernel: threads, registers, shared memory and occupancy,
  /// from the driver.
  Expected<std::string> kernelUse() const;
  /// Bytes of local memory of a thread, of all kernels together: what they
  /// spill, and their stacks.
  Expected<int64_t> localBytes() const;

private:
  CudaExecutable(Package package, std::shared_ptr<CudaDevice> device)
      : program(std::move(package)), gpu(std::move(device)) {}

  /// A kernel with what the driver says that a launch may have.
  struct Kernel {
    Function function = nullptr;
    int threads = 0;     ///< of a block
    int sharedBytes = 0; ///< beside those it always has
  };

  Status loadModule();
  Status findKernels();
  Expected<Kernel> findKernel(const std::string &name) const;
  Status checkLaunch(const BoundKernel &kernel) const;
  /// Takes a plan of an earlier call on such tensors or binds one. Every launch
  /// of it is one that the device takes.
  Expected<std::unique_ptr<BoundPlan>>
  bind(std::span<const Tensor> inputs, std::span<const Tensor> outputs) const;
  Status run(BoundPlan &plan, std::span<const Tensor> inputs,
             std::span<const Tensor> outputs, Workspace workspace,
             Stream stream) const;
  /// `follows` says whether the last thing in the stream is a launch of the
  /// same call, and is set anew.
  Status enqueue(const BoundStep &step, const std::vector<BoundMap> &maps,
                 Stream stream, bool &follows) const;
  Expected<std::string> kernelLine(size_t kernel) const;
  Status launch(const BoundKernel &kernel, const std::vector<BoundMap> &maps,
                Stream stream, bool &follows) const;

  Package program;
  std::shared_ptr<CudaDevice> gpu;
  Module module = nullptr;
  std::vector<Kernel> kernels; ///< indexed as Package::kernels
  mutable BoundPlans plans;
};

/// A copy on the device of a row-major array of the host, which is done when
/// this returns.
Expected<OwnedTensor> upload(const std::shared_ptr<CudaDevice> &device,
                             const Tensor &host);

/// For a host without device memory of its own: runs `repeat` times on arrays
/// of the device, and downloads the results.
struct TimedResults {
  std::vector<OwnedTensor> outputs;
  std::vector<float> milliseconds; ///< of each run, on the device
};
Expected<TimedResults> call(const CudaExecutable &executable,
                            std::span<const Tensor> inputs, int64_t repeat = 1);

} // namespace hipc::cuda

#endif // HIPC_RUNTIME_CUDA_CUDAEXECUTABLE_H
