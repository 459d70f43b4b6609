#include "runtime/cuda/TensorMaps.h"

namespace hipc::cuda {

/// One more than the driver's call takes.
constexpr int64_t kSizeEnd = int64_t{1} << 32, kStrideEnd = int64_t{1} << 40;

/// CUtensorMapDataType
constexpr int kFloat16 = 6, kFloat32 = 7, kBfloat16 = 9;
/// CUtensorMapInterleave, CUtensorMapL2promotion, CUtensorMapFloatOOBfill
constexpr int kNoInterleave = 0, kPromote256 = 3, kFillZeros = 0;

constexpr std::string_view kInstead =
    ", or compile with engine = cp_async in #hip.schedule";

Status checkDriver(const Driver &driver, const Plan &plan) {
  if (driver.tensorMapEncode || !hasTensorMaps(plan))
    return {};
  return error(Code::Unsupported, "program '", plan.name,
               "' copies by TMA, for which drivers from CUDA 12.0 on have "
               "cuTensorMapEncodeTiled, but this one, for CUDA ",
               driver.version() / 1000, ".", driver.version() % 1000 / 10,
               ", has not; install a newer driver", kInstead);
}

static Status checkStride(const BoundMap &map, int64_t axis) {
  int64_t stride = map.strides[axis - 1];
  // One entry takes any: there is no next.
  if (map.sizes[axis] <= 1 ||
      (stride % kTensorMapUnit == 0 && stride < kStrideEnd))
    return {};
  return error(Code::Invalid, map.name, " has a stride of ", stride,
               " bytes on axis ", axis,
               ", counted from the innermost, but a copy by TMA takes "
               "multiples of ",
               kTensorMapUnit, " below ", kStrideEnd, "; pass an aligned copy",
               kInstead, " (S24)");
}

Status checkForm(const BoundMap &map) {
  if (map.empty())
    return {};
  for (int64_t axis = 0; axis < map.sizes.size(); ++axis) {
    if (map.sizes[axis] >= kSizeEnd)
      return error(Code::Invalid, map.name, " has ", map.sizes[axis],
                   " entries on axis ", axis,
                   ", counted from the innermost, but a copy by TMA takes "
                   "fewer than ",
                   kSizeEnd, "; call it on parts, one after another", kInstead,
                   " (S24)");
    if (axis > 0)
      HIPC_RETURN_IF_ERROR(checkStride(map, axis));
  }
  return {};
}

Status checkAddress(const BoundMap &map) {
  int64_t excess = reinterpret_cast<uintptr_t>(map.address) % kTensorMapUnit;
  if (excess == 0 || map.empty())
    return {};
  return error(Code::Invalid, "byte ", map.offset, " of ", map.name,
               ", from which a kernel copies by TMA, lies ", excess,
               " bytes past a multiple of ", kTensorMapUnit,
               "; pass an aligned copy", kInstead, " (S24)");
}

static int dataType(DType element) {
  return element == DType::F32    ? kFloat32
         : element == DType::BF16 ? kBfloat16
                                  : kFloat16;
}

/// CUtensorMapSwizzle
static int swizzleMode(uint32_t bytes) {
  return bytes == 128 ? 3 : bytes == 64 ? 2 : bytes == 32 ? 1 : 0;
}

/// An array without elements is said to have one, here: it may have no place,
/// and no kernel copies of it.
static void *placeOf(const BoundMap &map) {
  return map.empty() ? reinterpret_cast<void *>(uintptr_t{kTensorMapAlignment})
                     : const_cast<void *>(map.address);
}

namespace {
/// Sizes, strides and steps as the driver takes them.
struct Form {
  explicit Form(const BoundMap &map) {
    steps.fill(1);
    for (int64_t i = 0; i < map.sizes.size(); ++i)
      sizes[i] = map.empty() ? 1 : map.sizes[i];
    // The stride of one entry is not used: it is that of the axis before.
    int64_t last = sizes[0] * dtypeBytes(map.spec->element);
    last = (last + kTensorMapUnit - 1) / kTensorMapUnit * kTensorMapUnit;
    for (int64_t i = 0; i < map.strides.size(); ++i)
      strides[i] = last = sizes[i + 1] == 1 ? last : map.strides[i];
  }

  std::array<unsigned long long, kMaxTensorMapRank> sizes = {}, strides = {};
  std::array<unsigned, kMaxTensorMapRank> steps = {};
};
} // namespace

Status encode(const Driver &driver, BoundMap &map) {
  if (map.encoded)
    return {};
  Form form(map);
  Result result = driver.tensorMapEncode(
      map.bytes.data(), dataType(map.spec->element), unsigned(map.sizes.size()),
      placeOf(map), form.sizes.data(), form.strides.data(),
      map.spec->box.data(), form.steps.data(), kNoInterleave,
      swizzleMode(map.spec->swizzle), kPromote256, kFillZeros);
  if (result != 0)
    return driver.check(result, join("tensor map of ", map.name));
  map.encoded = true;
  return {};
}

} // namespace hipc::cuda
