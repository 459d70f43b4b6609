//===- Sizes.cpp - Sizes of inputs that have to be equal
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/jit/Sizes.h"

#include "dialect/HipOps.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace hipc {

namespace {
/// Two sizes of inputs that have to be equal; `name` is the spec's.
struct EqualSizes {
  struct Place {
    uint32_t input = 0;
    uint32_t dim = 0;
  };
  std::string name;
  Place first;
  Place second;
};

/// Collects where each named size of one op is read from.
class SizeReads {
public:
  SizeReads(Block &arguments, std::vector<EqualSizes> &sizes)
      : arguments(arguments), sizes(sizes) {}

  /// `value` has the sizes `names`, as the spec's section 1 calls them.
  void read(Value value, ArrayRef<StringRef> names) {
    auto argument = dyn_cast_if_present<BlockArgument>(value);
    if (!argument || argument.getOwner() != &arguments ||
        !isa<RankedTensorType>(argument.getType()))
      return;
    for (auto [dim, name] : llvm::enumerate(names))
      add(name, {argument.getArgNumber(), static_cast<unsigned>(dim)});
  }

private:
  using Place = EqualSizes::Place;

  bool isDynamic(Place place) const {
    auto type = cast<ShapedType>(arguments.getArgument(place.input).getType());
    return type.isDynamicDim(place.dim);
  }

  void add(StringRef name, Place place) {
    auto [first, isNew] = firstReads.insert({name, place});
    if (!isNew && (isDynamic(first->second) || isDynamic(place)))
      sizes.push_back({name.str(), first->second, place});
  }

  Block &arguments;
  std::vector<EqualSizes> &sizes;
  llvm::MapVector<StringRef, Place> firstReads;
};
} // namespace

template <typename OpTy> static void readAttention(OpTy op, SizeReads &reads) {
  reads.read(op.getQuery(), {"B", "Hq", "Tq", "D"});
  reads.read(op.getKey(), {"B", "Hkv", "Tk", "D"});
  reads.read(op.getValue(), {"B", "Hkv", "Tk", "Dv"});
  reads.read(op.getPositions(), {"B"});
  reads.read(op.getOut(), {"B", "Hq", "Tq", "Dv"});
  reads.read(op.getLse(), {"B", "Hq", "Tq"});
}

static std::vector<EqualSizes> findEqualSizes(func::FuncOp entry) {
  std::vector<EqualSizes> sizes;
  entry.walk([&](Operation *op) {
    SizeReads reads(entry.front(), sizes);
    if (auto attention = dyn_cast<mlir::hip::AttentionOp>(op)) {
      readAttention(attention, reads);
    } else if (auto sparse = dyn_cast<mlir::hip::BlockSparseAttentionOp>(op)) {
      readAttention(sparse, reads);
      reads.read(sparse.getBlocks(), {"B", "Hs", "M", "N"});
      reads.read(sparse.getCounts(), {"B", "Hs", "M"});
    } else if (auto check = dyn_cast<mlir::hip::CheckListOp>(op)) {
      reads.read(check.getQuery(), {"B", "Hq", "Tq", "D"});
      reads.read(check.getKey(), {"B", "Hkv", "Tk", "D"});
      reads.read(check.getPositions(), {"B"});
      reads.read(check.getBlocks(), {"B", "Hs", "M", "N"});
      reads.read(check.getCounts(), {"B", "Hs", "M"});
    } else if (auto lists = dyn_cast<mlir::hip::UnionOp>(op)) {
      reads.read(lists.getQuery(), {"B", "Hq", "Tq", "D"});
      reads.read(lists.getKey(), {"B", "Hkv", "Tk", "D"});
      reads.read(lists.getPositions(), {"B"});
      for (Value array :
           llvm::concat<Value>(lists.getLists(), lists.getCounts()))
        reads.read(array, {"B", "Hs", "M"});
    } else if (auto prune = dyn_cast<mlir::hip::PruneOp>(op)) {
      reads.read(prune.getQuery(), {"B", "Hq", "Tq", "D"});
      reads.read(prune.getKey(), {"B", "Hkv", "Tk", "D"});
      reads.read(prune.getPositions(), {"B"});
    }
  });
  return sizes;
}

/// The number of a tensor argument of the entry.
static std::optional<uint32_t> inputOf(Value value, func::FuncOp entry) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != &entry.front())
    return std::nullopt;
  return argument.getArgNumber();
}

/// Lists of the caller: one for each `blockQ` rows (S16).
template <typename OpTy>
static std::vector<Check> listChecks(OpTy op, ValueRange counts,
                                     func::FuncOp entry) {
  std::vector<Check> checks;
  std::optional<uint32_t> query = inputOf(op.getQuery(), entry);
  for (Value array : counts) {
    std::optional<uint32_t> input = inputOf(array, entry);
    if (!query || !input)
      continue;
    Expr lists = Expr::dim(*input, 2), rows = Expr::dim(*query, 2);
    checks.push_back(
        {eq(lists, ceilDiv(rows, Expr(int64_t(op.getBlockQ())))),
         join("input ", *input, " has M = {0} in dimension 2, but input ",
              *query, " has {1} rows and a list is for ", op.getBlockQ(),
              " of them; pass ceil(Tq / block_q) lists (S16)"),
         {lists, rows}});
  }
  return checks;
}

/// The same of any op.
static std::vector<Check> listChecks(Operation *op, func::FuncOp entry) {
  if (auto sparse = dyn_cast<mlir::hip::BlockSparseAttentionOp>(op))
    return listChecks(sparse, sparse.getCountsMutable().getAsOperandRange(),
                      entry);
  if (auto list = dyn_cast<mlir::hip::CheckListOp>(op))
    return listChecks(list, list.getCounts(), entry);
  if (auto lists = dyn_cast<mlir::hip::UnionOp>(op))
    return listChecks(lists, lists.getCounts(), entry);
  return {};
}

std::vector<Check> findSizeChecks(func::FuncOp entry) {
  std::vector<Check> checks;
  for (const EqualSizes &equal : findEqualSizes(entry)) {
    auto [first, second] = std::pair(equal.first, equal.second);
    Expr one = Expr::dim(first.input, first.dim),
         other = Expr::dim(second.input, second.dim);
    checks.push_back(
        {eq(one, other),
         join("input ", second.input, " has ", equal.name,
              " = {0} in dimension ", second.dim, ", but input ", first.input,
              " has {1} in dimension ", first.dim, "; pass equal sizes (S24)"),
         {other, one}});
  }
  entry.walk([&](Operation *op) {
    for (Check &check : listChecks(op, entry))
      if (llvm::find(checks, check) == checks.end())
        checks.push_back(std::move(check));
  });
  return checks;
}

} // namespace hipc
