//===- FakeCuda.h - What a test sees of the fake driver ---------*- C++ -*-===//

#ifndef HIPC_TEST_UNIT_CUDA_FAKECUDA_H
#define HIPC_TEST_UNIT_CUDA_FAKECUDA_H

#include <map>
#include <set>
#include <string>
#include <vector>

struct FakeCuda {
  std::vector<std::string> calls; ///< "cuName detail", in order
  std::vector<std::string> kernels;
  std::string failing; ///< the function that gives `result`
  int result = 0;
  std::set<size_t> failingCalls; ///< places in `calls` that give `result` too
  std::set<std::string> failingAlways; ///< further functions that do
  std::map<std::string, int> live;     ///< made and not given back, by kind
  std::vector<std::string> misuses;    ///< what a driver would not survive
  int current = 0;                     ///< contexts pushed
  bool capturing = false;
  bool splitsCompilation = true; ///< a driver that knows of it
  int version = 13000, devices = 1, capability = 90;
  /// By the number of the CUdevice_attribute.
  std::map<int, int> attributes = {
      {1, 1024},  {2, 1024},  {3, 1024},  {4, 64},      {5, 2147483647},
      {6, 65535}, {7, 65535}, {39, 2048}, {97, 232448},
  };
  std::vector<std::string> tensorMaps; ///< bytes of each that was encoded
  /// Which parameters of kernels are tensor maps, and their bytes at launches.
  std::map<std::string, std::vector<int>> mapParameters;
  std::vector<std::string> launchedMaps;
  int kernelThreads = 1024, kernelSharedBytes = 0;
};

#endif // HIPC_TEST_UNIT_CUDA_FAKECUDA_H
