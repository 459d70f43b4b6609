//===- CapiTest.h - What tests of the C API share
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_TEST_UNIT_CAPI_CAPITEST_H
#define HIPC_TEST_UNIT_CAPI_CAPITEST_H

#include "hipc.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace hipc_test {

constexpr hipc_dtype kF32 = {2, 32, 1}, kF16 = {2, 16, 1}, kI32 = {0, 32, 1};

struct EngineDeleter {
  void operator()(hipc_engine *engine) const { hipc_engine_destroy(engine); }
};
struct ProgramDeleter {
  void operator()(hipc_program *program) const {
    hipc_program_destroy(program);
  }
};
using EnginePtr = std::unique_ptr<hipc_engine, EngineDeleter>;
using ProgramPtr = std::unique_ptr<hipc_program, ProgramDeleter>;

/// A row-major array with its hipc_tensor.
template <typename T> struct Array {
  std::vector<T> data;
  std::vector<int64_t> shape, strides;
  hipc_tensor tensor = {};

  Array(std::vector<int64_t> sizes, hipc_dtype dtype)
      : shape(std::move(sizes)) {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    data.resize(count);
    tensor = {data.data(), {1, 0}, int32_t(shape.size()), dtype, shape.data(),
              nullptr,     0};
  }
  Array(const Array &) = delete;
};
using Floats = Array<float>;
using Ints = Array<int32_t>;

/// Numbers around 0, the same for the same seed.
inline void fill(Floats &array, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  for (float &value : array.data)
    value = normal(random);
}

/// An engine on the CPU that keeps no files.
inline EnginePtr makeBareEngine() {
  hipc_engine_options options = {};
  options.size = sizeof(options);
  options.device = "cpu";
  options.cache = "";
  hipc_engine *engine = nullptr;
  EXPECT_EQ(hipc_engine_create(&options, &engine), HIPC_OK)
      << hipc_last_error();
  return EnginePtr(engine);
}

inline std::string explain(const ProgramPtr &program) {
  char *text = nullptr;
  EXPECT_EQ(hipc_program_explain(program.get(), &text), HIPC_OK)
      << hipc_last_error();
  std::string explained = text ? text : "";
  hipc_free(text);
  return explained;
}

