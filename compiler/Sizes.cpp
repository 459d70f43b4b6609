//===- Sizes.cpp - Sizes of inputs that have to be equal
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/Sizes.h"

#include "compiler/OutputSizes.h"

#include "dialect/Steps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "passes/support/Keys.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace hipc {

namespace {
/// A size that an op reads, and how a message describes it: as what is wrong,
/// and as what it differs from. A '#' stands for the number.
struct Size {
  Expr value;
  std::string wrong, other;
};

/// The sizes that one op of an entry reads, by their names in
/// docs/semantics.md, and the conditions on them.
class SizeRules {
public:
  SizeRules(Operation *op, std::vector<Check> &checks)
      : op(op), checks(checks) {}

  /// `array`, or a list of the op's operands, has the sizes `names`; one
  /// without a name may be any.
  void read(Value array, StringRef role, ArrayRef<StringRef> names);
  void readQuery(Value query);
  /// An out of attention, which lies as its queries do.
  void readOut(Value query, Value out, StringRef role,
               ArrayRef<StringRef> names);
  void readKeys(Value keys, StringRef role, StringRef length, StringRef size);
  /// The lists are for `blockQ` query rows each (S16).
  void lists(int64_t blockQ);
  /// The size `name` has to be `value`, which follows from `reason`.
  void expect(StringRef name, int64_t value, StringRef reason);
  /// Arrays in which `reader`, a score or a mask, looks numbers up are not
  /// empty (S18b).
  void fill(Value array, StringRef reader);
  /// There are no more rows and keys than positions, which are i32 (S5).
  void limit(StringRef name);
  void require(Expr condition, const Size &wrong, const Size &other,
               StringRef advice);

  std::optional<Size> size(Value array, StringRef role, int64_t dim,
                           StringRef name);
  const Size *find(StringRef name) const {
    const auto *found = sizes.find(name);
    return found == sizes.end() ? nullptr : &found->second;
  }

private:
  void readOffsets(Value offsets);
  void add(StringRef name, const Size &size);
  std::string holder(Value array, StringRef role);

  Operation *op;
  std::vector<Check> &checks;
  llvm::MapVector<StringRef, Size> sizes;
};
} // namespace

/// "input 2" of an argument of the entry, else what the op calls it.
std::string SizeRules::holder(Value array, StringRef role) {
  while (Operation *def = array.getDefiningOp()) {
    if (auto same = dyn_cast<tensor::CastOp>(def))
      array = same.getSource();
    else if (auto into = dyn_cast<DestinationStyleOpInterface>(def))
      array = into.getTiedOpOperand(cast<OpResult>(array))->get();
    else
      break;
  }
  if (auto argument = dyn_cast<BlockArgument>(array);
      argument && isa<func::FuncOp>(argument.getOwner()->getParentOp()))
    return join("input ", argument.getArgNumber());
  return join("the ", std::string_view(role), " of ",
              std::string_view(op->getName().getStringRef()));
}

std::optional<Size> SizeRules::size(Value array, StringRef role, int64_t dim,
                                    StringRef name) {
  Expected<Expr> value = findSize(array, dim);
  if (!value)
    return std::nullopt;
  std::string who = holder(array, role);
  return Size{
      *value,
      join(who, " has ", std::string_view(name), " = # in dimension ", dim),
      join(who, " has # in dimension ", dim)};
}

void SizeRules::require(Expr condition, const Size &wrong, const Size &other,
                        StringRef advice) {
  auto isKnown = [&](const Check &check) {
    return check.condition == condition;
  };
  if ((condition.constant() && *condition.constant() != 0) ||
      llvm::any_of(checks, isKnown))
    return;
  auto numbered = [](std::string text, const char *place) {
    return text.replace(text.find('#'), 1, place);
  };
  Check check{std::move(condition),
              join(numbered(wrong.wrong, "{0}"), ", but ",
                   numbered(other.other, "{1}"), "; ",
                   std::string_view(advice)),
              {wrong.value, other.value}};
  checks.push_back(std::move(check));
}

void SizeRules::add(StringRef name, const Size &size) {
  auto [first, isNew] = sizes.insert({name, size});
  // The verifier has checked static sizes.
  if (isNew || size.value == first->second.value ||
      (size.value.constant() && first->second.value.constant()))
    return;
  require(eq(first->second.value, size.value), size, first->second,
          "pass equal sizes (S24)");
}

void SizeRules::read(Value array, StringRef role, ArrayRef<StringRef> names) {
  if (!array)
    return;
  for (auto [dim, name] : llvm::enumerate(names))
    if (!name.empty())
      if (std::optional<Size> found = size(array, role, dim, name))
        add(name, *found);
}

