// hip-opt --hip-outline-cpu-kernels
module {
  func.func @tensor(%arg0: memref<4xf32, strided<[?], offset: ?>>, %arg1: memref<?xf32>) {
    %c1 = arith.constant 1 : index
    gpu.launch blocks(%arg2, %arg3, %arg4) in (%arg8 = %c1, %arg9 = %c1, %arg10 = %c1) threads(%arg5, %arg6, %arg7) in (%arg11 = %c1, %arg12 = %c1, %arg13 = %c1) {
      %0 = memref.load %arg0[%arg8] : memref<4xf32, strided<[?], offset: ?>>
      gpu.terminator
    }
    return
  }
}
