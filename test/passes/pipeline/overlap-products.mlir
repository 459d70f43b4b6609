// RUN: hip-opt %s --split-input-file --hip-overlap-products --canonicalize --cse | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-overlap-products --remarks-filter-analyse=layout --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TELLS

!acc = !hip.tile<128x64xf32, #hip.mma<row_warps = 8, column_warps = 1>>
!weights = !hip.tile<128x64xbf16, #hip.mma<row_warps = 8, column_warps = 1>>
!queries = !hip.smem<128x64xbf16, pitch = 128, swizzle = 128>
!slots = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, stages = 2>
!slot = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!words = !hip.smem<2xi64, pitch = 16>

// The last product of an iteration runs beside the first one of the next: it is started right after that, and waited
// for where its sum is used. What is computed of the first product comes before that wait, and so does the wait for the
// next right factor, a loop over which the back end moves none. The first iteration is before the loop, the last product
// after it; without an iteration there is neither. Two warpgroups take turns, the first one first.
// TELLS: remark: {{.*}}its last product overlaps the next iteration
// CHECK-LABEL: func @attend
// CHECK: hip.gpu.roles consumers(256
// CHECK: %[[NONE:.*]] = hip.tile.splat
// CHECK: scf.if
// CHECK: %[[S:.*]] = hip.gpu.mma <wgmma> %[[NONE]], %{{.*}}, %{{.*}} {transpose_b}
// CHECK: %[[P:.*]] = hip.tile.map %[[S]]
// CHECK: hip.gpu.await %[[VFULL:.*]][%c0], %c0_i32
// CHECK: %[[SUM:.*]] = hip.tile.map %[[NONE]]
// CHECK: hip.gpu.pass_turn {only = 1 : i64}
// CHECK: scf.for {{.*}} iter_args(%[[ACC:.*]] = %[[SUM]], %[[SLOT:.*]] = %{{.*}}, %[[FACTOR:.*]] = %[[P]], %[[BEFORE:.*]] = %c0)
// CHECK: hip.gpu.await %[[KFULL:.*]][%[[NOW:[a-z0-9_]+]]],
// CHECK: hip.gpu.take_turn
// CHECK-NEXT: %[[FIRST:.*]] = hip.gpu.mma <wgmma> %[[NONE]], %{{.*}}, %{{.*}} {async, transpose_b}
// CHECK-NEXT: %[[V:.*]] = hip.gpu.slot %{{.*}}[%[[BEFORE]]]
// CHECK-NEXT: %[[LAST:.*]] = hip.gpu.mma <wgmma> %[[ACC]], %[[FACTOR]], %[[V]] {async}
// CHECK-NEXT: hip.gpu.pass_turn
// CHECK-NEXT: %[[SCORES:.*]] = hip.gpu.mma_wait %[[FIRST]] {pending = 1 : i64}
// CHECK-NEXT: hip.gpu.arrive %{{.*}}[%[[NOW]]] {warp}
// CHECK-NEXT: %[[NEXT:.*]] = hip.tile.map %[[SCORES]]
// CHECK: hip.gpu.await %[[VFULL]][%[[NOW]]],
// CHECK-NEXT: %[[DONE:.*]] = hip.gpu.mma_wait %[[LAST]] keeps(%[[NEXT]], %[[FACTOR]] : {{.*}}) {pending = 0 : i64}
// CHECK-NEXT: hip.gpu.arrive %[[VEMPTY:.*]][%[[BEFORE]]] {warp}
// CHECK-NEXT: hip.tile.map %[[DONE]]
// CHECK: scf.yield %{{.*}}, %{{.*}}, %[[NEXT]], %[[NOW]]
// CHECK: hip.gpu.take_turn {only = 0 : i64}
// CHECK: %[[END:.*]] = hip.gpu.mma <wgmma> {{.*}} {async}
// CHECK-NEXT: hip.gpu.mma_wait %[[END]] keeps({{.*}}) {pending = 0 : i64}
// CHECK-NEXT: hip.gpu.arrive %[[VEMPTY]]
// CHECK: } else {
// CHECK-NEXT: scf.yield %[[NONE]]
func.func @attend(%o: memref<1x64xf32>, %upper: i32, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  hip.tile.kernel grid(%c1) threads(384) (%bx) {
    %kfull = hip.gpu.alloc : !words
    %kempty = hip.gpu.alloc : !words
    %vfull = hip.gpu.alloc : !words
    %vempty = hip.gpu.alloc : !words
    %q = hip.gpu.alloc : !queries
    %kb = hip.gpu.alloc : !slots
    %vb = hip.gpu.alloc : !slots
    hip.gpu.roles consumers(256, registers = 232) {
      %none = hip.tile.splat %zero : !acc
      %out:2 = scf.for %i = %c0_i32 to %upper step %c1_i32 iter_args(%acc = %none, %slot = %c0_i32) -> (!acc, i32) : i32 {
        %at = arith.index_cast %slot : i32 to index
        hip.gpu.await %kfull[%at], %c0_i32 : !words
        %k = hip.gpu.slot %kb[%at] : !slots
        %s = hip.gpu.mma <wgmma> %none, %q, %k {transpose_b} : !acc, !queries, !slot
        hip.gpu.arrive %kempty[%at] {warp} : !words
        %p = hip.tile.map %s : !acc {
        ^bb0(%x: f32):
          %y = arith.truncf %x : f32 to bf16
          hip.tile.yield %y : bf16
        } -> !weights
        %scaled = hip.tile.map %acc : !acc {
        ^bb0(%x: f32):
          %y = arith.addf %x, %x : f32
          hip.tile.yield %y : f32
        } -> !acc
        hip.gpu.await %vfull[%at], %c0_i32 : !words
        %v = hip.gpu.slot %vb[%at] : !slots
        %sum = hip.gpu.mma <wgmma> %scaled, %p, %v : !acc, !weights, !slot
        hip.gpu.arrive %vempty[%at] {warp} : !words
        %next = arith.xori %slot, %c1_i32 : i32
        scf.yield %sum, %next : !acc, i32
      }
      %view = hip.tile.view %o[%c0] to %c1 : memref<1x64xf32> -> !hip.rows<64xf32>
      hip.tile.store %out#0, %view : !acc, !hip.rows<64xf32>
    } producers(128, registers = 40) {
    }
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!rows = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// A product that depends on what the loop carries cannot run beside the one before.
// CHECK-LABEL: func @chain
// CHECK: scf.for
// CHECK-COUNT-2: hip.gpu.mma <wgmma> {{.*}} {transpose_b}
// CHECK-NOT: async
// TELLS-NOT: remark
func.func @chain(%o: memref<1x64xf32>, %upper: i32, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  hip.tile.kernel grid(%c1) threads(256) (%bx) {
    %a = hip.gpu.alloc : !rows
    %b = hip.gpu.alloc : !rows
    hip.gpu.roles consumers(128, registers = 216) {
      %none = hip.tile.splat %zero : !acc
      %out = scf.for %i = %c0_i32 to %upper step %c1_i32 iter_args(%acc = %none) -> (!acc) : i32 {
        %s = hip.gpu.mma <wgmma> %acc, %a, %b {transpose_b} : !acc, !rows, !rows
        %t = hip.gpu.mma <wgmma> %s, %a, %b {transpose_b} : !acc, !rows, !rows
        scf.yield %t : !acc
      }
      %view = hip.tile.view %o[%c0] to %c1 : memref<1x64xf32> -> !hip.rows<64xf32>
      hip.tile.store %out, %view : !acc, !hip.rows<64xf32>
    } producers(128, registers = 40) {
    }
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!weights = !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
!rows = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!slots = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, stages = 2>

// Where nothing but the last product uses the sum, the wait is at the end of the iteration.
// TELLS: remark: {{.*}}its last product overlaps the next iteration
// CHECK-LABEL: func @plain_sum
// CHECK: scf.for {{.*}} iter_args(%[[ACC:.*]] = %{{.*}}, %[[FACTOR:.*]] = %{{.*}})
// CHECK: hip.gpu.mma <wgmma> {{.*}} {async, transpose_b}
// CHECK: %[[LAST:.*]] = hip.gpu.mma <wgmma> %[[ACC]], %[[FACTOR]], %{{.*}} {async}
// CHECK: %[[P:.*]] = hip.tile.map
// CHECK: %[[DONE:.*]] = hip.gpu.mma_wait %[[LAST]] keeps(%[[P]], %[[FACTOR]] : {{.*}}) {pending = 0 : i64}
// CHECK-NEXT: scf.yield %[[DONE]], %[[P]]
func.func @plain_sum(%o: memref<1x64xf32>, %upper: i32, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c0_i32 = arith.constant 0 : i32
  %c1_i32 = arith.constant 1 : i32
  hip.tile.kernel grid(%c1) threads(256) (%bx) {
    %q = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !slots
    hip.gpu.roles consumers(128, registers = 216) {
      %none = hip.tile.splat %zero : !acc
      %out = scf.for %i = %c0_i32 to %upper step %c1_i32 iter_args(%acc = %none) -> (!acc) : i32 {
        %k = hip.gpu.slot %kb[%c0] : !slots
        %s = hip.gpu.mma <wgmma> %none, %q, %k {transpose_b} : !acc, !rows, !rows
        %p = hip.tile.map %s : !acc {
        ^bb0(%x: f32):
          %y = arith.truncf %x : f32 to bf16
          hip.tile.yield %y : bf16
        } -> !weights
        %v = hip.gpu.slot %kb[%c0] : !slots
        %sum = hip.gpu.mma <wgmma> %acc, %p, %v : !acc, !weights, !rows
        scf.yield %sum : !acc
      }
      %view = hip.tile.view %o[%c0] to %c1 : memref<1x64xf32> -> !hip.rows<64xf32>
      hip.tile.store %out, %view : !acc, !hip.rows<64xf32>
    } producers(128, registers = 40) {
    }
  }
  return
}
