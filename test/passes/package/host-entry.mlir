// RUN: hip-opt %s --hip-host-entry --split-input-file --verify-diagnostics | FileCheck %s

// One result: its descriptor goes to the slot after the inputs.
// CHECK-LABEL: llvm.func @hipc_f(%{{.*}}: !llvm.ptr) -> i32
// CHECK: %[[R:.*]] = llvm.alloca
// CHECK: llvm.call @_mlir_ciface_f(%[[R]], %{{.*}})
// CHECK: %[[D:.*]] = llvm.load %[[R]]
// CHECK: llvm.store %[[D]]
llvm.func @f(%arg0: !llvm.ptr) -> !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)> {
  %0 = llvm.load %arg0 : !llvm.ptr -> !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
  llvm.return %0 : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
}
llvm.func @_mlir_ciface_f(%out: !llvm.ptr, %arg0: !llvm.ptr) {
  llvm.return
}

// -----

// expected-error @below {{returns 'i64'; an entry returns tensors or memrefs only}}
llvm.func @g() -> i64 {
  %0 = llvm.mlir.constant(1 : i64) : i64
  llvm.return %0 : i64
}
llvm.func @_mlir_ciface_g() -> i64 {
  %0 = llvm.mlir.constant(1 : i64) : i64
  llvm.return %0 : i64
}

// -----

// A number by value.
// CHECK-LABEL: llvm.func @hipc_h(%{{.*}}: !llvm.ptr) -> i32
// CHECK: %[[S:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK: %[[X:.*]] = llvm.load %[[S]] : !llvm.ptr -> f32
// CHECK: llvm.call @_mlir_ciface_h(%[[X]]) : (f32) -> ()
llvm.func @h(%arg0: f32) {
  llvm.return
}
llvm.func @_mlir_ciface_h(%arg0: f32) {
  llvm.return
}
