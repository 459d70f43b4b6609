//===- GpuTest.cpp - The C API on a driver that records
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include "test/unit/cuda/FakeCuda.h"

#include <algorithm>
#include <dlfcn.h>

namespace hipc_test {
namespace {

constexpr hipc_device kGpu = {2, 0};

/// Arrays whose places a GPU takes: aligned to 256 bytes.
struct GpuArrays : SmallArrays {
  GpuArrays() {
    for (hipc_tensor *tensor :
         {&query.tensor, &key.tensor, &value.tensor, &out.tensor}) {
      size_t at = std::find(all.begin(), all.end(), tensor) - all.begin();
      tensor->data = places[at].data;
      tensor->device = kGpu;
    }
  }
  struct alignas(256) Place {
    char data[2 * 4 * 96 * 16 * 4];
  };
  std::vector<const hipc_tensor *> all = {&query.tensor, &key.tensor,
                                          &value.tensor, &out.tensor};
  std::unique_ptr<Place[]> places = std::make_unique<Place[]>(4);
};

class GpuTest : public CapiTest {
protected:
  GpuTest() {
    ::setenv("HIPC_CUDA_LIBRARY", HIPC_FAKE_CUDA, 1);
    library = ::dlopen(HIPC_FAKE_CUDA, RTLD_NOW);
    fake = reinterpret_cast<FakeCuda *(*)()>(::dlsym(library, "fakeCuda"))();
    *fake = {};
  }
  ~GpuTest() override { ::dlclose(library); }

  int64_t count(std::string_view name) const {
    return std::count_if(
        fake->calls.begin(), fake->calls.end(),
        [&](const auto &call) { return call.starts_with(name); });
  }
  hipc_code call(size_t bytes, void *memory) {
    fake->calls.clear();
    const hipc_tensor *out = &arrays.out.tensor;
    return hipc_run(program.get(), arrays.inputs().data(), 3, &out, 1, memory,
                    bytes, reinterpret_cast<void *>(7));
  }
  void expectRefused(hipc_code got, hipc_code code, std::string_view part) {
    EXPECT_EQ(got, code);
    EXPECT_NE(std::string(hipc_last_error()).find(part), std::string::npos)
        << hipc_last_error();
    EXPECT_TRUE(fake->calls.empty()) << fake->calls.front();
  }

  void *library = nullptr;
  FakeCuda *fake = nullptr;
  GpuArrays arrays;
  EnginePtr engine;
  ProgramPtr program;
};

class GpuCallTest : public GpuTest {
protected:
  void SetUp() override {
    engine = makeEngine("cuda");
    program =
        compile(engine.get(),
                smallAttention("tree<block_q = 32, block_k = 2, keep = 16>"));
    ASSERT_TRUE(program);
    ASSERT_EQ(hipc_program_workspace(program.get(), arrays.inputs().data(), 3,
                                     &bytes),
              HIPC_OK)
        << hipc_last_error();
    ASSERT_GT(bytes, 0u);
    memory =
        static_cast<char *>(std::aligned_alloc(256, (bytes / 256 + 2) * 256));
  }
  ~GpuCallTest() override { std::free(memory); }

