//===- Overlap.h - Whether strided views share memory -----------*- C++ -*-===//

#ifndef HIPC_RUNTIME_CALL_OVERLAP_H
#define HIPC_RUNTIME_CALL_OVERLAP_H

#include "runtime/base/Tensor.h"

namespace hipc {

/// The bytes from the first to the last element of a view, gaps and all.
struct ByteRange {
  uintptr_t begin = 0;
  uintptr_t end = 0;

  bool meets(const ByteRange &other) const {
    return begin < other.end && other.begin < end;
  }
  std::string text() const;
};

/// Of a view whose extentBytes() is known to fit.
ByteRange byteRange(const Tensor &tensor);

/// Whether an element of one view overlaps an element of the other. Exact for
/// views that interleave, such as parts of the heads of one array; if this
/// takes more than kMostOverlapSteps, the answer is yes.
bool overlap(const Tensor &a, const Tensor &b);
constexpr int64_t kMostOverlapSteps = 4096;

/// Whether two elements of a view may share memory: also true for all strides
/// by which rows do not follow each other.
bool overlapsItself(const Tensor &tensor);

} // namespace hipc

#endif // HIPC_RUNTIME_CALL_OVERLAP_H
