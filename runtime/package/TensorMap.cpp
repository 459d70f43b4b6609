#include "runtime/package/Plan.h"

#include <algorithm>

namespace hipc {

bool Argument::operator==(const Argument &other) const {
  bool sameMap = map && other.map ? *map == *other.map : map == other.map;
  return sameMap && kind == other.kind && buffer == other.buffer &&
         value == other.value && real == other.real;
}

bool hasTensorMaps(const Plan &plan) {
  auto isMap = [](const Argument &argument) {
    return argument.kind == Argument::Kind::TensorMap;
  };
  return std::ranges::any_of(plan.steps, [&](const Step &step) {
    const auto *kernel = std::get_if<KernelStep>(&step);
    return kernel && std::ranges::any_of(kernel->arguments, isMap);
  });
}

static Status verifyRank(const TensorMapSpec &map) {
  size_t rank = map.sizes.size();
  if (rank < 1 || rank > kMaxTensorMapRank)
    return error(Code::Invalid, "tensor map has rank ", rank,
                 ", but it has to be 1 to ", kMaxTensorMapRank);
  if (map.strides.size() != rank - 1)
    return error(Code::Invalid, "tensor map of rank ", rank, " has ",
                 map.strides.size(), " strides, but it needs ", rank - 1);
  if (map.box.size() != rank)
    return error(Code::Invalid, "tensor map of rank ", rank,
                 " has a box of rank ", map.box.size());
  return {};
}

static Status verifyBox(const TensorMapSpec &map) {
  for (size_t i = 0; i < map.box.size(); ++i)
    if (map.box[i] < 1 || map.box[i] > kMaxBoxSize)
      return error(Code::Invalid, "tensor map has a box of ", map.box[i],
                   " elements on axis ", i, ", but it has to be 1 to ",
                   kMaxBoxSize);
  int64_t bytes = map.box[0] * dtypeBytes(map.element);
  if (bytes % kTensorMapUnit != 0)
    return error(Code::Invalid, "tensor map has boxes with rows of ", bytes,
                 " bytes, which is no multiple of ", kTensorMapUnit);
  if (map.swizzle != 0 && bytes > map.swizzle)
    return error(Code::Invalid, "tensor map has boxes with rows of ", bytes,
                 " bytes, but its swizzle takes ", map.swizzle);
  return {};
}

Status verify(const TensorMapSpec &map, const ExprScope &scope) {
  if (map.element != DType::F16 && map.element != DType::BF16 &&
      map.element != DType::F32)
    return error(Code::Invalid, "tensor map has element type ",
                 static_cast<unsigned>(map.element),
                 ", but it has to be f16, bf16 or f32");
  if (map.swizzle != 0 && map.swizzle != 32 && map.swizzle != 64 &&
      map.swizzle != 128)
    return error(Code::Invalid, "tensor map has a swizzle of ", map.swizzle,
                 " bytes, but it has to be 0, 32, 64 or 128");
  HIPC_RETURN_IF_ERROR(verifyRank(map));
  HIPC_RETURN_IF_ERROR(verifyBox(map));
  for (const std::vector<Expr> *list : {&map.sizes, &map.strides})
    for (const Expr &expr : *list)
      HIPC_RETURN_IF_ERROR(expr.verify(scope));
  return {};
}

} // namespace hipc
