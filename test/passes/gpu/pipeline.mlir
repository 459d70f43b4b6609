// RUN: hip-opt %s --hip-assign-layouts --hip-pipeline | FileCheck %s
// RUN: hip-opt %s --hip-assign-layouts --hip-pipeline=shared-bytes=40000 | FileCheck %s --check-prefix=SMALL
// RUN: hip-opt %s --hip-assign-layouts --hip-pipeline --hip-tile-to-nvvm --canonicalize --cse | FileCheck %s --check-prefix=NVVM

// Keys of a round depend on its number alone; two rounds of them fit.
// CHECK-LABEL: func @keys
// CHECK: hip.stages = 2
// SMALL-LABEL: func @keys
// SMALL-NOT: hip.stages

// The first round is on its way before the loop; in it, wait, start the next one, compute.
// NVVM-LABEL: func @keys
// NVVM: scf.if
// NVVM: gpu.barrier
// NVVM: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %{{.*}}
// NVVM: nvvm.cp.async.commit.group
// NVVM: scf.for
// NVVM: nvvm.cp.async.wait.group 0
// NVVM-NEXT: gpu.barrier
// NVVM: scf.if
// NVVM: nvvm.cp.async.shared.global
// NVVM: nvvm.cp.async.commit.group
// NVVM: nvvm.mma.sync
func.func @keys(%q: memref<1x1x?x64xbf16>, %o: memref<1x1x?xf32>, %zero: f32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  gpu.launch blocks(%x, %y, %z) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%bx = %c128, %by = %c1, %bz = %c1) {
    %a = hip.tile.load %q[%c0, %c0, %c0] limit %c64
      : memref<1x1x?x64xbf16> -> !hip.tile<64x64xbf16>
    %init = hip.tile.splat %zero : !hip.tile<64x128xf32>
    %sum = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %init) -> (!hip.tile<64x128xf32>) {
      %rows = hip.tile.generate {
      ^bb0(%c: index):
        %first = arith.muli %i, %c128 : index
        %j = arith.addi %first, %c : index
        %row = arith.index_cast %j : index to i32
        hip.tile.yield %row : i32
      } : !hip.tile<128xi32>
      %b = hip.tile.gather %q[%c0, %c0] rows(%rows)
        : memref<1x1x?x64xbf16>, !hip.tile<128xi32> -> !hip.tile<128x64xbf16>
      %s = hip.tile.dot %acc, %a, %b {transpose_b}
        : !hip.tile<64x128xf32>, !hip.tile<64x64xbf16>, !hip.tile<128x64xbf16>
      scf.yield %s : !hip.tile<64x128xf32>
    }
    %m = hip.tile.reduce <max> %sum {axis = 1 : i64}
      : !hip.tile<64x128xf32> -> !hip.tile<64xf32>
    hip.tile.store %m, %o[%c0, %c0, %c0] limit %c64 : !hip.tile<64xf32>, memref<1x1x?xf32>
    gpu.terminator
  }
  return
}

// Rows that the loop carries cannot be read ahead.
// CHECK-LABEL: func @carried
// CHECK-NOT: hip.stages
func.func @carried(%q: memref<1x1x?x64xbf16>, %zero: f32, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  gpu.launch blocks(%x, %y, %z) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%bx = %c128, %by = %c1, %bz = %c1) {
    %a = hip.tile.load %q[%c0, %c0, %c0] limit %c64
      : memref<1x1x?x64xbf16> -> !hip.tile<64x64xbf16>
    %init = hip.tile.splat %first : !hip.tile<64xi32>
    %last = scf.for %i = %c0 to %n step %c1 iter_args(%rows = %init) -> (!hip.tile<64xi32>) {
      %b = hip.tile.gather %q[%c0, %c0] rows(%rows)
        : memref<1x1x?x64xbf16>, !hip.tile<64xi32> -> !hip.tile<64x64xbf16>
      %acc = hip.tile.splat %zero : !hip.tile<64x64xf32>
      %s = hip.tile.dot %acc, %a, %b {transpose_b}
        : !hip.tile<64x64xf32>, !hip.tile<64x64xbf16>, !hip.tile<64x64xbf16>
      %next = hip.tile.map %rows : !hip.tile<64xi32> {
      ^bb0(%row: i32):
        %twice = arith.addi %row, %row : i32
        hip.tile.yield %twice : i32
      } -> !hip.tile<64xi32>
      scf.yield %next : !hip.tile<64xi32>
    }
    gpu.terminator
  }
  return
}
