// hip-opt --hip-emit-ptx
module attributes {gpu.container_module} {
  func.func @host(%arg0: i64) {
    %c1 = arith.constant 1 : index
    gpu.launch_func  @f::@f blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)  args(%arg0 : i64)
    gpu.launch_func  @g::@g blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)  args(%arg0 : i64)
    return
  }
  gpu.module @f {
    llvm.mlir.global external @shared() {addr_space = 128 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>
    llvm.func @f(%arg0: i64) attributes {gpu.kernel, nvvm.kernel} {
      %0 = llvm.mlir.constant(0 : i64) : i64
      %1 = llvm.mlir.constant(1 : i64) : i64
      %2 = llvm.mlir.addressof @shared : !llvm.ptr<128>
      llvm.br ^bb1(%0 : i64)
    ^bb1(%128: i64):  // 2 preds: ^bb0, ^bb1
      %4 = llvm.getelementptr %2[%128] : (!llvm.ptr<128>, i64) -> !llvm.ptr<128>, i64
      llvm.store volatile %128, %4 : i64, !llvm.ptr<128>
      %5 = llvm.add %128, %1 : i64
      %6 = llvm.icmp "slt" %5, %arg0 : i64
      llvm.cond_br %6, ^bb1(%5 : i64), ^bb2
    ^bb2:  // pred: ^bb1
      llvm.return
    }
  }
  gpu.module @g {
    llvm.mlir.global external @shared() {addr_space = 128 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>
    llvm.func @g(%arg0: i64) attributes {gpu.kernel, nvvm.kernel} {
      %0 = llvm.mlir.constant(0 : i64) : i64
      %1 = llvm.mlir.constant(1 : i64) : i64
      %2 = llvm.mlir.addressof @shared : !llvm.ptr<128>
      llvm.br ^bb1(%0 : i64)
    ^bb1(%128: i64):  // 2 preds: ^bb0, ^bb1
      %4 = llvm.getelementptr %2[%128] : (!llvm.ptr<128>, i64) -> !llvm.ptr<128>, i64
      llvm.store volatile %128, %4 : i64, !llvm.ptr<128>
      %5 = llvm.add %128, %1 : i64
      %6 = llvm.icmp "slt" %5, %arg0 : i64
      llvm.cond_br %6, ^bb1(%5 : i64), ^bb2
    ^bb2:  // pred: ^bb1
      llvm.return
    }
  }
}