  size_t bytes = 0;
  char *memory = nullptr;
};

TEST_F(GpuTest, EnginesSayTheChip) {
  engine = makeEngine("auto");
  EXPECT_EQ(hipc_engine_device(engine.get()).type, 2);
  EXPECT_STREQ(hipc_engine_target(engine.get()), "sm_90a");
}

TEST_F(GpuTest, WithoutADriverAutoIsTheCpu) {
  ::setenv("HIPC_CUDA_LIBRARY", "/none/libcuda.so", 1);
  engine = makeEngine("auto");
  EXPECT_EQ(hipc_engine_device(engine.get()).type, 1);
  EXPECT_EQ(logged("runs on the CPU: no CUDA driver"), 1);
}

TEST_F(GpuTest, MissingDevicesAreNotFound) {
  hipc_engine_options options = {};
  options.size = sizeof(options);
  options.device = "cuda:1";
  hipc_engine *none = nullptr;
  EXPECT_EQ(hipc_engine_create(&options, &none), HIPC_NOT_FOUND);
  EXPECT_STREQ(hipc_last_error(), "no GPU 1: the driver has 1");
}

/// Of no rows or no batch entries there is nothing to do; calls are checked.
TEST_F(GpuTest, EmptyResultsTakeNoKernels) {
  engine = makeEngine("cuda");
  for (std::vector<int64_t> shape : {std::vector<int64_t>{2, 4, 0, 16},
                                     std::vector<int64_t>{0, 4, 96, 16}}) {
    std::string type;
    for (int64_t size : shape)
      type += std::to_string(size) + "x";
    type = "tensor<" + type + "f32>";
    program = compileText(
        engine.get(),
        "func.func @f(%q: " + type + ", %k: tensor<?x4x?x16xf32>) -> " + type +
            " {\n  %o = tensor.empty() : " + type +
            "\n  %r = hip.attention ins(%q, %k, %k : " + type +
            ", tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>) outs(%o : " + type +
            ") policy #hip.tree<block_q = 32, block_k = 2, keep = 16> {sink = "
            "4, causal} -> " +
            type + "\n  return %r : " + type + "\n}\n");
    ASSERT_TRUE(program);
    EXPECT_EQ(explain(program).find("kernels, on"), std::string::npos);
    Floats query(shape, kF32), key({shape[0], 4, 7, 16}, kF32),
        wrong({5, 4, 7, 16}, kF32), out(shape, kF32);
    for (Floats *array : {&query, &key, &wrong, &out})
      array->tensor.device = kGpu;
    auto call = [&](const Floats &keys) {
      fake->calls.clear();
      const hipc_tensor *inputs[] = {&query.tensor, &keys.tensor};
      const hipc_tensor *outputs[] = {&out.tensor};
      return hipc_run(program.get(), inputs, 2, outputs, 1, nullptr, 0,
                      nullptr);
    };
    EXPECT_EQ(call(key), HIPC_OK) << hipc_last_error();
    EXPECT_EQ(fake->calls, std::vector<std::string>(
                               {"cuCtxPushCurrent_v2", "cuCtxPopCurrent_v2"}));
    expectRefused(call(wrong), HIPC_INVALID, "5");
  }
  EXPECT_EQ(fake->live["module"], 0);
}

TEST_F(GpuCallTest, LaunchesAndDoesNothingElse) {
  ASSERT_EQ(call(bytes, memory), HIPC_OK) << hipc_last_error();
  EXPECT_GT(count("cuLaunchKernelEx"), 0);
  EXPECT_EQ(fake->calls.front(), "cuCtxPushCurrent_v2");
  EXPECT_EQ(fake->calls.back(), "cuCtxPopCurrent_v2");
  EXPECT_EQ(count("cuLaunchKernelEx") + 2, int64_t(fake->calls.size()));
  for (const std::string &each : fake->calls)
    if (each.starts_with("cuLaunchKernelEx"))
      EXPECT_NE(each.find("stream 7"), std::string::npos) << each;
}

TEST_F(GpuCallTest, RefusesWorkspaces) {
  expectRefused(call(bytes - 1, memory), HIPC_CAPACITY,
                "the workspace has " + std::to_string(bytes - 1) +
                    " bytes, but this call needs " + std::to_string(bytes));
  expectRefused(call(0, nullptr), HIPC_CAPACITY, "the workspace has 0 bytes");
  expectRefused(call(bytes, nullptr), HIPC_INVALID, "is a null pointer");
  expectRefused(call(bytes, memory + 64), HIPC_INVALID,
                "the workspace lies 64 bytes past a multiple of 256");
}

TEST_F(GpuCallTest, RefusesOtherDevices) {
  arrays.key.tensor.device = {2, 1};
  expectRefused(call(bytes, memory), HIPC_INVALID,
                "input 1 is on CUDA device 1, but the program runs on CUDA "
                "device 0");
  arrays.key.tensor.device = {1, 0};
  expectRefused(call(bytes, memory), HIPC_INVALID, "input 1 is on the CPU");
}

TEST_F(GpuCallTest, RefusesPlacesThatKernelsCannotRead) {
  arrays.value.tensor.byte_offset = 4;
  expectRefused(call(bytes, memory), HIPC_INVALID,
                "input 2 lies 4 bytes past a multiple of 16");
  arrays.value.tensor.byte_offset = 0;
  int64_t strides[] = {4 * 96 * 17, 96 * 17, 17, 1};
  arrays.query.tensor.strides = strides;
  expectRefused(call(bytes, memory), HIPC_INVALID,
                "input 0 has stride 17 in dimension 2");
}

TEST_F(GpuCallTest, TellsOfFailuresOfTheDevice) {
  fake->failing = "cuLaunchKernelEx";
  fake->result = 700;
  EXPECT_EQ(call(bytes, memory), HIPC_DEVICE);
  EXPECT_NE(std::string(hipc_last_error())
                .find("CUDA_ERROR_FAKE: asked for by the test"),
            std::string::npos);
}

TEST_F(GpuCallTest, ExplainsKernels) {
  std::string explained = explain(program);
  EXPECT_NE(explained.find("kernels, on Fake GPU"), std::string::npos);
  EXPECT_NE(explained.find("168 registers"), std::string::npos) << explained;
}

} // namespace
} // namespace hipc_test
