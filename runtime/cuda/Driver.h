//===- Driver.h - The CUDA driver, loaded at run time -----------*- C++ -*-===//
//
// The few functions of libcuda that a launcher needs, declared here, so that
// building needs no CUDA toolkit and starting needs no driver.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_CUDA_DRIVER_H
#define HIPC_RUNTIME_CUDA_DRIVER_H

#include "runtime/base/Fork.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace hipc::cuda {

using Result = int; ///< CUresult; 0 is success
using DevicePointer = unsigned long long;
using Device = int;
using Context = struct ContextImpl *;
using Module = struct ModuleImpl *;
using Function = struct FunctionImpl *;
using Stream = struct StreamImpl *;
using Event = struct EventImpl *;
using Graph = struct GraphImpl *;
using GraphExec = struct GraphExecImpl *;

constexpr int kComputeMajor = 75, kComputeMinor = 76,
              kSharedBytesOptIn = 97; ///< CUdevice_attribute
constexpr int kMaxThreadsPerSm = 39;  ///< CUdevice_attribute
/// CUdevice_attribute: of the dimension x, y and z follow.
constexpr int kMaxBlockDim = 2, kMaxGridDim = 5;
/// CUfunction_attribute
constexpr int kMaxThreadsPerBlock = 0, kStaticSharedBytes = 1, kLocalBytes = 3,
              kRegisters = 4, kMaxDynamicSharedBytes = 8;
constexpr int kSplitCompile = 34;      ///< CUjit_option; 0 threads are all
constexpr int kCaptureThreadLocal = 1; ///< CUstreamCaptureMode
/// CUDA 12.0, the first whose driver knows PTX 8.0.
constexpr int kOldestDriver = 12000;
/// CUDA 12.3, the first that captures launches that overlap as such.
constexpr int kOverlappingDriver = 12030;

/// CUlaunchAttribute
struct alignas(8) LaunchAttribute {
  int id = 0;
  int unused = 0;
  int value[16] = {};
};
static_assert(sizeof(LaunchAttribute) == 72);
/// CUlaunchAttributeID: 1 where a launch may start before the one before it has
/// ended.
constexpr int kProgrammaticSerialization = 6;

/// CUlaunchConfig
struct LaunchConfig {
  unsigned grid[3] = {1, 1, 1}, threads[3] = {1, 1, 1}, sharedBytes = 0;
  Stream stream = nullptr;
  LaunchAttribute *attributes = nullptr;
  unsigned attributeCount = 0;
};
static_assert(sizeof(LaunchConfig) == 56);

