//===- HipOps.h - Ops of the hip dialect
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_HIPOPS_H
#define HIP_DIALECT_HIPOPS_H

#include "dialect/HipDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::hip {

/// What builders of attention and pruning take beyond arrays and a policy.
struct AttentionOptions {
  int64_t sink = 0;                 ///< keys at the start, always attended
  int64_t window = 0;               ///< newest keys, always attended
  Value dynamicSink, dynamicWindow; ///< i32, instead of these numbers
  bool causal = true;
  Heads heads = Heads::Kv;
  std::optional<float> scale;   ///< 1 / sqrt(D) by default
  Value dynamicScale;           ///< f32, instead of `scale`
  std::optional<float> softcap; ///< scores become cap * tanh(score / cap)
  Value positions;              ///< i32 [B], of the first row (S1)
  SmallVector<Value> summaries; ///< hip.summarize result of each level (S17b)
  bool lse = false;             ///< give the log-sum-exp as a second result
};

} // namespace mlir::hip

#define GET_OP_CLASSES
#include "dialect/HipOps.h.inc"

namespace mlir::hip {
/// Attaches TilingInterface over batch entries and groups of heads.
void attachTilingModels(MLIRContext *context);
} // namespace mlir::hip

#endif // HIP_DIALECT_HIPOPS_H