/// The offsets of packed sequences say how many entries there are.
void SizeRules::readOffsets(Value offsets) {
  Expected<Expr> count = findSize(offsets, 0);
  if (!count)
    return;
  std::string who = holder(offsets, "offsets");
  add("B", {*count - Expr(1),
            join(who, " has offsets for B = # (one less than they are)"),
            join(who, " has offsets for #")});
}

void SizeRules::readQuery(Value query) {
  auto packed = query.getDefiningOp<mlir::hip::QueryRaggedOp>();
  if (!packed)
    return read(query, "query", {"B", "Hq", "Tq", "D"});
  readOffsets(packed.getOffsets());
  if (Expected<Expr> most = findNumber(packed.getMost()))
    add("Tq", {*most, "an entry of the queries has up to Tq = # rows",
               "an entry of the queries has up to #"});
  read(packed.getStorage(), "query", {"", "Hq", "total", "D"});
}

void SizeRules::readOut(Value query, Value out, StringRef role,
                        ArrayRef<StringRef> names) {
  SmallVector<StringRef> sizes(names);
  if (query.getDefiningOp<mlir::hip::QueryRaggedOp>()) {
    sizes[0] = "";
    sizes[2] = "total";
  }
  read(out, role, sizes);
}

void SizeRules::readKeys(Value keys, StringRef role, StringRef length,
                         StringRef size) {
  mlir::hip::KeyStorage from(keys);
  if (from.table) {
    read(from.table, "page table", {"B"});
    read(from.lengths, "lengths", {"B"});
    return read(from.rows, role, {"", "", "Hkv", size});
  }
  if (from.starts) {
    readOffsets(from.starts);
    return read(from.rows, role, {"", "Hkv", size});
  }
  SmallVector<StringRef> names{"B", "", "", size};
  names[from.axes.heads] = "Hkv";
  names[from.axes.rows] = length;
  read(from.rows, role, names);
}

void SizeRules::lists(int64_t blockQ) {
  const Size *many = find("M"), *rows = find("Tq");
  if (!many || !rows)
    return;
  Size reader = *rows;
  size_t place = reader.other.find('#');
  reader.other = join(reader.other.substr(0, place),
                      "# rows and a list is for ", blockQ, " of them");
  Expr needed = ceilDiv(rows->value, Expr(blockQ));
  if (many->value != needed)
    require(eq(many->value, needed), *many, reader,
            "pass ceil(Tq / block_q) lists (S16)");
}

void SizeRules::expect(StringRef name, int64_t value, StringRef reason) {
  const Size *found = find(name);
  if (found && !found->value.constant())
    require(eq(found->value, Expr(value)), *found,
            {Expr(value), "", join(std::string_view(reason), " gives #")},
            "pass as many (S16)");
}

void SizeRules::limit(StringRef name) {
  const Size *found = find(name);
  if (found && !found->value.constant())
    require(le(found->value, Expr(mlir::hip::kMostKeys)), *found,
            {Expr(mlir::hip::kMostKeys), "", "positions are i32, at most #"},
            "pass fewer (S5)");
}

void SizeRules::fill(Value array, StringRef reader) {
  auto type = cast<RankedTensorType>(array.getType());
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (std::optional<Size> found = size(array, "array", dim, "size"))
      require(le(Expr(1), found->value), *found,
              {Expr(1), "",
               join("the ", std::string_view(reader),
                    " reads it, which takes # or more")},
              "pass an array with elements (S18b)");
}

//===----------------------------------------------------------------------===//
// Rules of each op
//===----------------------------------------------------------------------===//

using Names = ArrayRef<StringRef>;
static const StringRef kOut[] = {"B", "Hq", "Tq", "Dv"},
                       kList[] = {"B", "Hs", "M", "N"},
                       kToList[] = {"B", "Hs", "M", ""};

template <typename OpTy> static void readSearch(OpTy op, SizeRules &rules) {
  rules.readQuery(op.getQuery());
  rules.readKeys(op.getKey(), "key", "Tk", "D");
}

/// Arrays that a score or a mask reads.
static void readArrays(mlir::Region &region, StringRef reader,
                       SizeRules &rules) {
  region.walk(
      [&](tensor::ExtractOp read) { rules.fill(read.getTensor(), reader); });
}

template <typename OpTy> static void readAttention(OpTy op, SizeRules &rules) {
  readSearch(op, rules);
  rules.readKeys(op.getValue(), "value", "Tk", "Dv");
  rules.read(op.getPositions(), "positions", {"B"});
  rules.readOut(op.getQuery(), op.getOut(), "out", kOut);
  rules.readOut(op.getQuery(), op.getLse(), "lse", Names(kOut).take_front(3));
  for (Region &score : op.getScoreRegions())
    readArrays(score, "score", rules);
}

