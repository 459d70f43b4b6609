gpu.module @kernels {
  llvm.func @"my-kernel"() attributes {gpu.kernel, nvvm.kernel} {
    llvm.return
  }
}
