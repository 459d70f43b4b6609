//===- HipScores.h - The kinds of hip.score, one by one
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Visits all attributes of the dialect that are scores, as TableGen lists them:
// a visitor that forgets one does not compile.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DIALECT_HIPSCORES_H
#define HIP_DIALECT_HIPSCORES_H

#include "dialect/HipDialect.h"

namespace mlir::hip {
namespace detail {

template <typename... Attrs> struct AttrList {};
using AllAttrs = AttrList<
#define GET_ATTRDEF_LIST
#include "dialect/HipAttrs.cpp.inc"
    >;

template <typename Attr>
constexpr bool isScore =
    std::is_base_of_v<ScoreAttrInterface::Trait<Attr>, Attr>;

template <typename Attr, typename Visit, typename Result>
void visitIf(ScoreAttrInterface score, Visit &visit,
             std::optional<Result> &result) {
  if constexpr (isScore<Attr>)
    if (auto kind = dyn_cast<Attr>(score))
      result.emplace(visit(kind));
}

template <typename Result, typename Visit, typename... Attrs>
std::optional<Result> visitAll(ScoreAttrInterface score, Visit &visit,
                               AttrList<Attrs...>) {
  std::optional<Result> result;
  (visitIf<Attrs>(score, visit, result), ...);
  return result;
}

} // namespace detail

/// The result of `visit` for `score`, cast to its class.
template <typename Visit>
auto visitScore(ScoreAttrInterface score, Visit visit) {
  using Result = decltype(visit(std::declval<TokenScoreAttr>()));
  auto result = detail::visitAll<Result>(score, visit, detail::AllAttrs());
  assert(result && "a score of another dialect");
  return *result;
}

} // namespace mlir::hip

#endif // HIP_DIALECT_HIPSCORES_H
