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
func.func @copies(%q: memref<1x8x?x64xbf16>, %k: memref<1x2x?x64xbf16>, %r: !hip.smem<16xi32, pitch = 64>,
                  %m: !hip.smem<16x64xbf16, pitch = 144>, %i: index) {
  // CHECK: %[[Q:.*]] = hip.tile.view %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] rows (d0) -> (0, d0 mod 4, d0 floordiv 4) to %{{.*}} : memref<1x8x?x64xbf16> -> <64xbf16>
  // CHECK: hip.gpu.copy %[[Q]], %{{.*}} boundary <clamp> {async} : <64xbf16>, <16x64xbf16, pitch = 144>
  %view = hip.tile.view %q[%i, %i, %i] rows (d0) -> (0, d0 mod 4, d0 floordiv 4) to %i
    : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  hip.gpu.copy %view, %m boundary <clamp> {async} : !hip.rows<64xbf16>, !hip.smem<16x64xbf16, pitch = 144>
  // CHECK: hip.gpu.gather %{{.*}} rows(%{{.*}}), %{{.*}} {async} : <64xbf16>, <16xi32, pitch = 64>, <16x64xbf16, pitch = 144>
  %view1 = hip.tile.view %k[%i, %i, %i] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
  hip.gpu.gather %view1 rows(%r), %m {async}
    : !hip.rows<64xbf16>, !hip.smem<16xi32, pitch = 64>, !hip.smem<16x64xbf16, pitch = 144>
  // CHECK: hip.gpu.commit
  hip.gpu.commit
  // CHECK: hip.gpu.wait {pending = 1 : i64}
  hip.gpu.wait {pending = 1 : i64}
  return
}

// CHECK-LABEL: func @compute
func.func @compute(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %b: !hip.smem<16x16xbf16, pitch = 48>,
                   %m: !hip.smem<1x16xf32, pitch = 64>, %z: i1, %f: !hip.tile<16xi1, #hip.slice<1, <row_warps = 1, column_warps = 1>>>) {
  // CHECK: %[[S:.*]] = hip.gpu.mma <mma_sync> %{{.*}}, %{{.*}}, %{{.*}} skip_zero(%{{.*}}) : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, <16x16xbf16, pitch = 48>
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b skip_zero(%z)
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>
  // CHECK: hip.gpu.mma <fma> %[[S]], %{{.*}}, %{{.*}} {transpose_b} : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>, <16x16xbf16, pitch = 48>
  %1 = hip.gpu.mma <fma> %0, %b, %b {transpose_b}
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>, !hip.smem<16x16xbf16, pitch = 48>
  // CHECK: hip.gpu.reduce <sum> %{{.*}} scratch(%{{.*}}) : <16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, <1x16xf32, pitch = 64> -> <16xf32, #hip.threads<32>>
  %2 = hip.gpu.reduce <sum> %1 scratch(%m)
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<1x16xf32, pitch = 64> -> !hip.tile<16xf32, #hip.threads<32>>
  // CHECK: hip.gpu.vote %{{.*}} : <16xi1, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
  %3 = hip.gpu.vote %f : !hip.tile<16xi1, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
  return
}

!mbarriers = !hip.smem<3xi64, pitch = 24>

// CHECK-LABEL: func @overlap
func.func @overlap(%n: index) {
  // CHECK: hip.tile.kernel grid(%{{.*}}) threads(128) {hip.dependent_launch} (
  hip.tile.kernel grid(%n) threads(128) {hip.dependent_launch} (%x) {
    // CHECK: hip.gpu.await_grids{{$}}
    hip.gpu.await_grids
    // CHECK-NEXT: hip.gpu.launch_dependents{{$}}
    hip.gpu.launch_dependents
  }
  return
}

