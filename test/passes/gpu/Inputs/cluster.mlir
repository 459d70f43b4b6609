gpu.module @kernels {
  llvm.func @f() attributes {gpu.kernel, nvvm.kernel} {
    nvvm.cluster.arrive
    llvm.return
  }
}
