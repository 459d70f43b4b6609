// RUN: hip-opt %s --hip-gpu-to-nvvm=chip=sm_80 --split-input-file --verify-diagnostics

func.func @roles() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(384) (%bx) {
    // expected-error @below {{needs sm_90a or newer, but the chip is sm_80; take producers = 0 in #hip.schedule}}
    hip.gpu.roles consumers(256, registers = 232) {
      hip.gpu.take_turn
    } producers(128, registers = 40) {
    }
  }
  return
}

// -----

!m = !hip.smem<2xi64, pitch = 16>

func.func @mbarrier() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    %m = hip.gpu.alloc {offset = 0} : !m
    // expected-error @below {{needs sm_90a or newer, but the chip is sm_80}}
    hip.gpu.mbarrier_init %m {arrivals = 128} : !m
  }
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!q = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!k = !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>

func.func @wgmma(%o: memref<1x32xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    %q = hip.gpu.alloc {offset = 0} : !q
    %k = hip.gpu.alloc {offset = 8192} : !k
    %acc = hip.tile.splat %x : !acc
    // expected-error @below {{multiplies by wgmma, which sm_80 does not have; take unit = mma_sync in #hip.schedule}}
    %s = hip.gpu.mma <wgmma> %acc, %q, %k {transpose_b} : !acc, !q, !k
    %view = hip.tile.view %o[%c0] to %c1 : memref<1x32xf32> -> !hip.rows<32xf32>
    hip.tile.store %s, %view : !acc, !hip.rows<32xf32>
  }
  return
}

// -----

func.func @cluster() {
  %c1 = arith.constant 1 : index
  // expected-error @below {{is for a cluster of 4 thread blocks, which need sm_90a or newer, but the chip is sm_80; leave cluster out}}
  hip.tile.kernel grid(%c1) threads(128) cluster(4) (%bx) {
    %m = hip.gpu.alloc {offset = 0} : !hip.smem<2xi64, pitch = 16>
  }
  return
}

// -----

func.func @overlap() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    // expected-error @below {{is of launches that overlap, which need sm_90a or newer, but the chip is sm_80; leave hip-overlap-launches out}}
    hip.gpu.await_grids
  }
  return
}
