//===- support/Keys.h - Positions, lengths and stored keys
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_SUPPORT_KEYS_H
#define HIP_PASSES_SUPPORT_KEYS_H

#include "dialect/HipOps.h"
#include "passes/support/ScalarBuilder.h"

namespace mlir::hip {

/// Heads of an array or a KV view.
int64_t headsOf(Value array);

/// Number of keys of batch entry `batch` of a memref or a KV view on memrefs.
Value keyCount(ScalarBuilder &b, Value keys, Value batch);

/// Where a key lies: `storage[indices..., d]`, whatever its view (S23).
struct StoredRow {
  Value storage;
  SmallVector<Value> indices;
};
StoredRow storedRow(ScalarBuilder &b, Value keys, Value batch, Value head,
                    Value j);

/// Element `d` of key `j` of KV head `head` (S23), in its own type.
Value loadKey(ScalarBuilder &b, Value keys, Value batch, Value head, Value j,
              Value d);

/// Fails with a message unless every KV view used by `op` is made in the same
/// function, on memrefs of a floating-point type that scalar code can read.
LogicalResult checkReadable(Operation *op);

/// S1: position of query row 0 of `batch`; negative where Tq > Tk.
Value firstPosition(ScalarBuilder &b, Value positions, Value queryRows,
                    Value keys, Value batch);

/// S3: E of the query block of `blockQ` rows with number `block`, given the
/// position of row 0 and the number of keys.
Value bandStart(ScalarBuilder &b, BandAttr band, int64_t blockQ, Value block,
                Value position0, Value keys);

} // namespace mlir::hip

#endif // HIP_PASSES_SUPPORT_KEYS_H
