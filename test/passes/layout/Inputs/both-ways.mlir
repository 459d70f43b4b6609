func.func @folds(%x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %t = hip.tile.splat %x : !hip.tile<16x16xf32>
    %rows = hip.tile.reduce <max> %t {axis = 1 : i64} : !hip.tile<16x16xf32> -> !hip.tile<16xf32>
    %columns = hip.tile.reduce <max> %t {axis = 0 : i64} : !hip.tile<16x16xf32> -> !hip.tile<16xf32>
    %sum = hip.tile.map %rows, %columns : !hip.tile<16xf32>, !hip.tile<16xf32> {
    ^bb0(%a: f32, %b: f32):
      %c = arith.addf %a, %b : f32
      hip.tile.yield %c : f32
    } -> !hip.tile<16xf32>
  }
  return
}
