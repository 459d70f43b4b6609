// hip-opt --hip-to-ptx
func.func @rows(%q: memref<1x1x?x64xbf16>, %o: memref<1x1x?xf32>, %zero: f32, %j: i32) {
  %c0 = arith.constant 63 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 16777216 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %c64 : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %a = hip.tile.load %view : !hip.rows<64xbf16> -> !hip.tile<16777216x64xbf16>
    %rows = hip.tile.splat %j : !hip.tile<32xi32>
    %view1 = hip.tile.view %q[%c0, %c0, %c0] : memref<1x1x?x64xbf16> -> !hip.rows<64xbf16>
    %b = hip.tile.gather %view1 rows(%rows) : !hip.rows<64xbf16>, !hip.tile<32xi32> -> !hip.tile<32x64xbf16>
    %acc = hip.tile.splat %zero : !hip.tile<16777216x32xf32>
    %s = hip.tile.dot %acc, %a, %b {transpose_b}
      : !hip.tile<16777216x32xf32>, !hip.tile<16777216x64xbf16>, !hip.tile<32x64xbf16>
    %m = hip.tile.reduce <max> %s {axis = 1 : i64}
      : !hip.tile<16777216x32xf32> -> !hip.tile<16777216xf32>
    %p = hip.tile.map %s : !hip.tile<16777216x32xf32> {
    ^bb0(%number: f32):
      %narrow = arith.truncf %number : f32 to bf16
      hip.tile.yield %narrow : bf16
    } -> !hip.tile<16777216x32xbf16>
    %view2 = hip.tile.view %o[%c0, %c0, %c0] to %c64 : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view2 : !hip.tile<16777216xf32>, !hip.rows<f32>
  }
  return
}
