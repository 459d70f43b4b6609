gpu.module @kernels {
  llvm.func @f(%x: i64, %p: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
    %0 = llvm.zext %x : i64 to i128
    %1 = llvm.uitofp %0 : i128 to f32
    llvm.store %1, %p : f32, !llvm.ptr<1>
    llvm.return
  }
}
