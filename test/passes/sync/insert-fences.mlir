// RUN: hip-opt %s --split-input-file --hip-insert-fences | FileCheck %s

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!weights = !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// What threads write a wgmma sees after a fence, the next one too; what copies write, after they are waited for. One by
// mma.sync sees it without.
// CHECK-LABEL: func @once
// CHECK: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.mma <mma_sync>
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK-NEXT: hip.gpu.copy
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK-NEXT: hip.gpu.wait
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK-NEXT: }
func.func @once(%acc: !acc, %w: !weights, %k: memref<1x64xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %rows = hip.tile.view %k[%c0] to %c1 : memref<1x64xbf16> -> !hip.rows<64xbf16>
    %m = hip.gpu.alloc {offset = 0} : !matrix
    hip.gpu.local_store %w, %m : !weights, !matrix
    gpu.barrier
    %a = hip.gpu.mma <mma_sync> %acc, %m, %m : !acc, !matrix, !matrix
    %b = hip.gpu.mma <wgmma> %a, %m, %m : !acc, !matrix, !matrix
    %c = hip.gpu.mma <wgmma> %b, %w, %m : !acc, !weights, !matrix
    hip.gpu.copy %rows, %m {async} : !hip.rows<64xbf16>, !matrix
    %d = hip.gpu.mma <wgmma> %c, %w, %m : !acc, !weights, !matrix
    hip.gpu.wait {pending = 0}
    %e = hip.gpu.mma <wgmma> %d, %w, %m : !acc, !weights, !matrix
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!weights = !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// One that is there is not made again, nor one for nothing.
// CHECK-LABEL: func @there
// CHECK-NOT: hip.gpu.fence
// CHECK: hip.gpu.mma <wgmma>
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: }
func.func @there(%acc: !acc, %w: !weights) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %m = hip.gpu.alloc {offset = 0} : !matrix
    %a = hip.gpu.mma <wgmma> %acc, %w, %m : !acc, !weights, !matrix
    hip.gpu.local_store %w, %m : !weights, !matrix
    hip.gpu.fence
    %b = hip.gpu.mma <wgmma> %a, %w, %m : !acc, !weights, !matrix
    hip.gpu.local_store %w, %m : !weights, !matrix
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!weights = !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// A write in one branch is fenced after both, one before them in each. A fence in a branch is none for who takes the
// other one.
// CHECK-LABEL: func @branches
// CHECK: scf.if
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: }
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: scf.if {{.*}} {
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK: } else {
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK: hip.gpu.local_store
// CHECK-NEXT: scf.if {{.*}} {
// CHECK-NEXT: hip.gpu.fence
// CHECK: }
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
func.func @branches(%acc: !acc, %w: !weights, %some: i1) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %m = hip.gpu.alloc {offset = 0} : !matrix
    scf.if %some {
      hip.gpu.local_store %w, %m : !weights, !matrix
    }
    %a = hip.gpu.mma <wgmma> %acc, %w, %m : !acc, !weights, !matrix
    hip.gpu.local_store %w, %m : !weights, !matrix
    %b = scf.if %some -> (!acc) {
      %c = hip.gpu.mma <wgmma> %a, %w, %m : !acc, !weights, !matrix
      scf.yield %c : !acc
    } else {
      %d = hip.gpu.mma <wgmma> %a, %w, %m : !acc, !weights, !matrix
      scf.yield %d : !acc
    }
    hip.gpu.local_store %w, %m : !weights, !matrix
    scf.if %some {
      hip.gpu.fence
    }
    %e = hip.gpu.mma <wgmma> %b, %w, %m : !acc, !weights, !matrix
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!weights = !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// A write at the end of an iteration is fenced in the next one. A loop that writes nothing has a fence only for what
// was written before it.
// CHECK-LABEL: func @loops
// CHECK: scf.for
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK-NEXT: hip.gpu.local_store
// CHECK: }
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK-NEXT: scf.for
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK-NOT: hip.gpu.fence
// CHECK: }
func.func @loops(%acc: !acc, %w: !weights) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %m = hip.gpu.alloc {offset = 0} : !matrix
    %a = scf.for %i = %c0 to %x step %c1 iter_args(%in = %acc) -> (!acc) {
      %b = hip.gpu.mma <wgmma> %in, %w, %m : !acc, !weights, !matrix
      hip.gpu.local_store %w, %m : !weights, !matrix
      scf.yield %b : !acc
    }
    %c = hip.gpu.mma <wgmma> %a, %w, %m : !acc, !weights, !matrix
    %d = scf.for %i = %c0 to %x step %c1 iter_args(%in = %c) -> (!acc) {
      %e = hip.gpu.mma <wgmma> %in, %w, %m : !acc, !weights, !matrix
      scf.yield %e : !acc
    }
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!weights = !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!full = !hip.smem<2xi64, pitch = 16>

// Consumers fence what an mbarrier says is full, not producers what they write.
// CHECK-LABEL: func @roles
// CHECK: hip.gpu.roles
// CHECK-NEXT: hip.gpu.await
// CHECK-NEXT: hip.gpu.fence
// CHECK-NEXT: hip.gpu.mma <wgmma>
// CHECK: producers
// CHECK-NOT: hip.gpu.fence
// CHECK: }
func.func @roles(%acc: !acc, %w: !weights, %k: memref<1x64xbf16>, %rows: !hip.smem<64xi32, pitch = 256>, %phase: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(256) (%x) {
    %m = hip.gpu.alloc {offset = 0} : !matrix
    %full = hip.gpu.alloc {offset = 8192} : !full
    hip.gpu.roles consumers(128, registers = 240) {
      hip.gpu.await %full[%c0], %phase : !full
      %a = hip.gpu.mma <wgmma> %acc, %w, %m : !acc, !weights, !matrix
    } producers(128, registers = 40) {
      %view = hip.tile.view %k[%c0] to %c1 : memref<1x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.copy %view, %m {async} : !hip.rows<64xbf16>, !matrix
      hip.gpu.arrive %full[%c0] {copies} : !full
    }
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!weights = !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>
!rows = !hip.smem<64xi32, pitch = 256>
!full = !hip.smem<2xi64, pitch = 16>

// TMA writes where wgmma reads: in one proxy.
// CHECK-LABEL: func @boxes
// CHECK-NOT: hip.gpu.fence
// CHECK: return
func.func @boxes(%acc: !acc, %w: !weights, %map: !hip.tensor_map, %phase: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(256) (%x) {
    %m = hip.gpu.alloc {offset = 0} : !matrix
    %rows = hip.gpu.alloc {offset = 8192} : !rows
    %full = hip.gpu.alloc {offset = 8448} : !full
    hip.gpu.roles consumers(128, registers = 240) {
      hip.gpu.await %full[%c0], %phase : !full
      %a = hip.gpu.mma <wgmma> %acc, %w, %m : !acc, !weights, !matrix
    } producers(128, registers = 40) {
      hip.gpu.gather_boxes %map[%c0, %c0] rows(%rows), %m signals %full[%c0] {runs = 64} : !rows, !matrix, !full
    }
  }
  return
}
