//===- HipTiling.cpp - Independent parts of ops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// TilingInterface over batch entries and parts of the heads: as many parts as
// divide every number of heads, so that a part has whole GQA groups and lists.
// Rows and keys do not tile: where a band starts (S3) depends on their place.
//
//===----------------------------------------------------------------------===//

#include "dialect/HipOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/TilingInterface.h"
#include <numeric>

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Batch entries [batch, batch + batches) and parts [part, part + parts).
struct Tile {
  OpFoldResult batch, batches, part, parts;
};

/// Slices of the operands of one op.
class Slicer {
public:
  Slicer(OpBuilder &b, Operation *op, const Tile &tile);

  FailureOr<Value> slice(Value operand);
  /// Offsets and sizes of the tile in an array.
  void place(Value array, SmallVector<OpFoldResult> &offsets,
             SmallVector<OpFoldResult> &sizes);
  OpFoldResult headsBefore(int64_t heads) { return times(tile.part, heads); }

private:
  OpFoldResult times(OpFoldResult parts, int64_t heads);
  Value cut(Value array, std::optional<int64_t> batch,
            std::optional<int64_t> heads, int64_t moreEntries = 0);
  Value cutScales(Value scales);
  FailureOr<Value> sliceView(Value view);

  OpBuilder &b;
  Location loc;
  Tile tile;
  int64_t parts;
};

} // namespace

/// The number of heads of an operand that has heads.
static std::optional<int64_t> headsOf(Value operand) {
  if (auto view = dyn_cast<KvType>(operand.getType()))
    return view.getShape()[1];
  auto type = dyn_cast<RankedTensorType>(operand.getType());
  if (!type || type.getRank() < 3)
    return std::nullopt;
  return type.getDimSize(1);
}

/// One list for all heads, which parts of an attention share.
static bool isSharedList(Operation *op, Value operand) {
  auto attention = dyn_cast<BlockSparseAttentionOp>(op);
  return attention && headsOf(operand) == 1 &&
         (operand == attention.getBlocks() || operand == attention.getCounts());
}

static int64_t partsOf(Operation *op) {
  auto attention = dyn_cast<AttentionOp>(op);
  if (attention && attention.getHeads() == Heads::All)
    return 1;
  int64_t parts = 0;
  for (Value operand : op->getOperands()) {
    std::optional<int64_t> heads = headsOf(operand);
    if (!heads || isSharedList(op, operand))
      continue;
    if (ShapedType::isDynamic(*heads))
      return 1;
    parts = std::gcd(parts, *heads);
  }
  return std::max<int64_t>(parts, 1);
}

Slicer::Slicer(OpBuilder &b, Operation *op, const Tile &tile)
    : b(b), loc(op->getLoc()), tile(tile), parts(partsOf(op)) {}

OpFoldResult Slicer::times(OpFoldResult number, int64_t heads) {
  AffineExpr x = b.getAffineDimExpr(0);
  return affine::makeComposedFoldedAffineApply(b, loc, x * (heads / parts),
                                               {number});
}

Value Slicer::cut(Value array, std::optional<int64_t> batch,
                  std::optional<int64_t> heads, int64_t moreEntries) {
  auto type = cast<RankedTensorType>(array.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)),
      strides(type.getRank(), b.getIndexAttr(1)),
      sizes = tensor::getMixedSizes(b, loc, array);
  if (batch) {
    AffineExpr x = b.getAffineDimExpr(0);
    offsets[*batch] = tile.batch;
    sizes[*batch] = affine::makeComposedFoldedAffineApply(
        b, loc, x + moreEntries, {tile.batches});
  }
  if (heads && (type.getDimSize(*heads) != 1 || parts == 1)) {
    offsets[*heads] = times(tile.part, type.getDimSize(*heads));
    sizes[*heads] = times(tile.parts, type.getDimSize(*heads));
  }
  return tensor::ExtractSliceOp::create(b, loc, array, offsets, sizes, strides);
}

/// Those of the heads, where there are any.
Value Slicer::cutScales(Value scales) {
  return scales ? cut(scales, {}, 0) : Value();
}

/// The same view of slices of what is stored.
FailureOr<Value> Slicer::sliceView(Value view) {
  Operation *def = view.getDefiningOp();
  if (auto contiguous = dyn_cast_or_null<KvContiguousOp>(def)) {
    KvAxes axes = axesOf(contiguous.getLayout());
    return KvContiguousOp::create(
               b, loc, cut(contiguous.getStorage(), 0, axes.heads),
               cutScales(contiguous.getScales()), contiguous.getLayoutAttr(),
               contiguous.getAsAttr())
        .getResult();
  }
  if (auto ragged = dyn_cast_or_null<KvRaggedOp>(def))
    return KvRaggedOp::create(b, loc, cut(ragged.getStorage(), {}, 1),
                              cut(ragged.getOffsets(), 0, {}, 1),
                              cutScales(ragged.getScales()), ragged.getAsAttr())
        .getResult();
  if (auto paged = dyn_cast_or_null<KvPagedOp>(def))
    return KvPagedOp::create(b, loc, cut(paged.getPages(), {}, 2),
                             cut(paged.getTable(), 0, {}),
                             cut(paged.getLengths(), 0, {}),
                             cutScales(paged.getScales()), paged.getAsAttr())
        .getResult();
  if (auto kept = dyn_cast_or_null<KvSummariesOp>(def))
    return KvSummariesOp::create(
               b, loc, cut(kept.getPages(), {}, 2), cut(kept.getTable(), 0, {}),
               cut(kept.getLengths(), 0, {}), kept.getPage(), kept.getBox())
        .getResult();
  return failure();
}