// CHECK-LABEL: func @turns
func.func @turns(%m: !mbarriers, %i: index, %phase: i32) {
  // CHECK: hip.gpu.mbarrier_init %[[M:.*]] {arrivals = 128 : i64} : <3xi64, pitch = 24>
  hip.gpu.mbarrier_init %m {arrivals = 128} : !mbarriers
  // CHECK: hip.gpu.roles consumers(256, registers = 216) {
  // CHECK-NEXT: hip.gpu.await %[[M]][%{{.*}}], %{{.*}} : <3xi64, pitch = 24>
  // CHECK-NEXT: hip.gpu.fence
  // CHECK-NEXT: hip.gpu.barrier
  // CHECK-NEXT: hip.gpu.pass_turn {only = 1 : i64}
  // CHECK-NEXT: hip.gpu.take_turn
  // CHECK-NEXT: hip.gpu.arrive %[[M]][%{{.*}}] {warp} : <3xi64, pitch = 24>
  // CHECK-NEXT: } producers(128, registers = 40) {
  // CHECK-NEXT: hip.gpu.arrive %[[M]][%{{.*}}] : <3xi64, pitch = 24>
  // CHECK-NEXT: hip.gpu.arrive %[[M]][%{{.*}}] {copies} : <3xi64, pitch = 24>
  // CHECK-NEXT: }
  hip.gpu.roles consumers(256, registers = 216) {
    hip.gpu.await %m[%i], %phase : !mbarriers
    hip.gpu.fence
    hip.gpu.barrier
    hip.gpu.pass_turn {only = 1}
    hip.gpu.take_turn
    hip.gpu.arrive %m[%i] {warp} : !mbarriers
  } producers(128, registers = 40) {
    hip.gpu.arrive %m[%i] : !mbarriers
    hip.gpu.arrive %m[%i] {copies} : !mbarriers
  }
  // CHECK: hip.gpu.roles consumers(896, registers = 24) {
  // CHECK-NEXT: } producers(128, registers = 256) {
  // CHECK-NEXT: }
  hip.gpu.roles consumers(896, registers = 24) {
  } producers(128, registers = 256) {
  }
  return
}

// CHECK-LABEL: func @cluster
func.func @cluster(%s: memref<2x512xf32, #gpu.address_space<workgroup>>, %x: f32, %i: index, %j: index, %n: index,
                   %bytes: i32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) cluster(8) (%b) {
    %m = hip.gpu.alloc : !mbarriers
    // CHECK: hip.gpu.expect %[[M:.*]][%[[I:.*]]], %{{.*}} : <3xi64, pitch = 24>
    hip.gpu.expect %m[%i], %bytes : !mbarriers
    %t = hip.tile.splat %x : !hip.tile<64xf32>
    %view = hip.tile.view %s[%i, %j] to %n : memref<2x512xf32, #gpu.address_space<workgroup>> -> !hip.rows<f32>
    // CHECK: hip.gpu.multicast %{{.*}}, %{{.*}} signals %[[M]][%[[I]]] : <64xf32>, <f32>, <3xi64, pitch = 24>
    hip.gpu.multicast %t, %view signals %m[%i] : !hip.tile<64xf32>, !hip.rows<f32>, !mbarriers
  }
  return
}

