//===- HipDestination.cpp - Effects and bufferisation of all ops
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Every hip op reads its inputs and overwrites its outs, or a part of them, so
// that one model serves all.

#include "dialect/HipOps.h"
#include "dialect/HipTileText.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"

using namespace mlir;
using namespace mlir::hip;
using namespace mlir::bufferization;

using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

/// Whether an op writes only a part of its outs and keeps the rest.
static bool keepsOuts(Operation *op) { return isa<UpdateSummariesOp>(op); }

static void addEffects(DestinationStyleOpInterface op, Effects &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType, KvType, QueryType>(operand.get().getType()))
      continue;
    bool out = op.isDpsInit(&operand);
    if (out)
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    if (!out || keepsOuts(op))
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
  // A view on tensors has no memory of its own.
  if (op.hasPureTensorSemantics())
    effects.clear();
}

/// Puts a copy of `op` on buffers, with no tensor result.
static Operation *cloneOnBuffers(RewriterBase &rewriter, Operation *op,
                                 ValueRange operands, TypeRange results) {
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(operands);
  state.addTypes(results);
  state.addAttributes(op->getAttrs());
  for (Region &region : op->getRegions())
    state.addRegion()->takeBody(region);
  return rewriter.create(state);
}

static FailureOr<SmallVector<Value>>
getBuffers(RewriterBase &rewriter, Operation *op,
           const BufferizationOptions &options, BufferizationState &state) {
  SmallVector<Value> buffers;
  for (Value operand : op->getOperands()) {
    if (!isa<TensorType>(operand.getType())) {
      buffers.push_back(operand);
      continue;
    }
    FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
  }
  return buffers;
}

static LogicalResult bufferizeDestination(DestinationStyleOpInterface op,
                                          RewriterBase &rewriter,
                                          const BufferizationOptions &options,
                                          BufferizationState &state) {
  if (op->getNumResults() == 0)
    return success();
  auto buffers = getBuffers(rewriter, op, options, state);
  if (failed(buffers))
    return failure();
  size_t first = op.getDpsInitsMutable()[0].getOperandNumber();
  SmallVector<Value> outs(
      ArrayRef<Value>(*buffers).slice(first, op.getNumDpsInits()));
  cloneOnBuffers(rewriter, op, *buffers, {});
  replaceOpWithBufferizedValues(rewriter, op, outs);
  return success();
}

static LogicalResult bufferizeView(Operation *op, RewriterBase &rewriter,
                                   const BufferizationOptions &options,
                                   BufferizationState &state) {
  auto buffers = getBuffers(rewriter, op, options, state);
  if (failed(buffers))
    return failure();
  Operation *view =
      cloneOnBuffers(rewriter, op, *buffers, op->getResultTypes());
  rewriter.replaceOp(op, view->getResults());
  return success();
}

/// Whether `writer` may change what a later user of `view` reads. Both live in
/// the block of the view; what lies outside runs before it or after its users.
static bool changesUnderView(Operation *view, Operation *writer) {
  Block *block = view->getBlock();
  Operation *write = block->findAncestorOpInBlock(*writer);
  if (!write || write == view || write->isBeforeInBlock(view))
    return false;
  return llvm::any_of(view->getUsers(), [&](Operation *user) {
    Operation *read = block->findAncestorOpInBlock(*user);
    return !read->isBeforeInBlock(write);
  });
}

/// Whether the buffer of `storage` is written while `view` is in use.
static bool isWrittenUnderView(Operation *view, Value storage,
                               const OneShotAnalysisState &state) {
  bool written = false;
  state.applyOnAliases(storage, [&](Value alias) {
    for (OpOperand &use : alias.getUses())
      written |= state.bufferizesToMemoryWrite(use) && state.isInPlace(use) &&
                 changesUnderView(view, use.getOwner());
  });
  return written;
}

