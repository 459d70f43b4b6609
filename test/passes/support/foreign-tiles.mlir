// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-tile-to-vector
// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-assign-layouts
// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-promote-shared

// Tiles where no lowering looks for them.

func.func @outside(%x: f32) {
  // expected-error @below {{'hip.tile.splat' op is not in a kernel; put it into a hip.tile.kernel}}
  %0 = hip.tile.splat %x : !hip.tile<4x4xf32>
  return
}

// -----

func.func @argument(%t: !hip.tile<16xf32>, %o: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %view = hip.tile.view %o[%c0] to %c1 : memref<16xf32> -> !hip.rows<f32>
    // expected-error @below {{'hip.tile.store' op takes a tile from outside of its kernel; make it inside}}
    hip.tile.store %t, %view : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}

// -----

func.func @branch(%x: f32, %c: i1, %o: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %t = hip.tile.splat %x : !hip.tile<16xf32>
    %u = scf.if %c -> !hip.tile<16xf32> {
      // expected-error @below {{'scf.yield' op takes or gives a tile, but is no tile op}}
      scf.yield %t : !hip.tile<16xf32>
    } else {
      scf.yield %t : !hip.tile<16xf32>
    }
    %view = hip.tile.view %o[%c0] to %c1 : memref<16xf32> -> !hip.rows<f32>
    hip.tile.store %u, %view : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}

// -----

func.func @narrow_loop(%x: f32, %n: i32) {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    // expected-error @below {{'scf.for' op is around tile ops, so it counts in index}}
    scf.for %i = %zero to %n step %one : i32 {
      %t = hip.tile.splat %x : !hip.tile<16xf32>
    }
  }
  return
}

// -----

func.func @view_outside(%x: f32, %o: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'hip.tile.view' op is not in a kernel; put it into a hip.tile.kernel}}
  %view = hip.tile.view %o[%c0] : memref<16xf32> -> !hip.rows<f32>
  return
}

// -----

func.func @rows_from_outside(%x: f32, %rows: !hip.rows<f32>) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %t = hip.tile.splat %x : !hip.tile<16xf32>
    // expected-error @below {{'hip.tile.store' op takes rows that are not of a hip.tile.view in its kernel; make the view there, where rows are moved}}
    hip.tile.store %t, %rows : !hip.tile<16xf32>, !hip.rows<f32>
  }
  return
}

// -----

func.func @carried_rows(%x: f32, %o: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%bx) {
    %view = hip.tile.view %o[%c0] : memref<16xf32> -> !hip.rows<f32>
    %last = scf.for %i = %c0 to %c1 step %c1 iter_args(%rows = %view) -> (!hip.rows<f32>) {
      // expected-error @below {{'scf.yield' op takes rows that are not of a hip.tile.view in its kernel}}
      scf.yield %rows : !hip.rows<f32>
    }
  }
  return
}
