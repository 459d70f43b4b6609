gpu.module @kernels {
  llvm.func @f() attributes {gpu.kernel, nvvm.kernel} {
    llvm.return
  }
  llvm.func @g() attributes {gpu.kernel, nvvm.kernel} {
    llvm.return
  }
}
