//===- layout/AssignLayouts.cpp - A place on the GPU for every tile
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/MatrixUnits.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Passes.h"
#include "passes/layout/Directions.h"
#include "passes/layout/Placement.h"
#include "passes/layout/WarpGrid.h"
#include "passes/support/Debug.h"
#include "passes/support/Names.h"
#include "passes/support/Phases.h"
#include "passes/support/TileOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::hip {
#define GEN_PASS_DEF_HIPASSIGNLAYOUTS
#include "passes/Passes.h.inc"
} // namespace mlir::hip

using namespace mlir;
using namespace mlir::hip;

namespace {

/// Layouts of one kernel. Ops are visited in order, so that what an op reads
/// has its layout by then.
class Assignment {
public:
  explicit Assignment(TileKernelOp kernel)
      : kernel(kernel), place(kernel.getContext()) {
    if (ScheduleAttr schedule = kernel.getScheduleAttr())
      bestUnit = schedule.getUnit();
  }

  LogicalResult run();

private:
  Attribute layoutOf(Value tile);

  LogicalResult assign(Operation *op);
  LogicalResult assignRegisters(Operation *op);
  LogicalResult assign(scf::ForOp loop);
  LogicalResult assign(scf::YieldOp yield);
  LogicalResult assign(TileMapOp map);
  LogicalResult assign(TileDotOp dot);
  LogicalResult assign(TileReduceOp reduce);
  LogicalResult assign(TileAnyOp any);
  LogicalResult setResult(Operation *op, Attribute layout);
  Value vote(Value flags);

  TileKernelOp kernel;
  Directions directions;
  Placement place;
  int64_t threads = 0;
  MatrixUnit bestUnit = MatrixUnit::MmaSync;
  MmaLayoutAttr grid;
  DenseMap<Value, Value> votes;
};

} // namespace

LogicalResult Assignment::run() {
  FailureOr<int64_t> known = threadsOf(kernel);
  if (failed(known))
    return failure();
  threads = *known;
  if (failed(directions.find(kernel)))
    return failure();
  for (ArrayRef<Operation *> phase : phasesOf(kernel)) {
    grid = arrangeWarps(phase, kernel.getContext(), threads, bestUnit);
    for (Operation *op : phase)
      if (failed(assign(op)))
        return failure();
  }
  return success();
}

/// Where registers have a tile.
Attribute Assignment::layoutOf(Value tile) {
  MLIRContext *context = kernel.getContext();
  if (!cast<TileType>(tile.getType()).isVector())
    return grid;
  if (directions.of(tile) == Direction::Rows)
    return SliceLayoutAttr::get(context, 1, grid);
  return ThreadsLayoutAttr::get(context, threads);
}

LogicalResult Assignment::setResult(Operation *op, Attribute layout) {
  if (failed(place.setLayout(op, op->getResult(0), layout)))
    return failure();
  debug(DebugTag::Layout, op,
        [&](llvm::raw_ostream &out) { out << op->getResult(0).getType(); });
  return success();
}

/// A loop carries registers.
LogicalResult Assignment::assign(scf::ForOp loop) {
  for (auto [init, argument, result] :
       llvm::zip(loop.getInitArgsMutable(), loop.getRegionIterArgs(),
                 loop.getResults())) {
    if (!isa<TileType>(argument.getType()))
      continue;
    Attribute layout = layoutOf(argument);
    if (failed(place.convert(init, layout)) ||
        failed(place.setLayout(loop, argument, layout)) ||
        failed(place.setLayout(loop, result, layout)))
      return failure();
  }
  return success();
}

LogicalResult Assignment::assign(scf::YieldOp yield) {
  auto loop = dyn_cast<scf::ForOp>(yield->getParentOp());
  if (!loop)
    return success();
  for (auto [next, argument] :
       llvm::zip(yield->getOpOperands(), loop.getRegionIterArgs()))
    if (auto tile = dyn_cast<TileType>(argument.getType()))
      if (failed(place.convert(next, tile.getLayout())))
        return failure();
  return success();
}

/// Whether a warp has a row that changes, asked once for all maps.
Value Assignment::vote(Value flags) {
  Value &known = votes[flags];
  if (!known) {
    OpBuilder builder(flags.getContext());
    builder.setInsertionPointAfterValue(flags);
    known =
        GpuVoteOp::create(builder, flags.getLoc(), builder.getI1Type(), flags);
  }
  return known;
}

LogicalResult Assignment::assign(TileMapOp map) {
  // What is computed of matrices in shared memory stays there, as a whole.
  bool ofShared = llvm::all_of(map.getSources().getTypes(), [](Type type) {
    return cast<TileType>(type).isShared();
  });
  if (ofShared) {
    map.getChangesMutable().clear();
    return setResult(map, SharedLayoutAttr::get(map.getContext()));
  }
  if (Value changes = map.getChanges();
      changes && isa<TileType>(changes.getType()))
    map.getChangesMutable().assign(vote(changes));
  Attribute layout = layoutOf(map.getTile());
  auto mma = dyn_cast<MmaLayoutAttr>(layout);
  for (auto [source, axis] :
       llvm::zip(map.getSourcesMutable(), map.getAxes())) {
    Attribute wanted = layout;
    if (axis >= 0 && mma)
      wanted = SliceLayoutAttr::get(map.getContext(), 1 - axis, mma);
    if (failed(place.convert(source, wanted)))
      return failure();
  }
  return setResult(map, layout);
}

