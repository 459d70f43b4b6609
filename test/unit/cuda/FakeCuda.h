//===- FakeCuda.h - What a test sees of the fake driver ---------*- C++ -*-===//

#ifndef HIPC_TEST_UNIT_CUDA_FAKECUDA_H
#define HIPC_TEST_UNIT_CUDA_FAKECUDA_H

#include <string>
#include <vector>

struct FakeCuda {
  std::vector<std::string> calls; ///< "cuName detail", in order
  std::vector<std::string> kernels;
  std::string failing; ///< the function that gives `result`
  int result = 0;
  bool splitsCompilation = true; ///< a driver that knows of it
  int version = 13000, devices = 1, capability = 90;
};

#endif // HIPC_TEST_UNIT_CUDA_FAKECUDA_H
