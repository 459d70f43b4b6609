func.func @two(%x: f32, %o: memref<1x1x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c2, %ny = %c1, %nz = %c1) {
    %t = hip.tile.splat %x : !hip.tile<8xf32>
    hip.tile.store %t, %o[%c0, %c0, %c0] limit %c2 : !hip.tile<8xf32>, memref<1x1x8xf32>
    gpu.terminator
  }
  return
}
