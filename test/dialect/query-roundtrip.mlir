// RUN: hip-opt %s --verify-roundtrip | FileCheck %s
// RUN: hip-opt %s --emit-bytecode | hip-opt | FileCheck %s

// CHECK-LABEL: func @tensors
func.func @tensors(%q: tensor<1x8x?x64xf16>, %offsets: tensor<5xi32>, %most: index, %k: !hip.kv<4x2x?x64xf16>,
                   %out: tensor<1x8x?x64xf16>, %lse: tensor<1x8x?xf32>, %faults: tensor<4xi32>)
    -> (tensor<1x8x?x64xf16>, tensor<1x8x?xf32>, tensor<4xi32>) {
  // One more offset than entries.
  // CHECK: %[[P:.*]] = hip.query.ragged %{{.*}}[%{{.*}}] most(%{{.*}}) : tensor<1x8x?x64xf16>, tensor<5xi32>
  %p = hip.query.ragged %q[%offsets] most(%most) : tensor<1x8x?x64xf16>, tensor<5xi32>
  // CHECK: hip.attention ins(%[[P]], %{{.*}}, %{{.*}} : !hip.query<4x8x?x64xf16>, !hip.kv<4x2x?x64xf16>, !hip.kv<4x2x?x64xf16>)
  %0:2 = hip.attention ins(%p, %k, %k : !hip.query<4x8x?x64xf16>, !hip.kv<4x2x?x64xf16>, !hip.kv<4x2x?x64xf16>)
    outs(%out, %lse : tensor<1x8x?x64xf16>, tensor<1x8x?xf32>) policy #hip.dense {causal}
    -> tensor<1x8x?x64xf16>, tensor<1x8x?xf32>
  // CHECK: hip.check_keys ins(%[[P]] : !hip.query<4x8x?x64xf16>)
  %1 = hip.check_keys ins(%p : !hip.query<4x8x?x64xf16>) outs(%faults : tensor<4xi32>) -> tensor<4xi32>
  return %0#0, %0#1, %1 : tensor<1x8x?x64xf16>, tensor<1x8x?xf32>, tensor<4xi32>
}

// CHECK-LABEL: func @memrefs
func.func @memrefs(%q: memref<1x8x9x64xf32, strided<[?, ?, ?, 1], offset: ?>>, %offsets: memref<?xi32>, %most: index) {
  // CHECK: hip.query.ragged %{{.*}}[%{{.*}}] most(%{{.*}}) : memref<1x8x9x64xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<?xi32>
  %0 = hip.query.ragged %q[%offsets] most(%most)
    : memref<1x8x9x64xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<?xi32>
  return
}
