//===- FakeCuda.cpp - A driver that records its calls -----------*- C++ -*-===//
//
// Built as a library of its own that the launcher opens in place of libcuda.
// "Device" memory is the heap.
//
//===----------------------------------------------------------------------===//

#include "test/unit/cuda/FakeCuda.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {
FakeCuda fake;

/// Notes the call; the result that a test has asked for, else success.
int record(const std::string &name, const std::string &detail = "") {
  size_t place = fake.calls.size();
  fake.calls.push_back(detail.empty() ? name : name + " " + detail);
  bool fails = name == fake.failing || fake.failingAlways.count(name) ||
               fake.failingCalls.count(place);
  return fails ? fake.result : 0;
}

/// The same for a function that needs a context.
int recordInside(const std::string &name, const std::string &detail = "") {
  if (fake.current == 0)
    fake.misuses.push_back(name + " without a context");
  return record(name, detail);
}

/// The same for one that a capture forbids.
int recordUncaptured(const std::string &name) {
  if (fake.capturing)
    fake.misuses.push_back(name + " in a capture");
  return record(name);
}

/// The same for one of both.
int recordOutside(const std::string &name, const std::string &detail = "") {
  if (fake.capturing)
    fake.misuses.push_back(name + " in a capture");
  return recordInside(name, detail);
}

/// For a function that made something of a kind, unless `result` is an error.
int made(void **to, const std::string &kind, int result) {
  if (result != 0)
    return result;
  ++fake.live[kind];
  *to = &fake;
  return 0;
}

/// For one that gives something back. It is gone after an error as well: there
/// is no second try.
int gone(const std::string &kind, int result) {
  if (--fake.live[kind] < 0)
    fake.misuses.push_back(kind + " given back twice");
  return result;
}
} // namespace

constexpr size_t kMapBytes = 128, kMapAlignment = 64;

template <typename T> std::string joined(const T *values, unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count; ++i)
    text += (i ? "x" : "") + std::to_string(values[i]);
  return text;
}

/// What the driver's documentation demands of a tensor map.
bool isEncodable(void *map, unsigned rank, void *address, const uint64_t *sizes,
                 const uint64_t *strides, const unsigned *box) {
  bool fine = reinterpret_cast<uintptr_t>(map) % kMapAlignment == 0 &&
              reinterpret_cast<uintptr_t>(address) % 16 == 0 && address &&
              rank >= 1 && rank <= 5;
  for (unsigned i = 0; fine && i < rank; ++i)
    fine = sizes[i] >= 1 && sizes[i] <= uint64_t{1} << 32 && box[i] >= 1 &&
           box[i] <= 256;
  for (unsigned i = 0; fine && i + 1 < rank; ++i)
    fine = strides[i] % 16 == 0 && strides[i] < uint64_t{1} << 40;
  return fine;
}

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
                             : fake.attributes.at(attribute);
  return record("cuDeviceGetAttribute");
}
FAKE cuDevicePrimaryCtxRetain(void **context, int) {
  return made(context, "context", record("cuDevicePrimaryCtxRetain"));
}
FAKE cuDevicePrimaryCtxRelease_v2(int) {
  return gone("context", record("cuDevicePrimaryCtxRelease_v2"));
}
FAKE cuCtxPushCurrent_v2(void *) {
  int result = record("cuCtxPushCurrent_v2");
  fake.current += result == 0;
  return result;
}
FAKE cuCtxPopCurrent_v2(void **) {
  if (--fake.current < 0)
    fake.misuses.push_back("no context to pop");
  return record("cuCtxPopCurrent_v2");
}
FAKE cuModuleLoadDataEx(void **module, const void *code, unsigned count,
                        int *options, void **values) {
  std::string given = static_cast<const char *>(code);
  for (unsigned i = 0; i < count; ++i)
    given += " option " + std::to_string(options[i]) + " = " +
             std::to_string(reinterpret_cast<uintptr_t>(values[i]));
  if (count && !fake.splitsCompilation)
    return 1;
  return made(module, "module", recordOutside("cuModuleLoadDataEx", given));
}
FAKE cuModuleUnload(void *) {
  return gone("module", recordUncaptured("cuModuleUnload"));
}
FAKE cuModuleGetFunction(void **function, void *, const char *name) {
  fake.kernels.push_back(name);
  *function = reinterpret_cast<void *>(fake.kernels.size());
  return recordInside("cuModuleGetFunction", name);
}
FAKE cuFuncSetAttribute(void *, int, int value) {
  return recordInside("cuFuncSetAttribute", std::to_string(value));
}
FAKE cuFuncGetAttribute(int *value, int attribute, void *) {
  *value = attribute == 4   ? 168
           : attribute == 1 ? fake.kernelSharedBytes
           : attribute == 0 ? fake.kernelThreads
                            : 0;
  return recordInside("cuFuncGetAttribute");
}
FAKE cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *, int,
                                                 size_t) {
  *blocks = 2;
  return recordInside("cuOccupancyMaxActiveBlocksPerMultiprocessor");
}
/// CUlaunchAttribute and CUlaunchConfig, as cuda.h declares them.
struct Attribute {
  int id;
  char unused[4];
  union {
    char bytes[64];
    int number;
    void *pointer;
  } value;
};
struct Config {
  unsigned x, y, z, threads, threadsY, threadsZ, shared;
  void *stream;
  Attribute *attributes;
  unsigned count;
};

/// What is beside sizes and stream.
static std::string detail(const Config &config) {
  std::string text;
  for (unsigned i = 0; i < config.count; ++i)
    text += " attribute " + std::to_string(config.attributes[i].id) + " = " +
            std::to_string(config.attributes[i].value.number);
  return text;
}

