#include "runtime/call/Overlap.h"

namespace hipc {

namespace {
struct Axis {
  int64_t stride; ///< in bytes, above 0
  int64_t count;  ///< above 1
};

/// A view as runs of `width` bytes at the sums of one multiple of each stride,
/// with the longest stride first.
struct Runs {
  explicit Runs(const Tensor &tensor) : width(dtypeBytes(tensor.dtype)) {
    for (int64_t i = 0; i < tensor.rank(); ++i)
      if (tensor.dims[i] > 1 && tensor.strides[i] > 0)
        axes[count++] = {tensor.strides[i] * width, tensor.dims[i]};
    std::sort(axes.begin(), axes.begin() + count,
              [](Axis a, Axis b) { return a.stride > b.stride; });
    while (count > 0 && axes[count - 1].stride == width)
      width *= axes[--count].count;
    extents[count] = width;
    for (int64_t i = count - 1; i >= 0; --i)
      extents[i] = extents[i + 1] + (axes[i].count - 1) * axes[i].stride;
  }

  std::array<Axis, kMaxRank> axes;
  std::array<int64_t, kMaxRank + 1> extents; ///< of the axes from each on
  int64_t width;
  int64_t count = 0;
};

int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0); }

class Search {
public:
  Search(const Runs &a, const Runs &b) : a(a), b(b) {}

  /// Whether runs of the axes of `a` from `i` on and those of the axes of `b`
  /// from `j` on, which start `apart` bytes later, meet.
  bool meet(int64_t apart, int64_t i, int64_t j) {
    if (apart >= a.extents[i] || -apart >= b.extents[j])
      return false;
    bool aEnds = i == a.count, bEnds = j == b.count;
    if ((aEnds && bEnds) || --steps < 0)
      return true;
    int64_t aStride = aEnds ? 0 : a.axes[i].stride,
            bStride = bEnds ? 0 : b.axes[j].stride;
    // Of two equal strides only the difference of the places counts.
    bool takeA = aStride >= bStride, takeB = bStride >= aStride;
    int64_t stride = std::max(aStride, bStride), nextA = i + takeA,
            nextB = j + takeB;
    // -extentB < apart + n * stride < extentA
    int64_t first = floorDiv(-b.extents[nextB] - apart, stride) + 1,
            last = floorDiv(a.extents[nextA] - 1 - apart, stride);
    first = std::max(first, takeA ? 1 - a.axes[i].count : 0);
    last = std::min(last, takeB ? b.axes[j].count - 1 : 0);
    for (int64_t n = first; n <= last; ++n)
      if (meet(apart + n * stride, nextA, nextB))
        return true;
    return false;
  }

private:
  const Runs &a, &b;
  int64_t steps = kMostOverlapSteps;
};
} // namespace

std::string ByteRange::text() const {
  constexpr char kDigits[] = "0123456789abcdef";
  auto spell = [&](uintptr_t value) {
    std::string text;
    for (; value || text.empty(); value /= 16)
      text.insert(text.begin(), kDigits[value % 16]);
    return "0x" + text;
  };
  return join("[", spell(begin), ", ", spell(end), ")");
}

ByteRange byteRange(const Tensor &tensor) {
  auto begin = reinterpret_cast<uintptr_t>(tensor.data);
  Expected<int64_t> bytes = extentBytes(tensor);
  // An empty one is nowhere.
  if (!bytes || *bytes == 0)
    return {};
  return {begin, begin + uintptr_t(*bytes)};
}

bool overlap(const Tensor &a, const Tensor &b) {
  ByteRange first = byteRange(a), second = byteRange(b);
  if (!first.meets(second))
    return false;
  return Search(Runs(a), Runs(b))
      .meet(int64_t(second.begin - first.begin), 0, 0);
}

bool overlapsItself(const Tensor &tensor) {
  if (tensor.empty())
    return false;
  Runs runs(tensor);
  for (int64_t i = 0; i < runs.count; ++i)
    if (runs.axes[i].stride < runs.extents[i + 1])
      return true;
  return false;
}

} // namespace hipc
