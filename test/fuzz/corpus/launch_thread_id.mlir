// hip-opt --hip-outline-cpu-kernels
func.func @full(%a: memref<?xf32>, %x: f32) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %shared = arith.constant 81920 : i32
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%nx = %c64, %ny = %c1, %nz = %c1)
             dynamic_shared_memory_size %shared {
    memref.store %x, %a[%tx] : memref<?xf32>
    gpu.terminator
  }
  return
}
