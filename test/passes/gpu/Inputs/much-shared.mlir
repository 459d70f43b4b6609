module attributes {gpu.container_module} {
  func.func @host() {
    %c1 = arith.constant 1 : index
    %bytes = arith.constant 200000 : i32
    gpu.launch_func @kernels::@f blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
      dynamic_shared_memory_size %bytes
    return
  }
  gpu.module @kernels {
    llvm.func @f() attributes {gpu.kernel, nvvm.kernel} {
      llvm.return
    }
  }
}