/// A view reads its storage where it is used, which the analysis does not see:
/// storage that is overwritten before that is copied for the view.
static LogicalResult copyStorageUnderWrites(Operation *view,
                                            RewriterBase &rewriter,
                                            const AnalysisState &analysis,
                                            const BufferizationState &state) {
  auto *oneShot = dyn_cast<OneShotAnalysisState>(&analysis);
  if (!oneShot)
    return success();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(view);
  for (OpOperand &operand : view->getOpOperands()) {
    if (!isa<TensorType>(operand.get().getType()) ||
        !isWrittenUnderView(view, operand.get(), *oneShot))
      continue;
    FailureOr<Value> copy = allocateTensorForShapedValue(
        rewriter, view->getLoc(), operand.get(), analysis.getOptions(), state);
    if (failed(copy))
      return failure();
    rewriter.modifyOpInPlace(view, [&] { operand.set(*copy); });
  }
  return success();
}

#define HIP_DESTINATION_MODEL(OpTy)                                            \
  void OpTy::getEffects(Effects &effects) { addEffects(*this, effects); }      \
  bool OpTy::bufferizesToMemoryRead(OpOperand &operand,                        \
                                    const AnalysisState &) {                   \
    return !isDpsInit(&operand) || keepsOuts(*this);                           \
  }                                                                            \
  bool OpTy::bufferizesToMemoryWrite(OpOperand &operand,                       \
                                     const AnalysisState &) {                  \
    return isDpsInit(&operand);                                                \
  }                                                                            \
  AliasingValueList OpTy::getAliasingValues(OpOperand &operand,                \
                                            const AnalysisState &) {           \
    if (!isDpsInit(&operand) || getNumResults() == 0)                          \
      return {};                                                               \
    return {{getTiedOpResult(&operand), BufferRelation::Equivalent}};          \
  }                                                                            \
  LogicalResult OpTy::bufferize(RewriterBase &rewriter,                        \
                                const BufferizationOptions &options,           \
                                BufferizationState &state) {                   \
    return bufferizeDestination(*this, rewriter, options, state);              \
  }

HIP_DESTINATION_MODEL(AttentionOp)
HIP_DESTINATION_MODEL(BlockSparseAttentionOp)
HIP_DESTINATION_MODEL(CheckKeysOp)
HIP_DESTINATION_MODEL(CheckListOp)
HIP_DESTINATION_MODEL(UnionOp)
HIP_DESTINATION_MODEL(MaskBlocksOp)
HIP_DESTINATION_MODEL(MergeOp)
HIP_DESTINATION_MODEL(PruneOp)
HIP_DESTINATION_MODEL(SummarizeOp)
HIP_DESTINATION_MODEL(UpdateSummariesOp)
HIP_DESTINATION_MODEL(PartitionOp)
HIP_DESTINATION_MODEL(SplitOp)
HIP_DESTINATION_MODEL(ScoreOp)
HIP_DESTINATION_MODEL(DescendOp)
HIP_DESTINATION_MODEL(SelectOp)
HIP_DESTINATION_MODEL(BlocksOp)

#define HIP_VIEW_MODEL(OpTy)                                                   \
  bool OpTy::bufferizesToMemoryRead(OpOperand &, const AnalysisState &) {      \
    return true;                                                               \
  }                                                                            \
  bool OpTy::bufferizesToMemoryWrite(OpOperand &, const AnalysisState &) {     \
    return false;                                                              \
  }                                                                            \
  AliasingValueList OpTy::getAliasingValues(OpOperand &,                       \
                                            const AnalysisState &) {           \
    return {};                                                                 \
  }                                                                            \
  LogicalResult OpTy::resolveConflicts(RewriterBase &rewriter,                 \
                                       const AnalysisState &analysis,          \
                                       const BufferizationState &state) {      \
    return copyStorageUnderWrites(*this, rewriter, analysis, state);           \
  }                                                                            \
  LogicalResult OpTy::bufferize(RewriterBase &rewriter,                        \
                                const BufferizationOptions &options,           \
                                BufferizationState &state) {                   \
    return bufferizeView(*this, rewriter, options, state);                     \
  }

HIP_VIEW_MODEL(KvContiguousOp)
HIP_VIEW_MODEL(KvRaggedOp)
HIP_VIEW_MODEL(KvPagedOp)
HIP_VIEW_MODEL(KvSummariesOp)
HIP_VIEW_MODEL(QueryRaggedOp)

#define GET_OP_CLASSES
#include "dialect/HipOps.cpp.inc"
