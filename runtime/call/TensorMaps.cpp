#include "runtime/call/TensorMaps.h"

#include "runtime/call/Shapes.h"

namespace hipc {

bool BoundMap::mapsTheSame(const BoundMap &other) const {
  return buffer == other.buffer && offset == other.offset &&
         *spec == *other.spec && sizes == other.sizes &&
         strides == other.strides;
}

bool BoundMap::empty() const {
  return std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
}

void BoundMap::place(const void *to) {
  encoded = encoded && address == to;
  address = to;
}

/// Bytes from the first to one past the last element; nothing above 2^63.
static std::optional<int64_t> mappedBytes(const BoundMap &map) {
  if (map.empty())
    return 0;
  int64_t bytes = 0;
  if (__builtin_mul_overflow(map.sizes[0], dtypeBytes(map.spec->element),
                             &bytes))
    return std::nullopt;
  for (int64_t i = 0; i < map.strides.size(); ++i) {
    int64_t step = 0;
    if (__builtin_mul_overflow(map.sizes[i + 1] - 1, map.strides[i], &step) ||
        __builtin_add_overflow(bytes, step, &bytes))
      return std::nullopt;
  }
  return bytes;
}

static Status checkPlace(const BoundMap &map, int64_t bytes) {
  std::optional<int64_t> mapped = mappedBytes(map);
  if (map.offset >= 0 && map.offset <= bytes && mapped &&
      *mapped <= bytes - map.offset)
    return {};
  return error(Code::Internal, "a kernel argument maps ",
               mapped ? join(*mapped) : "more than 2^63", " bytes from byte ",
               map.offset, " of ", map.name, ", which has ", bytes);
}

static Expected<Dims> evaluateAll(const std::vector<Expr> &exprs,
                                  const ExprEnv &env, std::string_view what) {
  Dims values;
  for (const Expr &expr : exprs) {
    Expected<int64_t> value = evaluateCount(expr, env, what);
    if (!value)
      return value.status();
    values.push_back(*value);
  }
  return values;
}

Expected<BoundMap> bindMap(const Argument &argument, const ExprEnv &env,
                           std::string name, int64_t bytes) {
  const TensorMapSpec &spec = *argument.map;
  Expected<int64_t> offset = argument.value.evaluate(env);
  if (!offset)
    return offset.status();
  Expected<Dims> sizes =
      evaluateAll(spec.sizes, env, join("a size of the tensor map of ", name));
  if (!sizes)
    return sizes.status();
  Expected<Dims> strides = evaluateAll(
      spec.strides, env, join("a stride of the tensor map of ", name));
  if (!strides)
    return strides.status();
  BoundMap map{std::move(name), argument.buffer, *offset,
               &spec,           *sizes,          *strides};
  HIPC_RETURN_IF_ERROR(checkPlace(map, bytes));
  return map;
}

} // namespace hipc