/// A list that an op reads, and `out` with its counts if it writes one.
static void readList(SizeRules &rules, Value entries, Value counts) {
  rules.read(counts, "counts", Names(kList).take_front(3));
  rules.read(entries, "list", kList);
}
static void readOutList(SizeRules &rules, ValueRange outs) {
  rules.read(outs[0], "outs", kToList);
  rules.read(outs[1], "outs", Names(kToList).take_front(3));
}

/// Summaries beside pages have an entry for each page of the keys.
static void readKept(Value kept, StringRef role, Value keys, SizeRules &rules) {
  rules.read(kept, role, {"", "", "Hkv", "", "D"});
  mlir::hip::KeyStorage from(keys);
  std::optional<Size> places = rules.size(kept, role, 0, "pages"),
                      pages = rules.size(from.rows, "pages of keys", 0, "P");
  if (from.table && places && pages)
    rules.require(le(pages->value, places->value), *places, *pages,
                  "pass one for each page (S17b)");
}

static void readKeptView(mlir::hip::KvSummariesOp view, Value keys,
                         SizeRules &rules) {
  rules.read(view.getTable(), "page table", {"B"});
  rules.read(view.getLengths(), "lengths", {"B"});
  readKept(view.getPages(), "summary", keys, rules);
}

/// There is at least one entry for each full box of each level; more are not
/// read.
template <typename OpTy> static void readSummaries(OpTy op, SizeRules &rules) {
  for (auto [summary, level] :
       llvm::zip(op.getSummaries(), op.getPolicy().getSummaryLevels())) {
    if (auto view =
            summary.template getDefiningOp<mlir::hip::KvSummariesOp>()) {
      readKeptView(view, op.getKey(), rules);
      continue;
    }
    rules.read(summary, "summary", {"B", "Hkv", "", "", "D"});
    const Size *keys = rules.find("Tk");
    std::optional<Size> many = rules.size(summary, "summary", 2, "boxes");
    if (!keys || !many)
      continue;
    rules.require(le(floorDiv(keys->value, Expr(level.box)), many->value),
                  *many, *keys,
                  join("pass one for each ", level.box, " keys (S10b)"));
  }
}

static void readOp(mlir::hip::AttentionOp op, SizeRules &rules) {
  readAttention(op, rules);
  readSummaries(op, rules);
}

/// Lists of the caller, and where the band starts for each.
template <typename OpTy> static void readGivenLists(OpTy op, SizeRules &rules) {
  readList(rules, op.getBlocks(), op.getCounts());
  rules.read(op.getBandStart(), "band_start", {"B", "M"});
  rules.lists(op.getBlockQ());
}

static void readOp(mlir::hip::BlockSparseAttentionOp op, SizeRules &rules) {
  readAttention(op, rules);
  readGivenLists(op, rules);
}

static void readOp(mlir::hip::CheckListOp op, SizeRules &rules) {
  readSearch(op, rules);
  rules.read(op.getPositions(), "positions", {"B"});
  readGivenLists(op, rules);
  rules.read(op.getOuts()[0], "outs", Names(kList).take_front(3));
}

static void readOp(mlir::hip::UnionOp op, SizeRules &rules) {
  readSearch(op, rules);
  rules.read(op.getPositions(), "positions", {"B"});
  for (auto [entries, counts] : llvm::zip(op.getLists(), op.getCounts())) {
    rules.read(counts, "counts", Names(kToList).take_front(3));
    rules.read(entries, "list", kToList);
  }
  readOutList(rules, op.getOuts());
  rules.read(op.getBandStart(), "band_start", {"B", "M"});
  rules.lists(op.getBlockQ());
}

static void readOp(mlir::hip::MaskBlocksOp op, SizeRules &rules) {
  readSearch(op, rules);
  rules.read(op.getPositions(), "positions", {"B"});
  readOutList(rules, op.getOuts());
  rules.read(op.getBandStart(), "band_start", {"B", "M"});
  rules.lists(op.getBlockQ());
  readArrays(op.getMask(), "mask", rules);
}

static void readOp(mlir::hip::CheckKeysOp op, SizeRules &rules) {
  if (isa<mlir::hip::QueryType>(op.getKeys().getType()))
    rules.readQuery(op.getKeys());
  else
    rules.readKeys(op.getKeys(), "keys", "Tk", "D");
  rules.read(op.getOuts()[0], "outs", {"B"});
}

