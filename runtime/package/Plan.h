//===- Plan.h - The launch plan ---------------------------------*- C++ -*-===//
//
// An ordered list of kernel launches and copies, for a GPU. Steps never
// synchronise, allocate or read back, so that a plan can be captured into a
// graph.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_PACKAGE_PLAN_H
#define HIPC_RUNTIME_PACKAGE_PLAN_H

#include "runtime/package/Expr.h"

#include <variant>

namespace hipc {

constexpr int64_t kDynamic = -1;

struct TensorSpec {
  std::string name;
  DType dtype = DType::F32;
  std::vector<int64_t> dims; ///< a size, or kDynamic
  /// An f32 or i32 by value: the call gives a tensor of rank 0 in the host's
  /// memory, which is read before the call returns.
  bool number = false;

  bool operator==(const TensorSpec &) const = default;
};

/// A tensor that the plan returns, with its sizes from those of the inputs.
struct OutputSpec {
  TensorSpec spec;
  std::vector<Expr> dims;

  bool operator==(const OutputSpec &) const = default;
};

enum class BufferKind : uint8_t { Input, Output, Workspace };

struct BufferRef {
  BufferKind kind = BufferKind::Input;
  uint32_t index = 0;

  bool operator==(const BufferRef &) const = default;
};

struct WorkspaceSpec {
  std::string name;
  Expr bytes;

  bool operator==(const WorkspaceSpec &) const = default;
};

/// A CUtensorMap, which the launcher encodes: how a copy by TMA finds boxes of
/// an array (CUDA driver API, cuTensorMapEncodeTiled).
struct TensorMapSpec {
  DType element = DType::F16; ///< f16, bf16 or f32
  std::vector<Expr> sizes;    ///< elements of each axis, the innermost first
  /// Bytes from one entry of axis i + 1 to the next.
  std::vector<Expr> strides;
  std::vector<uint32_t> box; ///< elements of a box on each axis
  uint32_t swizzle = 0;      ///< bytes: 0, 32, 64 or 128

  bool operator==(const TensorMapSpec &) const = default;
};

/// What the driver's call takes.
constexpr size_t kMaxTensorMapRank = 5;
constexpr uint32_t kMaxBoxSize = 256;
/// Of boxes, strides and addresses, in bytes.
constexpr int64_t kTensorMapUnit = 16;

/// An argument of a kernel: a slot of 8 bytes, or a tensor map.
struct Argument {
  enum class Kind : uint8_t { Pointer, Integer, Float, Number, TensorMap };

  Kind kind = Kind::Integer;
  BufferRef buffer; ///< Pointer, TensorMap; Number: an input that is one
  Expr value;       ///< Pointer, TensorMap: offset in bytes; Integer: the value
  float real = 0.0f;                             ///< Float
  std::shared_ptr<const TensorMapSpec> map = {}; ///< TensorMap

  static Argument pointer(BufferRef buffer, Expr byteOffset = {}) {
    return {Kind::Pointer, buffer, std::move(byteOffset), 0.0f};
  }
  static Argument integer(Expr value) {
    return {Kind::Integer, {}, std::move(value), 0.0f};
  }
  static Argument constant(float real) { return {Kind::Float, {}, {}, real}; }
  static Argument number(uint32_t input) {
    return {Kind::Number, {BufferKind::Input, input}, {}, 0.0f};
  }
  static Argument tensorMap(BufferRef buffer, Expr byteOffset,
                            TensorMapSpec map) {
    return {Kind::TensorMap, buffer, std::move(byteOffset), 0.0f,
            std::make_shared<const TensorMapSpec>(std::move(map))};
  }

  bool operator==(const Argument &other) const;
};

/// Bytes of a tensor map in a kernel's parameters, and their alignment.
constexpr size_t kTensorMapBytes = 128, kTensorMapAlignment = 64;
constexpr size_t kSlotBytes = 8;
/// The most parameters that a kernel has, of every driver.
constexpr size_t kMostArgumentBytes = 4096;

struct KernelStep {
  uint32_t kernel = 0; ///< index into Package::kernels
  std::array<Expr, 3> grid = {Expr(1), Expr(1), Expr(1)};
  std::array<uint32_t, 3> threads = {1, 1, 1}; ///< of a block
  Expr dynamicSharedBytes;
  std::vector<Argument> arguments;
  /// If it follows a launch of the same call, it may start before that one has
  /// ended: its kernel waits by itself.
  bool dependent = false;

  bool operator==(const KernelStep &) const = default;
};

/// Copies the first `bytes` of one buffer to another.
struct CopyStep {
  BufferRef from;
  BufferRef to;
  Expr bytes;

  bool operator==(const CopyStep &) const = default;
};

/// Does the next `steps` steps `count` times; a negative count is none. Loops
/// nest.
struct LoopStep {
  Expr count;
  uint32_t steps = 0;

  bool operator==(const LoopStep &) const = default;
};

using Step = std::variant<KernelStep, CopyStep, LoopStep>;

constexpr size_t kMaxCheckValues = 2;
constexpr unsigned kMaxLoopDepth = 8;

/// A condition on the shapes of a call; if it evaluates to 0 the call is
/// rejected before any launch. "{0}" and "{1}" in the message stand for values.
struct Check {
  Expr condition;
  std::string message;
  std::vector<Expr> values;

  bool operator==(const Check &) const = default;
};

struct Plan {
  std::string name;
  std::vector<TensorSpec> inputs;
  std::vector<OutputSpec> outputs;
  std::vector<WorkspaceSpec> workspace;
  std::vector<Check> checks;
  std::vector<Step> steps;

  bool operator==(const Plan &) const = default;
};

/// Whether a kernel of the plan copies by TMA.
bool hasTensorMaps(const Plan &plan);

/// Checks what does not depend on a call's sizes.
Status verify(const TensorMapSpec &map, const ExprScope &scope);

} // namespace hipc

#endif // HIPC_RUNTIME_PACKAGE_PLAN_H
