//===- Steps.h - Ops that compute arrays, as their classes
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_STEPS_H
#define HIP_DIALECT_STEPS_H

#include "dialect/HipOps.h"

namespace mlir::hip {

namespace detail {
template <typename... Ops> struct OpList {};

using AllOps = OpList<
#define GET_OP_LIST
#include "dialect/HipOps.cpp.inc"
    >;

template <typename OpTy, typename Fn> bool visitAs(Operation *op, Fn &fn) {
  if constexpr (OpTy::template hasTrait<DestinationStyleOpInterface::Trait>())
    if (auto step = dyn_cast<OpTy>(op)) {
      fn(step);
      return true;
    }
  return false;
}

template <typename Fn, typename... Ops>
bool visitOneOf(Operation *op, Fn &fn, OpList<Ops...>) {
  return (visitAs<Ops>(op, fn) || ...);
}
} // namespace detail

/// Calls `fn` with `op`, cast to its class, if it is one of the hip ops that
/// write `outs`. `fn` has to accept every such class; a forgotten one does not
/// compile.
template <typename Fn> bool visitStep(Operation *op, Fn &&fn) {
  return detail::visitOneOf(op, fn, detail::AllOps());
}

/// Ops that stand for several others, into which hip-expand-attention and
/// hip-expand-prune expand them.
template <typename OpTy>
inline constexpr bool isComposite =
    std::is_same_v<OpTy, AttentionOp> || std::is_same_v<OpTy, PruneOp>;

} // namespace mlir::hip

#endif // HIP_DIALECT_STEPS_H
