// RUN: hip-opt %s --verify-roundtrip | FileCheck %s
// RUN: hip-opt %s --mlir-print-op-generic | hip-opt | FileCheck %s
// RUN: hip-opt %s --emit-bytecode | hip-opt | FileCheck %s

// CHECK-LABEL: func @tensors
func.func @tensors(%k: tensor<1x8x?x128xbf16>, %t: tensor<2x?x8x128xf8E5M2>, %rows: tensor<?x8x128xf16>,
                   %offsets: tensor<5xi32>, %pages: tensor<?x16x8x128xf8E4M3FN>, %table: tensor<?x?xi32>,
                   %lengths: tensor<?xi32>, %narrow: tensor<?x8x128xf8E4M3FN>, %scales: tensor<8xf32>) {
  // CHECK: hip.kv.contiguous %{{.*}} : tensor<1x8x?x128xbf16>
  %0 = hip.kv.contiguous %k : tensor<1x8x?x128xbf16>
  // CHECK: %[[T:.*]] = hip.kv.contiguous %{{.*}} layout<bthd> as f16 : tensor<2x?x8x128xf8E5M2>
  %1 = hip.kv.contiguous %t layout<bthd> as f16 : tensor<2x?x8x128xf8E5M2>
  // The layout moves the heads.
  // CHECK: call @bthd(%[[T]]) : (!hip.kv<2x8x?x128xf16>) -> ()
  func.call @bthd(%1) : (!hip.kv<2x8x?x128xf16>) -> ()
  // CHECK: %[[R:.*]] = hip.kv.ragged %{{.*}}[%{{.*}}] : tensor<?x8x128xf16>, tensor<5xi32>
  %2 = hip.kv.ragged %rows[%offsets] : tensor<?x8x128xf16>, tensor<5xi32>
  // One more offset than entries.
  // CHECK: call @ragged(%[[R]]) : (!hip.kv<4x8x?x128xf16>) -> ()
  func.call @ragged(%2) : (!hip.kv<4x8x?x128xf16>) -> ()
  // CHECK: %[[P:.*]] = hip.kv.paged %{{.*}}[%{{.*}}] lengths(%{{.*}}) as bf16 scales(%{{.*}}) : tensor<?x16x8x128xf8E4M3FN>, tensor<?x?xi32>, tensor<?xi32>, tensor<8xf32>
  %3 = hip.kv.paged %pages[%table] lengths(%lengths) as bf16 scales(%scales)
    : tensor<?x16x8x128xf8E4M3FN>, tensor<?x?xi32>, tensor<?xi32>, tensor<8xf32>
  // CHECK: call @paged(%[[P]]) : (!hip.kv<?x8x?x128xbf16>) -> ()
  func.call @paged(%3) : (!hip.kv<?x8x?x128xbf16>) -> ()
  // CHECK: hip.kv.ragged %{{.*}}[%{{.*}}] as f32 scales(%{{.*}}) : tensor<?x8x128xf8E4M3FN>, tensor<5xi32>, tensor<8xf32>
  %4 = hip.kv.ragged %narrow[%offsets] as f32 scales(%scales) : tensor<?x8x128xf8E4M3FN>, tensor<5xi32>, tensor<8xf32>
  return
}
// CHECK-LABEL: func @summaries
func.func @summaries(%kept: tensor<?x4x8x2x128xbf16>, %pages: tensor<?x64x8x128xbf16>, %table: tensor<?x?xi32>,
                     %lengths: tensor<?xi32>, %rows: index) -> tensor<?x4x8x2x128xbf16> {
  // CHECK: %[[S:.*]] = hip.kv.summaries %{{.*}}[%{{.*}}] lengths(%{{.*}}) {box = 16 : i64, page = 64 : i64} : tensor<?x4x8x2x128xbf16>, tensor<?x?xi32>, tensor<?xi32>
  %0 = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 16 : i64, page = 64 : i64}
    : tensor<?x4x8x2x128xbf16>, tensor<?x?xi32>, tensor<?xi32>
  // CHECK: call @view(%[[S]]) : (!hip.kv<?x8x?x2x128xbf16>) -> ()
  func.call @view(%0) : (!hip.kv<?x8x?x2x128xbf16>) -> ()
  %k = hip.kv.paged %pages[%table] lengths(%lengths) : tensor<?x64x8x128xbf16>, tensor<?x?xi32>, tensor<?xi32>
  // CHECK: hip.update_summaries ins(%{{.*}} : !hip.kv<?x8x?x128xbf16>) rows(%{{.*}}) outs(%{{.*}} : tensor<?x4x8x2x128xbf16>) {granule = 16 : i64} -> tensor<?x4x8x2x128xbf16>
  %1 = hip.update_summaries ins(%k : !hip.kv<?x8x?x128xbf16>) rows(%rows)
    outs(%kept : tensor<?x4x8x2x128xbf16>) {granule = 16 : i64} -> tensor<?x4x8x2x128xbf16>
  return %1 : tensor<?x4x8x2x128xbf16>
}
func.func private @view(!hip.kv<?x8x?x2x128xbf16>)
func.func private @bthd(!hip.kv<2x8x?x128xf16>)
func.func private @ragged(!hip.kv<4x8x?x128xf16>)
func.func private @paged(!hip.kv<?x8x?x128xbf16>)

// CHECK-LABEL: func @memrefs
func.func @memrefs(%k: memref<1x?x2x64xf32, strided<[?, ?, ?, 1], offset: ?>>, %rows: memref<?x2x64xf16>,
                   %offsets: memref<?xi32>) {
  // CHECK: hip.kv.contiguous %{{.*}} layout<bthd> : memref<1x?x2x64xf32, strided<[?, ?, ?, 1], offset: ?>>
  %0 = hip.kv.contiguous %k layout<bthd> : memref<1x?x2x64xf32, strided<[?, ?, ?, 1], offset: ?>>
  // CHECK: hip.kv.ragged %{{.*}}[%{{.*}}] : memref<?x2x64xf16>, memref<?xi32>
  %1 = hip.kv.ragged %rows[%offsets] : memref<?x2x64xf16>, memref<?xi32>
  return
}
