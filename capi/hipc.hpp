//===- hipc.hpp - Compile and run hip programs from C++ ---------*- C++ -*-===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions of hipc.h as C++20 classes. Every failure throws Error.
//
//   hipc::Engine engine;
//   hipc::Program program = engine.compile(hipc::Attention{
//       .queryHeads = 32, .kvHeads = 8, .headSize = 128,
//       .policy = "tree<block_q = 64, block_k = 2, keep = 512>"});
//   program.run({query, key, value}, {out});
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_HPP
#define HIPC_HPP

#include "hipc.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace hipc {

class Error : public std::runtime_error {
public:
  Error(hipc_code code, const char *text)
      : std::runtime_error(text), failed(code) {}

  hipc_code code() const noexcept { return failed; }

private:
  hipc_code failed;
};

namespace detail {
inline void check(hipc_code code) {
  if (code != HIPC_OK)
    throw Error(code, hipc_last_error());
}

/// A text that the library allocated.
inline std::string take(char *text) {
  std::unique_ptr<char, void (*)(void *)> owner(text, hipc_free);
  return std::string(text);
}
} // namespace detail

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

inline constexpr hipc_dtype f16 = {2, 16, 1}, bf16 = {4, 16, 1},
                            f32 = {2, 32, 1}, i32 = {0, 32, 1},
                            f8E4M3FN = {10, 8, 1}, f8E5M2 = {12, 8, 1};
inline constexpr hipc_device cpu = {1, 0};
inline constexpr hipc_device cuda(int number = 0) { return {2, number}; }

inline constexpr int kMaxRank = 8;

/// A view of memory; it owns nothing. Strides count elements.
class Tensor {
public:
  /// `strides` may be empty: row-major.
  Tensor(void *data, hipc_dtype dtype, std::span<const int64_t> sizes,
         std::span<const int64_t> strides = {}, hipc_device device = cpu) {
    if (sizes.size() > kMaxRank ||
        (!strides.empty() && strides.size() != sizes.size()))
      throw Error(HIPC_INVALID, "hipc::Tensor takes at most 8 sizes, and as "
                                "many strides or none");
    std::copy(sizes.begin(), sizes.end(), shape.begin());
    std::copy(strides.begin(), strides.end(), steps.begin());
    hasSteps = !strides.empty();
    view = {data, device, int32_t(sizes.size()), dtype, nullptr, nullptr, 0};
  }
  Tensor(void *data, hipc_dtype dtype, std::initializer_list<int64_t> sizes,
         std::initializer_list<int64_t> strides = {}, hipc_device device = cpu)
      : Tensor(data, dtype, std::span(sizes.begin(), sizes.size()),
               std::span(strides.begin(), strides.size()), device) {}

  /// Numbers on the CPU, row-major. Programs do not write to inputs.
  template <typename T>
    requires std::is_same_v<std::remove_const_t<T>, float> ||
             std::is_same_v<std::remove_const_t<T>, int32_t>
  Tensor(std::span<T> numbers, std::initializer_list<int64_t> sizes)
      : Tensor(const_cast<std::remove_const_t<T> *>(numbers.data()),
               std::is_same_v<std::remove_const_t<T>, float> ? f32 : i32,
               sizes) {
    size_t count = 1;
    for (int64_t size : sizes)
      count *= size_t(size);
    if (count != numbers.size())
      throw Error(HIPC_INVALID, "hipc::Tensor: the sizes are not of as many "
                                "numbers as the span has");
  }

  std::span<const int64_t> sizes() const {
    return {shape.data(), size_t(view.ndim)};
  }

  /// For the functions of C; valid as long as this.
  hipc_tensor c() const {
    hipc_tensor tensor = view;
    tensor.shape = const_cast<int64_t *>(shape.data());
    tensor.strides = hasSteps ? const_cast<int64_t *>(steps.data()) : nullptr;
    return tensor;
  }

private:
  hipc_tensor view;
  std::array<int64_t, kMaxRank> shape = {}, steps = {};
  bool hasSteps = false;
};

/// An input that is a number; the call reads it.
inline Tensor number(const float &value) {
  return Tensor(const_cast<float *>(&value), f32, std::span<const int64_t>());
}
/// The same of an i32.
inline Tensor integer(const int32_t &value) {
  return Tensor(const_cast<int32_t *>(&value), i32, std::span<const int64_t>());
}

using Tensors = std::span<const Tensor>;