static void readOp(mlir::hip::PruneOp op, SizeRules &rules) {
  readSearch(op, rules);
  rules.read(op.getPositions(), "positions", {"B"});
  readOutList(rules, op.getOuts());
  rules.lists(op.getPolicy().getListBlockQ());
  // After the sizes of the list, so that those are reported first.
  Value owner =
      ownerOf<Value>(op.getHeads(), op.getQuery(), op.getKey(), Value());
  rules.expect("Hs", owner ? mlir::hip::headsOf(owner) : 1,
               ("heads = " + mlir::hip::stringifyHeads(op.getHeads())).str());
  readSummaries(op, rules);
}

static void readOp(mlir::hip::SummarizeOp op, SizeRules &rules) {
  rules.readKeys(op.getKey(), "key", "Tk", "D");
  rules.read(op.getOuts()[0], "outs", {"B", "Hkv", "", "", "D"});
}

static void readOp(mlir::hip::UpdateSummariesOp op, SizeRules &rules) {
  rules.readKeys(op.getKey(), "key", "Tk", "D");
  readKept(op.getOuts()[0], "outs", op.getKey(), rules);
}

static void readOp(mlir::hip::PartitionOp op, SizeRules &rules) {
  readSearch(op, rules);
  rules.read(op.getPositions(), "positions", {"B"});
  readOutList(rules, op.getOuts());
  rules.lists(op.getBand().getBlockQ());
}

static void readOp(mlir::hip::SplitOp op, SizeRules &rules) {
  readList(rules, op.getRanges(), op.getCounts());
  Value ranges = op.getOuts()[0], counts = op.getOuts()[1];
  StringRef lists = op.getQueryWays() == 1 ? "M" : "M of the outs";
  rules.read(ranges, "outs", {"B", "Hs", lists, ""});
  rules.read(counts, "outs", {"B", "Hs", lists});
  const Size *parents = rules.find("M"), *children = rules.find(lists);
  if (parents && children && lists != "M")
    rules.require(
        le(children->value, parents->value * Expr(int64_t(op.getQueryWays()))),
        *children, *parents,
        join("pass at most query_ways = ", int64_t(op.getQueryWays()),
             " lists for each (S14)"));
  const Size *from = rules.find("N");
  std::optional<Size> capacity = rules.size(ranges, "outs", 3, "N");
  if (from && capacity)
    rules.require(
        eq(capacity->value, from->value * Expr(int64_t(op.getWays()))),
        *capacity, *from,
        join("pass ways = ", int64_t(op.getWays()),
             " times as many entries (S7)"));
}

/// Scores of a list for the query rows that it is for.
template <typename OpTy> static void readScores(OpTy op, SizeRules &rules) {
  readList(rules, op.getRanges(), op.getCounts());
  rules.read(op.getOuts()[0], "outs", kList);
  rules.lists(op.getBlockQ());
}

static void readOp(mlir::hip::ScoreOp op, SizeRules &rules) {
  auto key = mlir::dyn_cast<mlir::ShapedType>(op.getKey().getType());
  constexpr int64_t kSummaryRank = 5;
  if (auto kept = op.getKey().getDefiningOp<mlir::hip::KvSummariesOp>()) {
    rules.readQuery(op.getQuery());
    readKeptView(kept, op.getKey(), rules);
  } else if (key && key.getRank() == kSummaryRank) {
    rules.readQuery(op.getQuery());
    rules.read(op.getKey(), "summary", {"B", "Hkv", "", "", "D"});
  } else {
    readSearch(op, rules);
  }
  readScores(op, rules);
}

static void readOp(mlir::hip::DescendOp op, SizeRules &rules) {
  readSearch(op, rules);
  readScores(op, rules);
}

static void readOp(mlir::hip::SelectOp op, SizeRules &rules) {
  readList(rules, op.getRanges(), op.getCounts());
  rules.read(op.getScores(), "scores", kList);
  readOutList(rules, op.getOuts());
}

static void readOp(mlir::hip::BlocksOp op, SizeRules &rules) {
  readList(rules, op.getRanges(), op.getCounts());
  readOutList(rules, op.getOuts());
}

static void readOp(mlir::hip::MergeOp op, SizeRules &rules) {
  for (Value partial : op.getPartials())
    rules.read(partial, "partials", kOut);
  for (Value lse : op.getPartialLses())
    rules.read(lse, "partial lses", Names(kOut).take_front(3));
  rules.read(op.getOuts()[0], "out", kOut);
  if (op.getOuts().size() > 1)
    rules.read(op.getOuts()[1], "lse", Names(kOut).take_front(3));
}

std::vector<Check> findSizeChecks(func::FuncOp entry) {
  using namespace mlir::hip;
  std::vector<Check> checks;
  entry.walk([&](Operation *op) {
    visitStep(op, [&](auto step) {
      SizeRules rules(op, checks);
      readOp(step, rules);
      for (StringRef name : {"Tq", "total", "Tk"})
        rules.limit(name);
    });
  });
  return checks;
}

} // namespace hipc
