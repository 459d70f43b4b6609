// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-tile-to-nvvm

func.func @folded(%x: f32) {
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c32, %ny = %c1, %nz = %c1) {
    %t = hip.tile.splat %x {hip.layout = #hip.layout<fragment, row_warps = 1, column_warps = 1>} : !hip.tile<16x16xf32>
    // expected-error @below {{folds axis 1, so that its result is rows, but its layout is line}}
    %m = hip.tile.reduce <max> %t {axis = 1 : i64, hip.layout = #hip.layout<line, row_warps = 1, column_warps = 1>}
      : !hip.tile<16x16xf32> -> !hip.tile<16xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @spread(%x: f32) {
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c32, %ny = %c1, %nz = %c1) {
    %t = hip.tile.splat %x {hip.layout = #hip.layout<fragment, row_warps = 1, column_warps = 1>} : !hip.tile<16x16xf32>
    %v = hip.tile.splat %x {hip.layout = #hip.layout<line, row_warps = 1, column_warps = 1>} : !hip.tile<16xf32>
    // expected-error @below {{cannot read its operand, a '!hip.tile<16xf32>' of layout line}}
    %s = hip.tile.map %t, %v per row : !hip.tile<16x16xf32>, !hip.tile<16xf32> {
    ^bb0(%a: f32, %b: f32):
      hip.tile.yield %b : f32
    } {hip.layout = #hip.layout<fragment, row_warps = 1, column_warps = 1>} -> !hip.tile<16x16xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @warps(%x: f32) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c64, %ny = %c1, %nz = %c1) {
    %t = hip.tile.splat %x {hip.layout = #hip.layout<fragment, row_warps = 1, column_warps = 2>} : !hip.tile<16x16xf32>
    // expected-error @below {{has 2 warps above each other, but its operand, a '!hip.tile<16x16xf32>', has 1}}
    %s = hip.tile.map %t : !hip.tile<16x16xf32> {
    ^bb0(%a: f32):
      hip.tile.yield %a : f32
    } {hip.layout = #hip.layout<fragment, row_warps = 2, column_warps = 1>} -> !hip.tile<16x16xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @vector(%x: f32) {
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c32, %ny = %c1, %nz = %c1) {
    // expected-error @below {{has the layout #hip.layout<fragment, row_warps = 1, column_warps = 1> for '!hip.tile<16xf32>' on 32 threads, which hip-assign-layouts does not give; leave it out and run that}}
    %v = hip.tile.splat %x {hip.layout = #hip.layout<fragment, row_warps = 1, column_warps = 1>} : !hip.tile<16xf32>
    gpu.terminator
  }
  return
}
