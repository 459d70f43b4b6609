//===- HipKernelOps.td - Kernels of tile programs -------------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_KERNEL_OPS_TD
#define HIP_KERNEL_OPS_TD

include "dialect/HipAttrs.td"
include "dialect/HipBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Hip_TileKernelOp : Hip_Op<"tile.kernel",
    [AffineScope, AutomaticAllocationScope, RecursiveMemoryEffects,
     SingleBlockImplicitTerminator<"TileEndOp">]> {
  let summary = "A grid of thread blocks and the program of one of them";
  let description = [{
    Runs the region once for each thread block of a grid of one to three dimensions. The
    region has an argument for each dimension: the index of the thread block along it.
    Thread blocks have `threads` threads in one dimension. `shared_bytes` of shared
    memory are reserved: at the front by `hip-tile`, for threads that work together, and
    by `hip-allocate-shared` for the arrays that follow.

    `steps` names the hip ops that the kernel computes, in order, and `schedule` is that
    of its op. With `cluster = n` each point of the grid is computed by a cluster of n
    thread blocks with the same indices, which `gpu.cluster_block_id x` tells apart.
    `own_lists` is present if a thread block works on a list, and says whether it reads
    no list but its own, so that `hip-fuse-kernels` may append the kernel to another.
    `min_blocks` is the least number of thread blocks that have to fit a multiprocessor.
    A kernel with `hip.dependent_launch` may start while the one before it still runs,
    and waits for that one by `hip.gpu.await_grids`.

    ```mlir
    func.func @f(%a: memref<?xi32>, %n: index) {
      hip.tile.kernel grid(%n) threads(128) {steps = ["blocks"]} (%x) {
        %v = memref.load %a[%x] : memref<?xi32>
      }
      return
    }
    ```
  }];
  let arguments = (ins Variadic<Index>:$grid, I64Attr:$threads,
                       DefaultValuedAttr<I64Attr, "0">:$shared_bytes,
                       OptionalAttr<Hip_ScheduleAttr>:$schedule,
                       OptionalAttr<StrArrayAttr>:$steps,
                       OptionalAttr<BoolAttr>:$own_lists,
                       OptionalAttr<I32Attr>:$min_blocks,
                       DefaultValuedAttr<I64Attr, "1">:$cluster);
  let regions = (region SizedRegion<1>:$body);
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "ValueRange":$grid, "int64_t":$threads)>];
  let extraClassDeclaration = [{
    /// The indices of the thread block along the dimensions of the grid.
    Block::BlockArgListType getBlockIds() { return getBody().getArguments(); }
    static constexpr int64_t kMostThreads = 1024;
  }];
  let assemblyFormat = [{
    `grid` `(` $grid `)` `threads` `(` $threads `)`
    (`cluster` `(` $cluster^ `)`)? (`shared` `(` $shared_bytes^ `)`)? }]
    # Hip_Attributes<["threads", "cluster", "shared_bytes"]>.text # [{ custom<ThreadBlock>($body)
  }];
  let hasCanonicalizer = 1;
  let hasVerifier = 1;
}

def Hip_TilePhaseOp : Hip_Op<"tile.phase"> {
  let summary = "The end of one phase of a kernel and the start of the next";
  let description = [{
    A barrier of all threads of the thread block, after which each sees what the others
    wrote. No tile outlives the phase that made it, so that each phase can use all of
    shared memory. Between the op and its kernel there may only be branches and loops of
    `scf`, which all threads take in the same way.

    ```mlir
    func.func @f(%a: memref<?xi32>, %n: index, %v: i32) {
      hip.tile.kernel grid(%n) threads(128) (%x) {
        memref.store %v, %a[%x] : memref<?xi32>
        hip.tile.phase
        %w = memref.load %a[%x] : memref<?xi32>
      }
      return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
  let hasCanonicalizer = 1;
  let hasVerifier = 1;
}

def Hip_TileEndOp : Hip_Op<"tile.end",
    [Pure, Terminator, HasParent<"TileKernelOp">]> {
  let summary = "The end of a kernel";
  let description = [{
    May be left out in the textual form.

    ```mlir
    func.func @f(%n: index) {
      hip.tile.kernel grid(%n) threads(1) (%x) {
        hip.tile.end
      }
      return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

#endif // HIP_KERNEL_OPS_TD
