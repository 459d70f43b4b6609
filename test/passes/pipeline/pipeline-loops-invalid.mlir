// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-pipeline-loops

// What the loop carries is known an iteration at a time.
func.func @carried(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %init = hip.tile.splat %first : !hip.tile<32xi32, #hip.threads<32>>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %last = scf.for %i = %c0 to %n step %c1 iter_args(%rows = %init) -> (!hip.tile<32xi32, #hip.threads<32>>) {
      // expected-error @below {{'hip.tile.map' op is in stage 0 and uses a value that the loop carries, which is not known iterations ahead; only stage 2 may}}
      %next = hip.tile.map %rows : !hip.tile<32xi32, #hip.threads<32>> {
      ^bb0(%row: i32):
        %twice = arith.addi %row, %row : i32
        hip.tile.yield %twice : i32
      } {hip.stage = 0 : i64} -> !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %next, %km {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
      scf.yield %rows : !hip.tile<32xi32, #hip.threads<32>>
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

// A value is there before what uses it.
func.func @later(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %row = arith.index_cast %i {hip.stage = 2 : i64} : index to i32
      // expected-error @below {{'hip.tile.splat' op is in stage 0 and uses what an op in stage 2 makes; a value is made in the same stage or before}}
      %places = hip.tile.splat %row {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

// A thread does not keep numbers of several iterations.
func.func @registers(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
      // expected-error @below {{'hip.tile.any' op is in stage 2 and uses a tile in registers of stage 0; it goes through shared memory}}
      %some = hip.tile.any %places : !hip.tile<32xi32, #hip.threads<32>> {
      ^bb0(%row: i32):
        %is = arith.cmpi eq, %row, %first : i32
        hip.tile.yield %is : i1
      } {hip.stage = 2 : i64}
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

// Each op of the body has a stage.
func.func @missing(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      // expected-error @below {{'hip.gpu.gather' op has no 'hip.stage', which each op of a loop with 'hip.stages' has}}
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

// There is something to copy.
func.func @none(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    // expected-error @below {{has stages, but no hip.gpu.gather in its body to copy ahead; take the stages off}}
    scf.for %i = %c0 to %n step %c1 {
      %row = arith.index_cast %i {hip.stage = 2 : i64} : index to i32
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

// Loops around tiles count in index.
func.func @counter(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %i1 = arith.constant 1 : i32
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    // expected-error @below {{has stages and does not count in index; cast what its body counts with}}
    scf.for %i = %first to %n step %i1 : i32 {
      %places = hip.tile.splat %i {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

// Copies are the second stage.
func.func @gather(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      // expected-error @below {{'hip.gpu.gather' op copies rows in stage 2; that is stage 1}}
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 2 : i64}
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

// Numbers are the first.
func.func @numbers(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>
      // expected-error @below {{'hip.gpu.local_store' op writes numbers of rows in stage 1; that is stage 0}}
      hip.gpu.local_store %places, %km {hip.stage = 1 : i64} : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

// Memory that has stages has another owner.
func.func @stages(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %all = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128, stages = 2>
    %km = hip.gpu.slot %all[%c0] : !hip.smem<32xi32, pitch = 128, stages = 2>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>
      // expected-error @below {{'hip.gpu.local_store' op writes memory that cannot be given stages; write a whole hip.gpu.alloc of one stage}}
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

// Matrices are not made twice.
func.func @matrix(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>
      // expected-error @below {{'hip.tile.splat' op makes a matrix in stage 1; matrices are of stage 2}}
      %s = hip.tile.splat %first {hip.stage = 1 : i64} : !hip.tile<16x16xi32, #hip.mma<row_warps = 1, column_warps = 1>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    } {hip.stages = 2 : i64}
  }
  return
}