namespace detail {
/// Pointers to tensors as the functions of C take them.
class TensorList {
public:
  explicit TensorList(Tensors tensors) {
    for (const Tensor &tensor : tensors)
      all.push_back(tensor.c());
    for (const hipc_tensor &tensor : all)
      pointers.push_back(&tensor);
  }
  const hipc_tensor *const *data() const { return pointers.data(); }
  int32_t size() const { return int32_t(pointers.size()); }

private:
  std::vector<hipc_tensor> all;
  std::vector<const hipc_tensor *> pointers;
};
} // namespace detail

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

struct Shape {
  hipc_dtype dtype;
  std::vector<int64_t> sizes;
};

namespace detail {
inline std::vector<Shape> shapesOf(std::span<const hipc_shape> given) {
  std::vector<Shape> shapes;
  for (const hipc_shape &shape : given)
    shapes.push_back({shape.dtype, std::vector<int64_t>(
                                       shape.shape, shape.shape + shape.ndim)});
  return shapes;
}
} // namespace detail

/// hipc_attention with its defaults.
struct Attention {
  hipc_dtype dtype = f32;
  int64_t queryHeads = 1, kvHeads = 1, headSize = 64;
  int64_t valueSize = 0; ///< 0: headSize
  std::string policy = "dense<block_q = 64>";
  int64_t sink = 0, window = 0;
  bool causal = true;
  hipc_list_heads listHeads = HIPC_LISTS_PER_KV_HEAD;
  std::optional<float> scale = {}; ///< 1 / sqrt(headSize)
  std::optional<float> softcap = {};
  std::string score = {}; ///< region on each score, as MLIR text
  bool hasLists = false;
  bool returnsLse = false, returnsLists = false;
  bool scaleAtRun = false;   ///< the scale is an input, see number()
  bool hasSummaries = false; ///< of Engine::compileSummaries()
  hipc_kv_storage kvStorage = HIPC_KV_CONTIGUOUS;
  int64_t pageSize = 0; ///< of HIPC_KV_PAGED
  bool hasPositions = false;
  hipc_dtype kvDtype = {}; ///< f8E4M3FN or f8E5M2; {}: dtype
  bool hasKvScales = false;
  bool sinkAtRun = false, windowAtRun = false; ///< after it, see integer()
  bool hasRaggedQueries = false; ///< [1, Hq, total, D]; offsets and rows follow
  std::vector<int32_t> refresh = {}; ///< steps between searches of each part

  /// For the functions of C; valid as long as this.
  hipc_attention c() const {
    hipc_attention attention = {};
    attention.size = sizeof(attention);
    attention.dtype = dtype;
    attention.query_heads = queryHeads;
    attention.kv_heads = kvHeads;
    attention.head_size = headSize;
    attention.value_size = valueSize;
    attention.policy = policy.c_str();
    attention.sink = sink;
    attention.window = window;
    attention.not_causal = !causal;
    attention.list_heads = listHeads;
    attention.has_scale = scale.has_value();
    attention.scale = scale.value_or(0);
    attention.softcap = softcap.value_or(0);
    attention.score = score.empty() ? nullptr : score.c_str();
    attention.has_lists = hasLists;
    attention.returns_lse = returnsLse;
    attention.returns_lists = returnsLists;
    attention.scale_at_run = scaleAtRun;
    attention.has_summaries = hasSummaries;
    attention.kv_storage = kvStorage;
    attention.page_size = pageSize;
    attention.has_positions = hasPositions;
    attention.kv_dtype = kvDtype;
    attention.has_kv_scales = hasKvScales;
    attention.sink_at_run = sinkAtRun;
    attention.window_at_run = windowAtRun;
    attention.has_ragged_queries = hasRaggedQueries;
    attention.refresh = refresh.empty() ? nullptr : refresh.data();
    attention.refresh_count = int32_t(refresh.size());
    return attention;
  }

  /// Shapes of the lists that steps keep with `refresh`.
  std::vector<Shape> refreshShapes(int64_t batch, int64_t rows,
                                   int64_t keys) const {
    hipc_attention attention = c();
    std::vector<hipc_shape> given(
        2 * std::count_if(refresh.begin(), refresh.end(),
                          [](int32_t n) { return n > 1; }));
    detail::check(hipc_refresh_shapes(&attention, batch, rows, keys,
                                      given.data(), int32_t(given.size())));
    return detail::shapesOf(given);
  }

  /// The module that this is compiled as.
  std::string text() const {
    hipc_attention attention = c();
    char *text = nullptr;
    detail::check(hipc_attention_text(&attention, &text));
    return detail::take(text);
  }
};

/// Compiled code. Calls from several threads may overlap.
class Program {
public:
  int inputs() const { return hipc_program_inputs(handle.get()); }
  int outputs() const { return hipc_program_outputs(handle.get()); }

