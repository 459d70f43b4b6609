// RUN: hip-opt %s --hip-to-tile | FileCheck %s
// RUN: hip-opt %s --hip-to-cpu=lanes=8 --mlir-print-ir-after=hip-tile-to-vector -o /dev/null 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: hip-opt %s --hip-to-ptx=chip=sm_80 --mlir-print-ir-after=hip-promote-shared -o /dev/null 2>&1 | FileCheck %s --check-prefix=GPU

// S23: the bits of keys are gathered, and widened for the product.
// CHECK-LABEL: func @attend
// CHECK: hip.tile.kernel
// CHECK: %[[ROWS:.*]] = hip.tile.view %{{.*}} : memref<1x2x?x64xf8E5M2, {{.*}}> -> <64xi8>
// CHECK: %[[SCALE:.*]] = memref.load %{{.*}} : memref<2xf32
// CHECK: %[[BITS:.*]] = hip.tile.gather %[[ROWS]] rows(%{{.*}}) : <64xi8>, <[[N:[0-9]+]]xi32> -> <[[N]]x64xi8>
// CHECK: %[[KEYS:.*]] = hip.tile.map %[[BITS]] : !hip.tile<[[N]]x64xi8> {
// CHECK: ^bb0(%[[X:.*]]: i8):
// CHECK: %[[STORED:.*]] = arith.bitcast %[[X]] : i8 to f8E5M2
// CHECK: %[[WIDE:.*]] = arith.extf %[[STORED]] : f8E5M2 to f32
// CHECK: %[[TIMES:.*]] = arith.mulf %[[WIDE]], %[[SCALE]] : f32
// CHECK: %[[NUMBER:.*]] = arith.truncf %[[TIMES]] : f32 to bf16
// CHECK: hip.tile.yield %[[NUMBER]] : bf16
// CHECK: } -> <[[N]]x64xbf16>
// CHECK: hip.tile.dot %{{.*}}, %{{.*}}, %[[KEYS]] {transpose_b}

// Scratch has the rows one after another, before and after.
// CPU-LABEL: func @attend
// CPU: %[[STORED:.*]] = memref.alloca() {{.*}} : memref<[[N:[0-9][0-9]+]]x64xi8>
// CPU: %[[READ:.*]] = vector.load %{{.*}} : memref<64xf8E5M2, {{.*}}>, vector<8xf8E5M2>
// CPU: %[[BITS:.*]] = arith.bitcast %[[READ]] : vector<8xf8E5M2> to vector<8xi8>
// CPU: vector.store %[[BITS]], %[[STORED]][%{{.*}}] : memref<[[N]]x64xi8>, vector<8xi8>
// CPU: %[[AGAIN:.*]] = arith.bitcast %{{.*}} : vector<8xi8> to vector<8xf8E5M2>
// CPU: arith.extf %[[AGAIN]] : vector<8xf8E5M2> to vector<8xf32>

// Shared memory has the bits, and the numbers that the matrix unit reads.
// GPU-LABEL: func @attend
// GPU: hip.gpu.gather %{{.*}} rows(%{{.*}}), %[[BITS:.*]] : <64xi8>, <[[N:[0-9]+]]xi32, {{.*}}>, <[[N]]x64xi8, {{.*}}>
// GPU: hip.gpu.fill %[[KEYS:.*]] from(%[[BITS]]) : <[[N]]x64xbf16, {{.*}}> from !hip.smem<[[N]]x64xi8, {{.*}}>
// GPU: hip.gpu.mma <mma_sync> %{{.*}}, %{{.*}}, %[[KEYS]] {transpose_b}
func.func @attend(%q: tensor<1x4x128x64xbf16>, %k: tensor<1x2x?x64xf8E5M2>, %s: tensor<2xf32>,
                  %o: tensor<1x4x128x64xbf16>) -> tensor<1x4x128x64xbf16> {
  %keys = hip.kv.contiguous %k as bf16 scales(%s) : tensor<1x2x?x64xf8E5M2>, tensor<2xf32>
  %r = hip.attention ins(%q, %keys, %keys : tensor<1x4x128x64xbf16>, !hip.kv<1x2x?x64xbf16>, !hip.kv<1x2x?x64xbf16>)
    outs(%o : tensor<1x4x128x64xbf16>) policy #hip.dense {causal} -> tensor<1x4x128x64xbf16>
  return %r : tensor<1x4x128x64xbf16>
}
