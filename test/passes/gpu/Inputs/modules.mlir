module attributes {gpu.container_module} {
  func.func @host(%n: i64) {
    %c1 = arith.constant 1 : index
    gpu.launch_func @f::@f blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%n : i64)
    gpu.launch_func @g::@g blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%n : i64)
    return
  }
  gpu.module @f {
    llvm.mlir.global external @shared() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>
    llvm.func @f(%n: i64) attributes {gpu.kernel, nvvm.kernel} {
      %zero = llvm.mlir.constant(0 : i64) : i64
      %one = llvm.mlir.constant(1 : i64) : i64
      %p = llvm.mlir.addressof @shared : !llvm.ptr<3>
      llvm.br ^loop(%zero : i64)
    ^loop(%i: i64):
      %at = llvm.getelementptr %p[%i] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i64
      llvm.store volatile %i, %at : i64, !llvm.ptr<3>
      %next = llvm.add %i, %one : i64
      %more = llvm.icmp "slt" %next, %n : i64
      llvm.cond_br %more, ^loop(%next : i64), ^end
    ^end:
      llvm.return
    }
  }
  gpu.module @g attributes {hip.shared_alignment = 1024 : i64} {
    llvm.mlir.global external @shared() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<0 x i8>
    llvm.func @g(%n: i64) attributes {gpu.kernel, nvvm.kernel} {
      %zero = llvm.mlir.constant(0 : i64) : i64
      %one = llvm.mlir.constant(1 : i64) : i64
      %p = llvm.mlir.addressof @shared : !llvm.ptr<3>
      llvm.br ^loop(%zero : i64)
    ^loop(%i: i64):
      %at = llvm.getelementptr %p[%i] : (!llvm.ptr<3>, i64) -> !llvm.ptr<3>, i64
      llvm.store volatile %i, %at : i64, !llvm.ptr<3>
      %next = llvm.add %i, %one : i64
      %more = llvm.icmp "slt" %next, %n : i64
      llvm.cond_br %more, ^loop(%next : i64), ^end
    ^end:
      llvm.return
    }
  }
}