  std::vector<Shape> outputShapes(Tensors inputs) const {
    detail::TensorList in(inputs);
    std::vector<hipc_shape> given(outputs());
    detail::check(hipc_program_output_shapes(handle.get(), in.data(), in.size(),
                                             given.data(),
                                             int32_t(given.size())));
    return detail::shapesOf(given);
  }
  std::vector<Shape> outputShapes(std::initializer_list<Tensor> inputs) const {
    return outputShapes(Tensors(inputs.begin(), inputs.size()));
  }

  /// Bytes of workspace on the device that run() needs; 0 on the CPU.
  size_t workspaceBytes(Tensors inputs) const {
    detail::TensorList in(inputs);
    size_t bytes = 0;
    detail::check(
        hipc_program_workspace(handle.get(), in.data(), in.size(), &bytes));
    return bytes;
  }

  /// As hipc_run(): on a GPU it returns before the work is done.
  void run(Tensors inputs, Tensors outputs, std::span<std::byte> workspace = {},
           void *stream = nullptr) const {
    detail::TensorList in(inputs), out(outputs);
    detail::check(hipc_run(handle.get(), in.data(), in.size(), out.data(),
                           out.size(), workspace.data(), workspace.size(),
                           stream));
  }
  void run(std::initializer_list<Tensor> inputs,
           std::initializer_list<Tensor> outputs,
           std::span<std::byte> workspace = {}, void *stream = nullptr) const {
    run(Tensors(inputs.begin(), inputs.size()),
        Tensors(outputs.begin(), outputs.size()), workspace, stream);
  }

  std::string explain() const {
    char *text = nullptr;
    detail::check(hipc_program_explain(handle.get(), &text));
    return detail::take(text);
  }

  hipc_program *c() const { return handle.get(); }

private:
  friend class Engine;
  explicit Program(hipc_program *program)
      : handle(program, hipc_program_destroy) {}

  std::unique_ptr<hipc_program, void (*)(hipc_program *)> handle;
};

//===----------------------------------------------------------------------===//
// Engines
//===----------------------------------------------------------------------===//

/// hipc_engine_options with its defaults.
struct EngineOptions {
  std::string device = "auto";
  std::optional<std::string> cache = {}; ///< "": keep no files
  int64_t cacheBytes = 0;                ///< 0: 1 GiB
  int threads = 0;                       ///< 0: one per processor
  hipc_log log = nullptr;
  void *logUser = nullptr;
};

/// A device with its caches. Programs outlive it.
class Engine {
public:
  explicit Engine(const EngineOptions &options = {})
      : handle(create(options), hipc_engine_destroy) {}

  hipc_device device() const { return hipc_engine_device(handle.get()); }
  std::string target() const { return hipc_engine_target(handle.get()); }

  Program compile(const Attention &attention) const {
    hipc_attention descriptor = attention.c();
    hipc_program *program = nullptr;
    detail::check(hipc_compile_attention(handle.get(), &descriptor, &program));
    return Program(program);
  }
  /// The program that makes the summaries which such an attention takes.
  Program compileSummaries(const Attention &attention) const {
    hipc_attention descriptor = attention.c();
    hipc_program *program = nullptr;
    detail::check(hipc_compile_summaries(handle.get(), &descriptor, &program));
    return Program(program);
  }
  /// `entry` may be empty if there is one public function.
  Program compile(std::string_view text, const std::string &entry = {}) const {
    hipc_program *program = nullptr;
    detail::check(hipc_compile(handle.get(), text.data(), text.size(),
                               entry.empty() ? nullptr : entry.c_str(),
                               &program));
    return Program(program);
  }

  /// The bytes of a package that hip-compile made.
  Program load(std::string_view package) const {
    hipc_program *program = nullptr;
    detail::check(
        hipc_load(handle.get(), package.data(), package.size(), &program));
    return Program(program);
  }

  hipc_engine *c() const { return handle.get(); }

private:
  static hipc_engine *create(const EngineOptions &options) {
    hipc_engine_options given = {};
    given.size = sizeof(given);
    given.device = options.device.c_str();
    given.cache = options.cache ? options.cache->c_str() : nullptr;
    given.cache_bytes = options.cacheBytes;
    given.threads = options.threads;
    given.log = options.log;
    given.log_user = options.logUser;
    hipc_engine *engine = nullptr;
    detail::check(hipc_engine_create(&given, &engine));
    return engine;
  }

  std::unique_ptr<hipc_engine, void (*)(hipc_engine *)> handle;
};

} // namespace hipc

#endif // HIPC_HPP
