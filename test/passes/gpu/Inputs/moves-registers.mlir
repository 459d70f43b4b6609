gpu.module @kernels {
  llvm.func @f() attributes {gpu.kernel, nvvm.kernel} {
    nvvm.setmaxregister increase 232
    llvm.return
  }
}
