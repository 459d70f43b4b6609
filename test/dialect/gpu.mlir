// RUN: hip-opt %s --verify-roundtrip | FileCheck %s
// RUN: hip-opt %s --emit-bytecode | hip-opt | FileCheck %s

// CHECK-LABEL: func private @types
// CHECK-SAME: !hip.smem<32x64xf32, pitch = 272>
// CHECK-SAME: !hip.smem<32x64xbf16, pitch = 128, swizzle = 128, stages = 3>
// CHECK-SAME: !hip.smem<7xi1, pitch = 7>
func.func private @types(!hip.smem<32x64xf32, pitch = 272>,
  !hip.smem<32x64xbf16, pitch = 128, swizzle = 128, stages = 3>, !hip.smem<7xi1, pitch = 7>)

// CHECK-LABEL: func @memory
func.func @memory(%i: index) {
  // CHECK: hip.gpu.alloc : <96xi32, pitch = 384>
  %0 = hip.gpu.alloc : !hip.smem<96xi32, pitch = 384>
  // CHECK: %[[M:.*]] = hip.gpu.alloc {offset = 384 : i64} : <8x8xf32, pitch = 48, stages = 2>
  %1 = hip.gpu.alloc {offset = 384 : i64} : !hip.smem<8x8xf32, pitch = 48, stages = 2>
  // CHECK: %[[S:.*]] = hip.gpu.slot %[[M]][%{{.*}}] : <8x8xf32, pitch = 48, stages = 2>
  %2 = hip.gpu.slot %1[%i] : !hip.smem<8x8xf32, pitch = 48, stages = 2>
  // CHECK: %[[T:.*]] = hip.gpu.local_load %[[S]] : <8x8xf32, pitch = 48> -> <8x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  %3 = hip.gpu.local_load %2 : !hip.smem<8x8xf32, pitch = 48> -> !hip.tile<8x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  // CHECK: hip.gpu.local_store %[[T]], %[[S]] : <8x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, <8x8xf32, pitch = 48>
  hip.gpu.local_store %3, %2 : !hip.tile<8x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<8x8xf32, pitch = 48>
  return
}

// CHECK-LABEL: func @copies
func.func @copies(%q: memref<1x8x?x64xbf16>, %k: !hip.kv<1x2x?x64xbf16>, %r: !hip.smem<16xi32, pitch = 64>,
                  %m: !hip.smem<16x64xbf16, pitch = 144>, %i: index) {
  // CHECK: hip.gpu.copy %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] limit %{{.*}}, %{{.*}} {async, heads = 4 : i64, repeat} : memref<1x8x?x64xbf16>, <16x64xbf16, pitch = 144>
  hip.gpu.copy %q[%i, %i, %i] limit %i, %m {async, heads = 4 : i64, repeat}
    : memref<1x8x?x64xbf16>, !hip.smem<16x64xbf16, pitch = 144>
  // CHECK: hip.gpu.gather %{{.*}}[%{{.*}}, %{{.*}}] rows(%{{.*}}), %{{.*}} {async} : !hip.kv<1x2x?x64xbf16>, <16xi32, pitch = 64>, <16x64xbf16, pitch = 144>
  hip.gpu.gather %k[%i, %i] rows(%r), %m {async}
    : !hip.kv<1x2x?x64xbf16>, !hip.smem<16xi32, pitch = 64>, !hip.smem<16x64xbf16, pitch = 144>
  // CHECK: hip.gpu.commit
  hip.gpu.commit
  // CHECK: hip.gpu.wait {pending = 1 : i64}
  hip.gpu.wait {pending = 1 : i64}
  return
}

// CHECK-LABEL: func @compute
func.func @compute(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %b: !hip.smem<16x16xbf16, pitch = 48>,
                   %m: !hip.smem<1x16xf32, pitch = 64>, %z: i1) {
  // CHECK: %[[S:.*]] = hip.gpu.mma <mma_sync> %{{.*}}, %{{.*}}, %{{.*}} skip_zero(%{{.*}}) : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, <16x16xbf16, pitch = 48>
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b skip_zero(%z)
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>
  // CHECK: hip.gpu.mma <fma> %[[S]], %{{.*}}, %{{.*}} {transpose_b} : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>, <16x16xbf16, pitch = 48>
  %1 = hip.gpu.mma <fma> %0, %b, %b {transpose_b}
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>, !hip.smem<16x16xbf16, pitch = 48>
  // CHECK: hip.gpu.reduce <sum> %{{.*}} scratch(%{{.*}}) : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, <1x16xf32, pitch = 64> -> <16xf32, #hip.threads<32>>
  %2 = hip.gpu.reduce <sum> %1 scratch(%m)
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<1x16xf32, pitch = 64> -> !hip.tile<16xf32, #hip.threads<32>>
  return
}
