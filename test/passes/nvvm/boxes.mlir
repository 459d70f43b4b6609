// RUN: hip-opt %s --hip-gpu-to-nvvm --canonicalize --cse --split-input-file | FileCheck %s

!rows = !hip.smem<64xi32, pitch = 256>
!full = !hip.smem<2xi64, pitch = 16>

// The first thread of the role announces the bytes of all boxes and arrives. Then each lane copies the run whose first
// row is its, the numbers of a swizzle at a time; a run that is nobody's is in no batch entry.
// CHECK-LABEL: func @halves
// CHECK: nvvm.setmaxregister decrease 40
// CHECK: %[[T:.*]] = arith.subi %{{.*}}, %c128
// CHECK: %[[FULL:.*]] = llvm.getelementptr %{{.*}}[16640]
// CHECK: %[[FIRST:.*]] = arith.cmpi ult, %[[T]], %c1
// CHECK-NEXT: scf.if %[[FIRST]] {
// CHECK-NEXT: nvvm.mbarrier.arrive.expect_tx %[[FULL]], %c16384_i32
// CHECK-NEXT: }
// CHECK-NEXT: %[[WARP:.*]] = arith.cmpi ult, %[[T]], %c32
// CHECK-NEXT: scf.if %[[WARP]] {
// CHECK-NEXT: nvvm.bar.warp.sync
// CHECK-NEXT: }
// CHECK: %[[LANES:.*]] = arith.cmpi ult, %[[T]], %c2
// CHECK-NEXT: scf.if %[[LANES]] {
// CHECK-NEXT: %[[START:.*]] = arith.muli %[[T]], %c32
// CHECK: %[[ROW:.*]] = llvm.load %{{.*}} : !llvm.ptr<3> -> i32
// CHECK: %[[LIVE:.*]] = arith.cmpi sge, %[[ROW]], %c0_i32
// CHECK: %[[BATCH:.*]] = arith.select %[[LIVE]], %{{.*}}, %c-1_i32
// CHECK: %[[TO:.*]] = llvm.addrspacecast %{{.*}} : !llvm.ptr<3> to !llvm.ptr<7>
// CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global %[[TO]], %{{.*}}, %[[FULL]], box[%c0_i32, %[[ROW]], %[[HEAD:.*]], %[[BATCH]], %c0_i32]
// The second half of each row is in the next strip, 64 rows of 128 bytes on.
// CHECK: llvm.getelementptr %{{.*}}[8192]
// CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global %{{.*}}, %{{.*}}, %[[FULL]], box[%c0_i32, %[[ROW]], %[[HEAD]], %[[BATCH]], %c1_i32]
// CHECK-NOT: cp.async
!halves = !hip.smem<64x128xbf16, pitch = 256, swizzle = 128, strip = 64>
func.func @halves(%k: memref<?x8x?x128xbf16>, %b: index, %h: index, %i: index) {
  %c1 = arith.constant 1 : index
  %map = hip.tensor_map %k {runs = 32} : memref<?x8x?x128xbf16> to !halves
  hip.tile.kernel grid(%c1) threads(256) (%x) {
    %m = hip.gpu.alloc {offset = 0} : !halves
    %rows = hip.gpu.alloc {offset = 16384} : !rows
    %full = hip.gpu.alloc {offset = 16640} : !full
    hip.gpu.roles consumers(128, registers = 216) {
    } producers(128, registers = 40) {
      hip.gpu.gather_boxes %map[%b, %h] rows(%rows), %m signals %full[%i] {runs = 32} : !rows, !halves, !full
    }
  }
  return
}

// -----

!rows = !hip.smem<64xi32, pitch = 256>
!full = !hip.smem<2xi64, pitch = 16>

// A box of all rows has them whole.
// CHECK-LABEL: func @whole
// CHECK: nvvm.mbarrier.arrive.expect_tx %{{.*}}, %c10240_i32
// CHECK: nvvm.cp.async.bulk.tensor.shared.cluster.global {{.*}} box[%c0_i32, %{{.*}}, %{{.*}}, %{{.*}}, %c0_i32]
// CHECK-NOT: cp.async
!whole = !hip.smem<64x80xbf16, pitch = 160, swizzle = 32, strip = 64>
func.func @whole(%k: memref<?x8x?x80xbf16>, %b: index, %h: index, %i: index) {
  %c1 = arith.constant 1 : index
  %map = hip.tensor_map %k {runs = 64} : memref<?x8x?x80xbf16> to !whole
  hip.tile.kernel grid(%c1) threads(256) (%x) {
    %m = hip.gpu.alloc {offset = 0} : !whole
    %rows = hip.gpu.alloc {offset = 10240} : !rows
    %full = hip.gpu.alloc {offset = 10496} : !full
    hip.gpu.roles consumers(128, registers = 216) {
    } producers(128, registers = 40) {
      hip.gpu.gather_boxes %map[%b, %h] rows(%rows), %m signals %full[%i] {runs = 64} : !rows, !whole, !full
    }
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!weights = !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>

// A wgmma reads strips of all rows: eight rows are an atom of 1024 bytes (64 in a descriptor) from the next eight, 64
// columns 8192 bytes (512) from the next 64.
// CHECK-LABEL: func @strips
// CHECK-DAG: %[[COLUMNS:.*]] = arith.constant 33554432 : i32
// CHECK: llvm.inline_asm {{.*}}mov.b64 right, {low, 1073741888};{{.*}}add.s32 low, $33, 512;
// CHECK: arith.ori %{{.*}}, %[[COLUMNS]]
// CHECK: llvm.inline_asm {{.*}}mov.b64 right, {low, 1073741888};{{.*}}add.s32 low, $80, 128;
!keys = !hip.smem<64x128xbf16, pitch = 256, swizzle = 128, strip = 64>
!values = !hip.smem<64x128xbf16, pitch = 256, swizzle = 128, strip = 64>
!out = !hip.tile<64x128xf32, #hip.mma<row_warps = 4, column_warps = 1>>
func.func @strips(%o: memref<1x128xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    %q = hip.gpu.alloc {offset = 0} : !hip.smem<64x128xbf16, pitch = 256, swizzle = 128>
    %k = hip.gpu.alloc {offset = 16384} : !keys
    %v = hip.gpu.alloc {offset = 32768} : !values
    %acc = hip.tile.splat %x : !acc
    %s = hip.gpu.mma <wgmma> %acc, %q, %k {transpose_b} : !acc, !hip.smem<64x128xbf16, pitch = 256, swizzle = 128>, !keys
    %p = hip.tile.map %s : !acc {
    ^bb0(%wide: f32):
      %narrow = arith.truncf %wide : f32 to bf16
      hip.tile.yield %narrow : bf16
    } -> !weights
    %sum = hip.tile.splat %x : !out
    %u = hip.gpu.mma <wgmma> %sum, %p, %v : !out, !weights, !values
    %view = hip.tile.view %o[%c0] to %c1 : memref<1x128xf32> -> !hip.rows<128xf32>
    hip.tile.store %u, %view : !out, !hip.rows<128xf32>
  }
  return
}