/// An engine on the CPU with a cache folder of its own, whose log is kept.
class CapiTest : public testing::Test {
protected:
  CapiTest() {
    std::string name = testing::TempDir() + "hipc-capi-XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~CapiTest() override { std::filesystem::remove_all(folder); }

  EnginePtr makeEngine(const std::string &device = "cpu",
                       int64_t cacheBytes = 0) {
    std::string cache = (folder / "cache").string();
    hipc_engine_options options = {};
    options.device = device.c_str();
    options.cache = cache.c_str();
    options.cache_bytes = cacheBytes;
    options.threads = 2;
    return create(options);
  }

  /// One whose folder is the default one.
  EnginePtr makeDefaultEngine() {
    hipc_engine_options options = {};
    options.device = "cpu";
    return create(options);
  }

  EnginePtr create(hipc_engine_options options) {
    options.size = sizeof(options);
    options.log = keepLog;
    options.log_user = this;
    hipc_engine *engine = nullptr;
    EXPECT_EQ(hipc_engine_create(&options, &engine), HIPC_OK)
        << hipc_last_error();
    return EnginePtr(engine);
  }

  static ProgramPtr compile(hipc_engine *engine, const hipc_attention &what) {
    hipc_program *program = nullptr;
    EXPECT_EQ(hipc_compile_attention(engine, &what, &program), HIPC_OK)
        << hipc_last_error();
    return ProgramPtr(program);
  }
  static ProgramPtr compileText(hipc_engine *engine, const std::string &text) {
    hipc_program *program = nullptr;
    EXPECT_EQ(hipc_compile(engine, text.data(), text.size(), nullptr, &program),
              HIPC_OK)
        << hipc_last_error();
    return ProgramPtr(program);
  }
  static void run(const ProgramPtr &program,
                  std::vector<const hipc_tensor *> inputs,
                  std::vector<const hipc_tensor *> outputs) {
    EXPECT_EQ(hipc_run(program.get(), inputs.data(), int32_t(inputs.size()),
                       outputs.data(), int32_t(outputs.size()), nullptr, 0,
                       nullptr),
              HIPC_OK)
        << hipc_last_error();
  }

  /// The run is refused for its arguments, with a message that has `part`.
  static void expectInvalid(const ProgramPtr &program,
                            std::vector<const hipc_tensor *> inputs,
                            std::vector<const hipc_tensor *> outputs,
                            const std::string &part) {
    EXPECT_EQ(hipc_run(program.get(), inputs.data(), int32_t(inputs.size()),
                       outputs.data(), int32_t(outputs.size()), nullptr, 0,
                       nullptr),
              HIPC_INVALID);
    EXPECT_NE(std::string(hipc_last_error()).find(part), std::string::npos)
        << hipc_last_error();
  }

  /// Messages of the log that contain `part`.
  int logged(std::string_view part) {
    std::lock_guard lock(logMutex);
    int count = 0;
    for (const std::string &line : log)
      count += line.find(part) != std::string::npos;
    return count;
  }

  std::filesystem::path folder;

private:
  static void keepLog(void *user, hipc_log_level, const char *text) {
    auto *test = static_cast<CapiTest *>(user);
    std::lock_guard lock(test->logMutex);
    test->log.push_back(text);
  }

  std::mutex logMutex;
  std::vector<std::string> log;
};

/// 4 query heads on 2 KV heads of 16 numbers in f32.
inline hipc_attention smallAttention(const char *policy) {
  hipc_attention attention = {};
  attention.size = sizeof(attention);
  attention.dtype = kF32;
  attention.query_heads = 4;
  attention.kv_heads = 2;
  attention.head_size = 16;
  attention.policy = policy;
  return attention;
}

/// Arrays for smallAttention() with 2 batch entries and `rows` tokens.
struct SmallArrays {
  explicit SmallArrays(int64_t rows = 96)
      : query({2, 4, rows, 16}, kF32), key({2, 2, rows, 16}, kF32),
        value({2, 2, rows, 16}, kF32), out({2, 4, rows, 16}, kF32),
        lse({2, 4, rows}, kF32) {
    fill(query, 1);
    fill(key, 2);
    fill(value, 3);
  }
  std::vector<const hipc_tensor *> inputs() const {
    return {&query.tensor, &key.tensor, &value.tensor};
  }

  Floats query, key, value, out, lse;
};

/// Dense causal attention, number by number, with `change` on each score.
template <typename Change>
void expectDense(const SmallArrays &a, const std::vector<float> &out,
                 Change change) {
  int64_t rows = a.query.shape[2];
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t h = 0; h < 4; ++h)
      for (int64_t i = 0; i < rows; i += 7) {
        const float *q = &a.query.data[((b * 4 + h) * rows + i) * 16];
        std::vector<double> sums(16);
        double total = 0;
        for (int64_t j = 0; j <= i; ++j) {
          int64_t row = ((b * 2 + h / 2) * rows + j) * 16;
          double dot = 0;
          for (int64_t d = 0; d < 16; ++d)
            dot += double(q[d]) * a.key.data[row + d];
          double weight = std::exp(change(dot / 4, b, h, i, j));
          total += weight;
          for (int64_t d = 0; d < 16; ++d)
            sums[d] += weight * a.value.data[row + d];
        }
        for (int64_t d = 0; d < 16; ++d)
          ASSERT_NEAR(out[((b * 4 + h) * rows + i) * 16 + d], sums[d] / total,
                      2e-5)
              << b << " " << h << " " << i << " " << d;
      }
}
inline void expectDense(const SmallArrays &a, const std::vector<float> &out) {
  expectDense(a, out, [](double score, auto...) { return score; });
}

} // namespace hipc_test

#endif // HIPC_TEST_UNIT_CAPI_CAPITEST_H
