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
  let summary = "A grid of thread blocks and what one of them does";
  let description = [{
    Runs the region once for each thread block of a grid of one to three sizes; it takes
    as many indices, the number of the thread block along each. Thread blocks have
    `threads` threads in a row. `shared_bytes` of shared memory are set aside: by
    `hip-tile` for threads that work together, at the front, and with the arrays
    after them by `hip-allocate-shared`.

    `steps` names the hip ops that the kernel does, in order, and `schedule` is that
    of its op. With `cluster = n` the region is run by n thread blocks of a cluster for
    each place of the grid, which have the same indices; `gpu.cluster_block_id x` tells
    them apart. `own_lists` is there where a thread block works on a list: whether it
    reads no list but its own, so that `hip-fuse-kernels` may let the kernel follow
    another. `min_blocks` is the least number of thread blocks that a multiprocessor
    has to hold. A kernel with `hip.dependent_launch` may start while the one before it
    still runs, and waits for that one by `hip.gpu.await_grids`.

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
    /// The numbers of the thread block along each size of the grid.
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
    All threads of the thread block come to it and go on together, and see what each
    of them wrote. No tile outlives the phase that made it, so that each phase has all
    shared memory. It is in a kernel, around which are branches and loops of `scf`
    alone, whose way is the same for all threads.

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
    It need not be written.

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