FAKE cuLaunchKernelEx(const Config *config, void *function, void **parameters,
                      void **) {
  auto number = [](uint64_t value) { return std::to_string(value); };
  uint64_t first = 0;
  if (parameters)
    std::memcpy(&first, parameters[1], sizeof(first));
  const std::string &kernel =
      fake.kernels[reinterpret_cast<uintptr_t>(function) - 1];
  for (int map : fake.mapParameters[kernel])
    fake.launchedMaps.emplace_back(static_cast<char *>(parameters[map]),
                                   kMapBytes);
  return recordInside("cuLaunchKernelEx",
                      kernel + " " + number(config->x) + "x" +
                          number(config->y) + "x" + number(config->z) + " of " +
                          number(config->threads) + " shared " +
                          number(config->shared) + " stream " +
                          number(reinterpret_cast<uintptr_t>(config->stream)) +
                          " second " + number(first) + detail(*config));
}
#ifndef HIP_FAKE_WITHOUT_TENSOR_MAPS
FAKE cuTensorMapEncodeTiled(void *map, int type, unsigned rank, void *address,
                            const uint64_t *sizes, const uint64_t *strides,
                            const unsigned *box, const unsigned *steps,
                            int interleave, int swizzle, int promotion,
                            int fill) {
  std::string text =
      "type " + std::to_string(type) + " sizes " + joined(sizes, rank) +
      " strides " + joined(strides, rank - 1) + " box " + joined(box, rank) +
      " steps " + joined(steps, rank) + " interleave " +
      std::to_string(interleave) + " swizzle " + std::to_string(swizzle) +
      " promotion " + std::to_string(promotion) + " fill " +
      std::to_string(fill) + " at " +
      std::to_string(reinterpret_cast<uintptr_t>(address));
  if (!isEncodable(map, rank, address, sizes, strides, box))
    fake.misuses.push_back("a tensor map of " + text);
  if (int refused = recordInside("cuTensorMapEncodeTiled", text))
    return refused;
  auto *bytes = static_cast<char *>(map);
  std::memset(bytes, 0, kMapBytes);
  std::memcpy(bytes, &address, sizeof(address));
  std::memcpy(bytes + sizeof(address), text.data(),
              std::min(text.size(), kMapBytes - sizeof(address)));
  fake.tensorMaps.emplace_back(bytes, kMapBytes);
  return 0;
}
#endif
FAKE cuMemAlloc_v2(unsigned long long *pointer, size_t bytes) {
  if (int refused = recordOutside("cuMemAlloc_v2"))
    return refused;
  ++fake.live["memory"];
  *pointer = reinterpret_cast<unsigned long long>(
      std::aligned_alloc(256, (bytes + 255) / 256 * 256));
  return 0;
}
FAKE cuMemFree_v2(unsigned long long pointer) {
  std::free(reinterpret_cast<void *>(pointer));
  return gone("memory", recordUncaptured("cuMemFree_v2"));
}
FAKE cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from, size_t bytes,
                          void *) {
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return recordInside("cuMemcpyHtoDAsync_v2");
}
FAKE cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t bytes,
                          void *) {
  std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  return recordInside("cuMemcpyDtoHAsync_v2");
}
FAKE cuMemcpyDtoDAsync_v2(unsigned long long, unsigned long long, size_t bytes,
                          void *) {
  return recordInside("cuMemcpyDtoDAsync_v2", std::to_string(bytes));
}
FAKE cuMemsetD8Async(unsigned long long to, unsigned char value, size_t bytes,
                     void *) {
  std::memset(reinterpret_cast<void *>(to), value, bytes);
  return recordInside("cuMemsetD8Async",
                      std::to_string(value) + " x " + std::to_string(bytes));
}
FAKE cuStreamCreate(void **stream, unsigned) {
  return made(stream, "stream", recordOutside("cuStreamCreate"));
}
FAKE cuStreamDestroy_v2(void *) {
  return gone("stream", recordUncaptured("cuStreamDestroy_v2"));
}
FAKE cuStreamSynchronize(void *) {
  return recordOutside("cuStreamSynchronize");
}
FAKE cuEventCreate(void **event, unsigned) {
  return made(event, "event", recordOutside("cuEventCreate"));
}
FAKE cuEventDestroy_v2(void *) {
  return gone("event", recordUncaptured("cuEventDestroy_v2"));
}
FAKE cuEventRecord(void *, void *) { return recordInside("cuEventRecord"); }
FAKE cuEventElapsedTime(float *milliseconds, void *, void *) {
  *milliseconds = 1.5f;
  return record("cuEventElapsedTime");
}
FAKE cuStreamBeginCapture_v2(void *, int) {
  int result = recordOutside("cuStreamBeginCapture_v2");
  fake.capturing |= result == 0;
  return result;
}
FAKE cuStreamEndCapture(void *, void **graph) {
  if (!fake.capturing)
    fake.misuses.push_back("end of no capture");
  fake.capturing = false;
  return made(graph, "graph", record("cuStreamEndCapture"));
}
FAKE cuGraphInstantiateWithFlags(void **exec, void *, unsigned long long) {
  return made(exec, "executable graph",
              recordInside("cuGraphInstantiateWithFlags"));
}
FAKE cuGraphDestroy(void *) { return gone("graph", record("cuGraphDestroy")); }
FAKE cuGraphLaunch(void *, void *) { return recordInside("cuGraphLaunch"); }
FAKE cuGraphExecDestroy(void *) {
  return gone("executable graph", record("cuGraphExecDestroy"));
}
FAKE cuGetErrorName(int, const char **name) {
  *name = "CUDA_ERROR_FAKE";
  return record("cuGetErrorName");
}
FAKE cuGetErrorString(int, const char **text) {
  *text = "asked for by the test";
  return record("cuGetErrorString");
}
