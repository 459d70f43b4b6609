//===- FakeCuda.cpp - A driver that records its calls -----------*- C++ -*-===//
//
// Built as a library of its own that the launcher opens in place of libcuda.
// "Device" memory is the heap.
//
//===----------------------------------------------------------------------===//

#include "test/unit/cuda/FakeCuda.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {
FakeCuda fake;

/// Notes the call; the result that a test has asked for, else success.
int record(const std::string &name, const std::string &detail = "") {
  fake.calls.push_back(detail.empty() ? name : name + " " + detail);
  return name == fake.failing ? fake.result : 0;
}

/// The same for a function that makes something, which it does not on failure.
int make(void **to, const std::string &name, const std::string &detail = "") {
  int result = record(name, detail);
  if (result == 0)
    *to = &fake;
  return result;
}
} // namespace

#define FAKE extern "C" __attribute__((visibility("default"))) int

extern "C" __attribute__((visibility("default"))) FakeCuda *fakeCuda() {
  return &fake;
}

FAKE cuInit(unsigned) { return record("cuInit"); }
FAKE cuDriverGetVersion(int *version) {
  *version = fake.version;
  return record("cuDriverGetVersion");
}
FAKE cuDeviceGetCount(int *count) {
  *count = fake.devices;
  return record("cuDeviceGetCount");
}
FAKE cuDeviceGet(int *device, int number) {
  *device = number;
  return record("cuDeviceGet");
}
FAKE cuDeviceGetName(char *name, int size, int) {
  std::strncpy(name, "Fake GPU", size);
  return record("cuDeviceGetName");
}
FAKE cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 75   ? fake.capability / 10
           : attribute == 76 ? fake.capability % 10
           : attribute == 39 ? 2048
                             : 232448;
  return record("cuDeviceGetAttribute");
}
FAKE cuDevicePrimaryCtxRetain(void **context, int) {
  return make(context, "cuDevicePrimaryCtxRetain");
}
FAKE cuDevicePrimaryCtxRelease_v2(int) {
  return record("cuDevicePrimaryCtxRelease_v2");
}
FAKE cuCtxPushCurrent_v2(void *) { return record("cuCtxPushCurrent_v2"); }
FAKE cuCtxPopCurrent_v2(void **) { return record("cuCtxPopCurrent_v2"); }
FAKE cuModuleLoadDataEx(void **module, const void *code, unsigned count,
                        int *options, void **values) {
  std::string given = static_cast<const char *>(code);
  for (unsigned i = 0; i < count; ++i)
    given += " option " + std::to_string(options[i]) + " = " +
             std::to_string(reinterpret_cast<uintptr_t>(values[i]));
  if (count && !fake.splitsCompilation)
    return 1;
  return make(module, "cuModuleLoadDataEx", given);
}
FAKE cuModuleUnload(void *) { return record("cuModuleUnload"); }
FAKE cuModuleGetFunction(void **function, void *, const char *name) {
  fake.kernels.push_back(name);
  *function = reinterpret_cast<void *>(fake.kernels.size());
  return record("cuModuleGetFunction", name);
}
FAKE cuFuncSetAttribute(void *, int, int) {
  return record("cuFuncSetAttribute");
}
FAKE cuFuncGetAttribute(int *value, int attribute, void *) {
  *value = attribute == 4 ? 168 : attribute == 1 ? 32 : 0;
  return record("cuFuncGetAttribute");
}
FAKE cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *, int,
                                                 size_t) {
  *blocks = 2;
  return record("cuOccupancyMaxActiveBlocksPerMultiprocessor");
}
FAKE cuLaunchKernel(void *function, unsigned x, unsigned y, unsigned z,
                    unsigned threads, unsigned, unsigned, unsigned shared,
                    void *stream, void **parameters, void **) {
  auto number = [](uint64_t value) { return std::to_string(value); };
  uint64_t first = 0;
  if (parameters)
    std::memcpy(&first, parameters[1], sizeof(first));
  return record("cuLaunchKernel",
                fake.kernels[reinterpret_cast<uintptr_t>(function) - 1] + " " +
                    number(x) + "x" + number(y) + "x" + number(z) + " of " +
                    number(threads) + " shared " + number(shared) + " stream " +
                    number(reinterpret_cast<uintptr_t>(stream)) + " second " +
                    number(first));
}
FAKE cuMemAlloc_v2(unsigned long long *pointer, size_t bytes) {
  if (int refused = record("cuMemAlloc_v2"))
    return refused;
  *pointer = reinterpret_cast<unsigned long long>(
      std::aligned_alloc(256, (bytes + 255) / 256 * 256));
  return 0;
}
FAKE cuMemFree_v2(unsigned long long pointer) {
  std::free(reinterpret_cast<void *>(pointer));
  return record("cuMemFree_v2");
}
FAKE cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from, size_t bytes,
                          void *) {
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return record("cuMemcpyHtoDAsync_v2");
}
FAKE cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t bytes,
                          void *) {
  std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  return record("cuMemcpyDtoHAsync_v2");
}
FAKE cuMemcpyDtoDAsync_v2(unsigned long long, unsigned long long, size_t,
                          void *) {
  return record("cuMemcpyDtoDAsync_v2");
}
FAKE cuMemsetD8Async(unsigned long long, unsigned char value, size_t bytes,
                     void *) {
  return record("cuMemsetD8Async",
                std::to_string(value) + " x " + std::to_string(bytes));
}
FAKE cuStreamCreate(void **stream, unsigned) {
  return make(stream, "cuStreamCreate");
}
FAKE cuStreamDestroy_v2(void *) { return record("cuStreamDestroy_v2"); }
FAKE cuStreamSynchronize(void *) { return record("cuStreamSynchronize"); }
FAKE cuEventCreate(void **event, unsigned) {
  return make(event, "cuEventCreate");
}
FAKE cuEventDestroy_v2(void *) { return record("cuEventDestroy_v2"); }
FAKE cuEventRecord(void *, void *) { return record("cuEventRecord"); }
FAKE cuEventElapsedTime(float *milliseconds, void *, void *) {
  *milliseconds = 1.5f;
  return record("cuEventElapsedTime");
}
FAKE cuStreamBeginCapture_v2(void *, int) {
  return record("cuStreamBeginCapture_v2");
}
FAKE cuStreamEndCapture(void *, void **graph) {
  return make(graph, "cuStreamEndCapture");
}
FAKE cuGraphInstantiateWithFlags(void **exec, void *, unsigned long long) {
  return make(exec, "cuGraphInstantiateWithFlags");
}
FAKE cuGraphDestroy(void *) { return record("cuGraphDestroy"); }
FAKE cuGraphLaunch(void *, void *) { return record("cuGraphLaunch"); }
FAKE cuGraphExecDestroy(void *) { return record("cuGraphExecDestroy"); }
FAKE cuGetErrorName(int, const char **name) {
  *name = "CUDA_ERROR_FAKE";
  return record("cuGetErrorName");
}
FAKE cuGetErrorString(int, const char **text) {
  *text = "asked for by the test";
  return record("cuGetErrorString");
}
