// RUN: hip-opt %s --hip-cpu-allocations | FileCheck %s

// Bytes are multiplied with a look at what does not fit; the memory is the runtime's.
// CHECK: func.func private @hipc_cpu_free(!llvm.ptr)
// CHECK: func.func private @hipc_cpu_alloc(i64) -> (!llvm.ptr {llvm.noalias})
// CHECK-LABEL: func @f
// CHECK: %[[A:.*]] = "llvm.intr.umul.with.overflow"(%c4_i64, %{{.*}})
// CHECK: "llvm.intr.umul.with.overflow"
// CHECK: %[[BYTES:.*]] = arith.select %{{.*}}, %c-1_i64, %{{.*}} : i64
// CHECK: %[[P:.*]] = call @hipc_cpu_alloc(%[[BYTES]])
// CHECK: llvm.insertvalue %[[P]]
// CHECK: memref.store
// CHECK: call @hipc_cpu_free
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.dealloc
func.func @f(%n: index, %x: f32) {
  %m = memref.alloc(%n) {alignment = 64 : i64} : memref<?x8xf32>
  %c0 = arith.constant 0 : index
  memref.store %x, %m[%c0, %c0] : memref<?x8xf32>
  memref.dealloc %m : memref<?x8xf32>
  return
}