/// Which unit multiplies, and why it is not TensorCores where it is not.
static void remarkUnit(TileDotOp dot, MatrixUnit unit, StringRef why) {
  if (!dot->getContext()->getRemarkEngine())
    return;
  remark::RemarkOpts about = remarkOf(DebugTag::Layout, dot);
  int64_t columns = cast<TileType>(dot.getTile().getType()).getColumns();
  Type type = cast<TileType>(dot.getA().getType()).getElementType();
  std::string instruction;
  switch (unit) {
  case MatrixUnit::Fma:
    remark::missed(dot.getLoc(), about) << ("no TensorCores: " + why).str();
    return;
  case MatrixUnit::MmaSync:
    instruction = "mma.sync m16n8k16";
    break;
  case MatrixUnit::Wgmma:
    instruction = llvm::formatv("wgmma m64n{0}k16", columns);
    break;
  }
  StringRef instead = why.empty() ? "" : ", not wgmma: ";
  remark::passed(dot.getLoc(), about)
      << llvm::formatv("TensorCores: {0} on {1}{2}{3}", instruction, type,
                       instead, why)
             .str();
}

LogicalResult Assignment::assign(TileDotOp dot) {
  auto a = cast<TileType>(dot.getA().getType());
  auto right = cast<TileType>(dot.getB().getType());
  std::string why;
  auto result = cast<TileType>(dot.getTile().getType());
  bool isHeld = grid.getColumnWarps() == 1 && a.getLayout() == grid;
  bool skipsInMemory = dot.getSkipZero() && !isHeld;
  bool isRefused = rowOf(bestUnit).isAsync && skipsInMemory;
  MatrixUnit unit =
      unitFor({a.getElementType(), right.getElementType(), result.getRows(),
               result.getColumns(), a.getColumns(), grid},
              isRefused ? MatrixUnit::MmaSync : bestUnit, &why);
  if (isRefused && why.empty())
    why = "it skips zeros in registers alone";
  dot.setUnit(unit);
  remarkUnit(dot, unit, why);
  auto shared = SharedLayoutAttr::get(dot.getContext());
  bool held = rowOf(unit).leftInRegisters && isHeld;
  if (failed(place.convert(dot.getAccMutable(), grid)) ||
      (!held && failed(place.convert(dot.getAMutable(), shared))) ||
      failed(place.convert(dot.getBMutable(), shared)))
    return failure();
  return setResult(dot, grid);
}

LogicalResult Assignment::assign(TileReduceOp reduce) {
  if (failed(place.convert(reduce.getSourceMutable(), grid)))
    return failure();
  return setResult(reduce, layoutOf(reduce.getTile()));
}

/// Each warp asks for all numbers of a vector whose shares other threads have.
LogicalResult Assignment::assign(TileAnyOp any) {
  auto ofWarp = ThreadsLayoutAttr::get(any.getContext(), layout::kWarp);
  if (place.recompute(any.getSourceMutable(), ofWarp))
    return success();
  place.takeShared(any.getSourceMutable());
  return place.convert(any.getSourceMutable(), ofWarp);
}

LogicalResult Assignment::assign(Operation *op) {
  auto shared = SharedLayoutAttr::get(op->getContext());
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<scf::ForOp, scf::YieldOp, TileMapOp, TileDotOp, TileReduceOp,
            TileAnyOp>([&](auto known) { return assign(known); })
      .Case([&](TileLoadOp load) { return setResult(load, shared); })
      .Case([&](TileGatherOp gather) {
        if (failed(place.convert(gather.getRowsMutable(), shared)))
          return failure();
        return setResult(gather, shared);
      })
      .Case([&](TileGenerateOp generate) {
        Value tile = generate.getTile();
        return generate.getTile().getType().isVector()
                   ? setResult(generate, layoutOf(tile))
                   : setResult(generate, shared);
      })
      .Case([&](TileStoreOp store) {
        return store.getTile().getType().isShared()
                   ? place.convert(store.getTileMutable(), grid)
                   : success();
      })
      .Default([&](Operation *other) {
        return isTileOp(other) ? assignRegisters(other) : success();
      });
}

/// What no rule is for reads and gives registers.
LogicalResult Assignment::assignRegisters(Operation *op) {
  for (OpOperand &operand : op->getOpOperands())
    if (isa<TileType>(operand.get().getType()))
      if (failed(place.convert(operand, layoutOf(operand.get()))))
        return failure();
  for (OpResult result : op->getResults())
    if (isa<TileType>(result.getType()))
      if (failed(setResult(op, layoutOf(result))))
        return failure();
  return success();
}

/// Layouts are given once.
static LogicalResult checkNoLayouts(TileKernelOp kernel) {
  WalkResult walked = kernel.getBody().walk([](Operation *op) {
    for (Type type : op->getResultTypes())
      if (auto tile = dyn_cast<TileType>(type); tile && tile.getLayout()) {
        op->emitOpError() << "gives " << tile
                          << ", which has a layout; hip-assign-layouts takes "
                             "tiles without";
        return WalkResult::interrupt();
      }
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

namespace {

struct AssignLayouts : mlir::hip::impl::HipAssignLayoutsBase<AssignLayouts> {
  void runOnOperation() override {
    auto assign = [](TileKernelOp kernel) -> LogicalResult {
      if (failed(checkTiles(kernel)) || failed(checkNoLayouts(kernel)))
        return failure();
      return Assignment(kernel).run();
    };
    if (failed(forEachTileProgram(getOperation(), assign)))
      signalPassFailure();
  }
};

} // namespace
