// RUN: hip-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:   | FileCheck %s

// A view reads its storage where it is used: what is written before that goes
// elsewhere, or the view gets a copy.
// CHECK-LABEL: func @written_under_view
// CHECK-SAME: %[[Q:[a-z0-9]+]]: memref<1x8x64x64xf16>, %[[K:[a-z0-9]+]]: memref<1x2x64x64xf16>
// CHECK: %[[COPY:.*]] = memref.alloc()
// CHECK: memref.copy %[[K]], %[[COPY]]
// CHECK: %[[V:.*]] = hip.kv.contiguous %[[COPY]]
// CHECK: memref.store %{{.*}}, %[[K]]
// CHECK: hip.attention ins(%[[Q]], %[[V]], %[[V]]
func.func @written_under_view(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %o: tensor<1x8x64x64xf16>, %x: f16, %i: index) -> (tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>) {
  %v = hip.kv.contiguous %k : tensor<1x2x64x64xf16>
  %k2 = tensor.insert %x into %k[%i, %i, %i, %i] : tensor<1x2x64x64xf16>
  %0 = hip.attention ins(%q, %v, %v : tensor<1x8x64x64xf16>, !hip.kv<1x2x64x64xf16>, !hip.kv<1x2x64x64xf16>) outs(%o : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return %0, %k2 : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>
}

// An op that writes what its view reads.
// CHECK-LABEL: func @out_is_storage
// CHECK: %[[COPY:.*]] = memref.alloc()
// CHECK: %[[V:.*]] = hip.kv.contiguous %[[COPY]]
// CHECK: hip.attention ins(%{{.*}}, %[[V]], %[[V]]
func.func @out_is_storage(%q: tensor<1x2x64x64xf16>, %k: tensor<1x2x64x64xf16>) -> tensor<1x2x64x64xf16> {
  %v = hip.kv.contiguous %k : tensor<1x2x64x64xf16>
  %0 = hip.attention ins(%q, %v, %v : tensor<1x2x64x64xf16>, !hip.kv<1x2x64x64xf16>, !hip.kv<1x2x64x64xf16>) outs(%k : tensor<1x2x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x2x64x64xf16>
  return %0 : tensor<1x2x64x64xf16>
}

// The query is read while the output is written.
// CHECK-LABEL: func @out_is_query
// CHECK-SAME: (%[[Q:[a-z0-9]+]]:
// CHECK: %[[O:.*]] = memref.alloc()
// CHECK-NOT: memref.copy
// CHECK: hip.attention ins(%[[Q]], {{.*}} outs(%[[O]] :
func.func @out_is_query(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) -> tensor<1x8x64x64xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>) outs(%q : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}
