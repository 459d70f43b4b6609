// hip-opt --hip-outline-cpu-kernels
func.func @full(%a: memref<?xf32>, %x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) shared(81920) (%bx) {
    %tx = gpu.thread_id x
    memref.store %x, %a[%tx] : memref<?xf32>
  }
  return
}
