//===- HipGridOps.td - Between thread blocks and between launches ---------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Programmatic dependent launches, by which a kernel may start while the one
// before it still runs, and itself waits for that one; and numbers that the
// thread blocks of a cluster send each other.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_GRID_OPS_TD
#define HIP_GRID_OPS_TD

include "dialect/HipGpuOps.td"

def Hip_GpuAwaitGridsOp : Hip_GpuOp<"await_grids",
    [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Waits until the launches before this one are complete";
  let description = [{
    In a kernel with `hip.dependent_launch`: after this op, what the kernels before it wrote
    is visible, and what they read may be overwritten. It precedes the kernel's first access
    to global memory and the division of threads into roles. In other kernels it does
    nothing (PTX ISA, `griddepcontrol.wait`).

    ```mlir
    func.func @f() {
      hip.gpu.await_grids
      return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def Hip_GpuLaunchDependentsOp : Hip_GpuOp<"launch_dependents",
    [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Lets the next launch start";
  let description = [{
    Once every thread block of the grid has executed it or ended, the next launch of the
    stream, if it is a dependent one, starts as soon as the GPU has resources for it; other
    launches are not affected. The op comes after the kernel's own `hip.gpu.await_grids`, so
    that only one kernel before a kernel that starts early is incomplete (PTX ISA,
    `griddepcontrol.launch_dependents`).

    ```mlir
    func.func @f() {
      hip.gpu.await_grids
      hip.gpu.launch_dependents
      return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def Hip_GpuExpectOp : Hip_GpuOp<"expect", [MemoryEffects<[MemWrite]>]> {
  let summary = "Makes the phase of an mbarrier wait for bytes as well";
  let description = [{
    Adds `bytes` to the bytes that the phase waits for in addition to the arrivals, whether
    they are written before or after this op. One thread of the thread block executes it
    (PTX ISA, `mbarrier.expect_tx`).

    ```mlir
    func.func @f(%m: !hip.smem<2xi64, pitch = 16>, %i: index, %bytes: i32) {
      hip.gpu.expect %m[%i], %bytes : !hip.smem<2xi64, pitch = 16>
      return
    }
    ```
  }];
  let arguments = (ins Hip_SmemType:$mbarriers, Index:$index, I32:$bytes);
  let assemblyFormat = [{
    $mbarriers `[` $index `]` `,` $bytes attr-dict `:` type($mbarriers)
  }];
  let hasVerifier = 1;
}

def Hip_GpuMulticastOp : Hip_GpuOp<"multicast", [MemoryEffects<[MemWrite]>]> {
  let summary = "Stores a vector in every thread block of a cluster";
  let description = [{
    Like `hip.tile.store`, but to the shared memory of every thread block of the cluster, at
    the address that the view has in this one. On arrival there, each number signals its
    4 bytes to the mbarrier; the op itself does not wait for that (PTX ISA, `st.async`).

    ```mlir
    func.func @f(%s: memref<2x512xf32, #gpu.address_space<workgroup>>,
                 %m: !hip.smem<2xi64, pitch = 16>, %i: index, %j: index, %n: index) {
      %c1 = arith.constant 1 : index
      hip.tile.kernel grid(%c1) threads(128) cluster(8) (%x) {
        %t = hip.tile.generate {
        ^bb0(%place: index):
          %zero = arith.constant 0.0 : f32
          hip.tile.yield %zero : f32
        } : !hip.tile<64xf32>
        %0 = hip.tile.view %s[%i, %j] to %n
          : memref<2x512xf32, #gpu.address_space<workgroup>> -> !hip.rows<f32>
        hip.gpu.multicast %t, %0 signals %m[%i]
          : !hip.tile<64xf32>, !hip.rows<f32>, !hip.smem<2xi64, pitch = 16>
      }
      return
    }
    ```
  }];
  let arguments = (ins Hip_TileType:$tile, Hip_RowsType:$view,
                       Hip_SmemType:$mbarriers, Index:$index);
  let assemblyFormat = [{
    $tile `,` $view `signals` $mbarriers `[` $index `]` attr-dict
    `:` type($tile) `,` type($view) `,` type($mbarriers)
  }];
  let hasVerifier = 1;
}

#endif // HIP_GRID_OPS_TD