// Two warpgroups of 64 rows each; zeros are skipped in registers. The most
// columns of an instruction are 256, and atoms of all swizzles are read.
// CHECK-LABEL: func @wgmma
func.func @wgmma(%s: !hip.tile<128x32xf32, #hip.mma<row_warps = 8, column_warps = 1>>,
                 %q: !hip.smem<128x64xf16, pitch = 128, swizzle = 128>, %k: !hip.smem<32x64xf16, pitch = 128, swizzle = 64>,
                 %p: !hip.tile<128x32xf16, #hip.mma<row_warps = 8, column_warps = 1>>,
                 %v: !hip.smem<32x256xf16, pitch = 512, swizzle = 32>,
                 %o: !hip.tile<128x256xf32, #hip.mma<row_warps = 8, column_warps = 1>>, %z: i1) {
  // CHECK: hip.gpu.mma <wgmma> %{{.*}}, %{{.*}}, %{{.*}} {transpose_b} : <128x32xf32
  %0 = hip.gpu.mma <wgmma> %s, %q, %k {transpose_b}
    : !hip.tile<128x32xf32, #hip.mma<row_warps = 8, column_warps = 1>>, !hip.smem<128x64xf16, pitch = 128, swizzle = 128>,
      !hip.smem<32x64xf16, pitch = 128, swizzle = 64>
  // CHECK: %[[SUM:.*]], %[[REST:.*]] = hip.gpu.skip_zero %{{.*}}, %{{.*}}, %{{.*}} if %{{.*}} : <128x256xf32
  %sum, %rest = hip.gpu.skip_zero %o, %p, %v if %z
    : !hip.tile<128x256xf32, #hip.mma<row_warps = 8, column_warps = 1>>,
      !hip.tile<128x32xf16, #hip.mma<row_warps = 8, column_warps = 1>>, !hip.smem<32x256xf16, pitch = 512, swizzle = 32>
  // CHECK: %[[STARTED:.*]] = hip.gpu.mma <wgmma> %[[SUM]], %[[REST]], %{{.*}} {async} : <128x256xf32
  // CHECK: hip.gpu.mma_wait %[[STARTED]] keeps(%[[REST]] : {{.*}}) {pending = 0 : i64} : <128x256xf32
  %1 = hip.gpu.mma <wgmma> %sum, %rest, %v {async}
    : !hip.tile<128x256xf32, #hip.mma<row_warps = 8, column_warps = 1>>,
      !hip.tile<128x32xf16, #hip.mma<row_warps = 8, column_warps = 1>>, !hip.smem<32x256xf16, pitch = 512, swizzle = 32>
  %2 = hip.gpu.mma_wait %1 keeps(%rest : !hip.tile<128x32xf16, #hip.mma<row_warps = 8, column_warps = 1>>) {pending = 0}
    : !hip.tile<128x256xf32, #hip.mma<row_warps = 8, column_warps = 1>>
  return
}

// CHECK-LABEL: func @alignment
// CHECK: hip.shared_alignment = 1024
// CHECK: gpu.module @least attributes {hip.shared_alignment = 32 : i64}
func.func @alignment() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) {hip.shared_alignment = 1024 : i64} (%x) {
  }
  return
}
gpu.module @least attributes {hip.shared_alignment = 32 : i64} {
}

// CHECK-LABEL: func @boxes
func.func @boxes(%k: memref<?x8x?x128xf16>, %r: !hip.smem<64xi32, pitch = 256>, %full: !hip.smem<3xi64, pitch = 24>,
                 %m: !hip.smem<64x128xf16, pitch = 256, swizzle = 128, strip = 64, stages = 3>, %i: index) {
  // CHECK: %[[MAP:.*]] = hip.tensor_map %{{.*}} {runs = 32 : i64} : memref<?x8x?x128xf16> to !hip.smem<64x128xf16, pitch = 256, swizzle = 128, strip = 64>
  %map = hip.tensor_map %k {runs = 32} : memref<?x8x?x128xf16> to !hip.smem<64x128xf16, pitch = 256, swizzle = 128, strip = 64>
  hip.gpu.roles consumers(128, registers = 216) {
  } producers(128, registers = 40) {
    // CHECK: %[[SLOT:.*]] = hip.gpu.slot %{{.*}} : <64x128xf16, pitch = 256, swizzle = 128, strip = 64, stages = 3>
    %s = hip.gpu.slot %m[%i] : !hip.smem<64x128xf16, pitch = 256, swizzle = 128, strip = 64, stages = 3>
    // CHECK: hip.gpu.gather_boxes %[[MAP]][%{{.*}}, %{{.*}}] rows(%{{.*}}), %[[SLOT]] signals %{{.*}}[%{{.*}}] {runs = 32 : i64} : <64xi32, pitch = 256>, <64x128xf16, pitch = 256, swizzle = 128, strip = 64>, <3xi64, pitch = 24>
    hip.gpu.gather_boxes %map[%i, %i] rows(%r), %s signals %full[%i] {runs = 32}
      : !hip.smem<64xi32, pitch = 256>, !hip.smem<64x128xf16, pitch = 256, swizzle = 128, strip = 64>, !hip.smem<3xi64, pitch = 24>
  }
  return
}
