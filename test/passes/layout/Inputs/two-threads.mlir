func.func @two(%x: f32, %o: memref<1x1x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  hip.tile.kernel grid(%c1) threads(2) (%bx) {
    %t = hip.tile.splat %x : !hip.tile<8xf32>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c2 : memref<1x1x8xf32> -> !hip.rows<f32>
    hip.tile.store %t, %view : !hip.tile<8xf32>, !hip.rows<f32>
  }
  return
}