/// One row for each function: its name here, its symbol, its parameters.
#define HIPC_CUDA_FUNCTIONS(F)                                                 \
  F(init, "cuInit", (unsigned))                                                \
  F(driverVersion, "cuDriverGetVersion", (int *))                              \
  F(deviceCount, "cuDeviceGetCount", (int *))                                  \
  F(deviceGet, "cuDeviceGet", (Device *, int))                                 \
  F(deviceName, "cuDeviceGetName", (char *, int, Device))                      \
  F(deviceAttribute, "cuDeviceGetAttribute", (int *, int, Device))             \
  F(contextRetain, "cuDevicePrimaryCtxRetain", (Context *, Device))            \
  F(contextRelease, "cuDevicePrimaryCtxRelease_v2", (Device))                  \
  F(contextPush, "cuCtxPushCurrent_v2", (Context))                             \
  F(contextPop, "cuCtxPopCurrent_v2", (Context *))                             \
  F(moduleLoad, "cuModuleLoadDataEx",                                          \
    (Module *, const void *, unsigned, int *, void **))                        \
  F(moduleUnload, "cuModuleUnload", (Module))                                  \
  F(moduleFunction, "cuModuleGetFunction", (Function *, Module, const char *)) \
  F(functionSet, "cuFuncSetAttribute", (Function, int, int))                   \
  F(functionGet, "cuFuncGetAttribute", (int *, int, Function))                 \
  F(blocksPerSm, "cuOccupancyMaxActiveBlocksPerMultiprocessor",                \
    (int *, Function, int, size_t))                                            \
  F(launch, "cuLaunchKernelEx",                                                \
    (const LaunchConfig *, Function, void **, void **))                        \
  F(allocate, "cuMemAlloc_v2", (DevicePointer *, size_t))                      \
  F(release, "cuMemFree_v2", (DevicePointer))                                  \
  F(copyIn, "cuMemcpyHtoDAsync_v2",                                            \
    (DevicePointer, const void *, size_t, Stream))                             \
  F(copyOut, "cuMemcpyDtoHAsync_v2", (void *, DevicePointer, size_t, Stream))  \
  F(copy, "cuMemcpyDtoDAsync_v2",                                              \
    (DevicePointer, DevicePointer, size_t, Stream))                            \
  F(fill, "cuMemsetD8Async", (DevicePointer, unsigned char, size_t, Stream))   \
  F(streamCreate, "cuStreamCreate", (Stream *, unsigned))                      \
  F(streamDestroy, "cuStreamDestroy_v2", (Stream))                             \
  F(streamSynchronize, "cuStreamSynchronize", (Stream))                        \
  F(eventCreate, "cuEventCreate", (Event *, unsigned))                         \
  F(eventDestroy, "cuEventDestroy_v2", (Event))                                \
  F(eventRecord, "cuEventRecord", (Event, Stream))                             \
  F(eventElapsed, "cuEventElapsedTime", (float *, Event, Event))               \
  F(captureBegin, "cuStreamBeginCapture_v2", (Stream, int))                    \
  F(captureEnd, "cuStreamEndCapture", (Stream, Graph *))                       \
  F(graphInstantiate, "cuGraphInstantiateWithFlags",                           \
    (GraphExec *, Graph, unsigned long long))                                  \
  F(graphDestroy, "cuGraphDestroy", (Graph))                                   \
  F(graphLaunch, "cuGraphLaunch", (GraphExec, Stream))                         \
  F(graphExecDestroy, "cuGraphExecDestroy", (GraphExec))                       \
  F(errorName, "cuGetErrorName", (Result, const char **))                      \
  F(errorText, "cuGetErrorString", (Result, const char **))

/// The same of functions that some drivers lack: null there.
#define HIPC_CUDA_OPTIONAL_FUNCTIONS(F)                                        \
  F(tensorMapEncode, "cuTensorMapEncodeTiled",                                 \
    (void *, int, unsigned, void *, const unsigned long long *,                \
     const unsigned long long *, const unsigned *, const unsigned *, int, int, \
     int, int))

class Driver {
public:
  /// Loads the driver from $HIPC_CUDA_LIBRARY, else libcuda.so.1, and starts
  /// it. Refuses one that is too old, and in a child of fork() one that the
  /// parent had started: a driver does not work there.
  static Expected<std::shared_ptr<const Driver>> load();
  ~Driver();

#define HIPC_DECLARE(NAME, SYMBOL, PARAMETERS)                                 \
  Result(*NAME) PARAMETERS = nullptr;
  HIPC_CUDA_FUNCTIONS(HIPC_DECLARE)
  HIPC_CUDA_OPTIONAL_FUNCTIONS(HIPC_DECLARE)
#undef HIPC_DECLARE

  /// CUDA of the driver, such as 13000 for 13.0.
  int version() const { return cudaVersion; }

  /// An error in a child of fork(), where no function may be called.
  Status checkProcess() const;

  /// "WHAT: CUDA_ERROR_NAME: text" where `result` is an error.
  Status check(Result result, std::string_view what) const;

private:
  Driver() = default;
  Status findFunctions(const std::string &path);
  Status start();

  void *library = nullptr;
  int cudaVersion = 0;
  uint64_t process = forkGeneration();
};

} // namespace hipc::cuda

#endif // HIPC_RUNTIME_CUDA_DRIVER_H
