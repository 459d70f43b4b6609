// RUN: hip-opt %s --hip-emit-ptx > %t
// RUN: FileCheck %s --input-file=%t
// RUN: hip-opt %s --hip-emit-ptx=opt-level=1 | FileCheck %s

// ptxas takes 2^32 too much where the upper half of a product is extended and a number of 64 bits is subtracted from it.
// CHECK: .visible .entry from_quotient(
// CHECK-NOT: mul.hi.u32
// CHECK-SAME: { .reg .b32 low; .reg .b64 product; mul.wide.u32 product, [[A:%r[0-9]+]], 1431655766; mov.b64 {low, [[Q:%r[0-9]+]]}, product; }
// CHECK-SAME: cvt.u64.u32 \09%rd{{[0-9]+}}, [[Q]];
// CHECK-SAME: sub.s64

// What is added, what is not extended and what is subtracted itself is right.
// CHECK-SAME: .visible .entry others(
// CHECK-NOT: mul.wide.u32 product
// CHECK-SAME: mul.hi.u32
// CHECK-SAME: ret;
gpu.module @a {
  llvm.func @from_quotient(%x: i32, %y: i64, %p: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
    %three = llvm.mlir.constant(3 : i32) : i32
    %mask = llvm.mlir.constant(2147483647 : i32) : i32
    %n = llvm.and %x, %mask : i32
    %q = llvm.udiv %n, %three : i32
    %wide = llvm.zext %q : i32 to i64
    %r = llvm.sub %wide, %y : i64
    llvm.store %r, %p : i64, !llvm.ptr<1>
    llvm.return
  }
}
gpu.module @b {
  llvm.func @others(%x: i32, %y: i64, %p: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
    %three = llvm.mlir.constant(3 : i32) : i32
    %mask = llvm.mlir.constant(2147483647 : i32) : i32
    %n = llvm.and %x, %mask : i32
    %q = llvm.udiv %n, %three : i32
    %wide = llvm.zext %q : i32 to i64
    %r = llvm.add %wide, %y : i64
    llvm.store volatile %r, %p : i64, !llvm.ptr<1>
    %s = llvm.sub %y, %wide : i64
    llvm.store volatile %s, %p : i64, !llvm.ptr<1>
    llvm.store volatile %q, %p : i32, !llvm.ptr<1>
    llvm.return
  }
}