FailureOr<Value> Slicer::slice(Value operand) {
  if (isa<KvType>(operand.getType()))
    return sliceView(operand);
  std::optional<int64_t> heads;
  if (headsOf(operand))
    heads = 1;
  return cut(operand, 0, heads);
}

void Slicer::place(Value array, SmallVector<OpFoldResult> &offsets,
                   SmallVector<OpFoldResult> &sizes) {
  auto type = cast<RankedTensorType>(array.getType());
  offsets.assign(type.getRank(), b.getIndexAttr(0));
  sizes = tensor::getMixedSizes(b, loc, array);
  offsets[0] = tile.batch;
  sizes[0] = tile.batches;
  offsets[1] = times(tile.part, type.getDimSize(1));
  sizes[1] = times(tile.parts, type.getDimSize(1));
}

/// A score or a mask, whose last arguments are (b, h, i, j), names batch entry
/// and head as the whole op counts them.
static void shiftPlace(OpBuilder &b, Region &region, OpFoldResult batch,
                       OpFoldResult head) {
  if (region.empty())
    return;
  OpBuilder::InsertionGuard guard(b);
  Block &body = region.front();
  b.setInsertionPointToStart(&body);
  Location loc = region.getLoc();
  auto place = body.getArguments().take_back(4);
  for (auto [argument, first] :
       {std::pair(place[0], batch), {place[1], head}}) {
    Value offset = getValueOrCreateConstantIndexOp(b, loc, first);
    auto whole = arith::AddIOp::create(b, loc, argument, offset);
    argument.replaceAllUsesExcept(whole, whole);
  }
}

namespace {

template <typename OpTy>
struct TilingModel : TilingInterface::ExternalModel<TilingModel<OpTy>, OpTy> {
  SmallVector<utils::IteratorType> getLoopIteratorTypes(Operation *) const {
    return {utils::IteratorType::parallel, utils::IteratorType::parallel};
  }

  SmallVector<Range> getIterationDomain(Operation *op, OpBuilder &b) const {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(op);
    OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
    Value out = cast<OpTy>(op).getOuts()[0];
    OpFoldResult batches = tensor::getMixedSize(b, op->getLoc(), out, 0);
    return {{zero, batches, one}, {zero, b.getIndexAttr(partsOf(op)), one}};
  }

  FailureOr<TilingResult>
  getTiledImplementation(Operation *op, OpBuilder &b,
                         ArrayRef<OpFoldResult> offsets,
                         ArrayRef<OpFoldResult> sizes) const;

  LogicalResult
  getResultTilePosition(Operation *op, OpBuilder &b, unsigned result,
                        ArrayRef<OpFoldResult> offsets,
                        ArrayRef<OpFoldResult> sizes,
                        SmallVector<OpFoldResult> &resultOffsets,
                        SmallVector<OpFoldResult> &resultSizes) const {
    Slicer slicer(b, op, {offsets[0], sizes[0], offsets[1], sizes[1]});
    slicer.place(cast<OpTy>(op).getOuts()[result], resultOffsets, resultSizes);
    return success();
  }
};

} // namespace

template <typename OpTy>
FailureOr<TilingResult>
TilingModel<OpTy>::getTiledImplementation(Operation *op, OpBuilder &b,
                                          ArrayRef<OpFoldResult> offsets,
                                          ArrayRef<OpFoldResult> sizes) const {
  auto destination = cast<DestinationStyleOpInterface>(op);
  if (!destination.hasPureTensorSemantics())
    return op->emitOpError() << "is on memrefs; tile before bufferising";
  if (isa<QueryType>(op->getOperand(0).getType()))
    return op->emitOpError() << "S1b: has packed queries, whose entries are "
                                "parts of one result; tile other queries";
  Tile tile{offsets[0], sizes[0], offsets[1], sizes[1]};
  Slicer slicer(b, op, tile);
  OperationState state(op->getLoc(), op->getName());
  SmallVector<Operation *> slices;
  for (OpOperand &operand : op->getOpOperands()) {
    if (operand.get().getType().isIntOrFloat()) {
      state.addOperands(operand.get());
      continue;
    }
    FailureOr<Value> slice = slicer.slice(operand.get());
    if (failed(slice))
      return op->emitOpError()
             << "reads a KV view that is made elsewhere; make "
                "it with hip.kv.* in the same function";
    state.addOperands(*slice);
    slices.push_back(slice->getDefiningOp());
    if (destination.isDpsInit(&operand))
      state.addTypes(slice->getType());
  }
  state.addAttributes(op->getAttrs());
  for (Region &region : op->getRegions()) {
    IRMapping mapping;
    region.cloneInto(state.addRegion(), mapping);
  }
  // What the regions use is made before the op.
  OpFoldResult head;
  if (op->getNumRegions() > 0)
    head = slicer.headsBefore(*headsOf(op->getOperand(0)));
  Operation *tiled = b.create(state);
  if (head)
    shiftPlace(b, tiled->getRegion(0), tile.batch, head);
  return TilingResult{{tiled}, tiled->getResults(), slices};
}

void mlir::hip::attachTilingModels(MLIRContext *context) {
  auto attach = [&]<typename... Ops>() {
    (Ops::template attachInterface<TilingModel<Ops>>(*context), ...);
  };
  attach.operator()<AttentionOp, BlockSparseAttentionOp, CheckListOp, UnionOp,
                    MaskBlocksOp, MergeOp, PruneOp, SummarizeOp, PartitionOp,
                    SplitOp, ScoreOp, DescendOp, SelectOp, BlocksOp>();
}
