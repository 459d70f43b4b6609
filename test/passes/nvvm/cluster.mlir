// RUN: hip-opt %s --hip-gpu-to-nvvm --canonicalize --cse --split-input-file | FileCheck %s

!s = memref<2x512xf32, #gpu.address_space<workgroup>>
!m = !hip.smem<2xi64, pitch = 16>

// 64 threads of 128 have a number, which each sends to all eight thread blocks up to the view's end. One thread says how
// many bytes come.
// CHECK-LABEL: func @multicast
// CHECK-SAME: (%[[S:.*]]: memref<2x512xf32, #gpu.address_space<workgroup>>, %[[X:.*]]: f32, %[[I:.*]]: index, %[[J:.*]]: index, %[[N:.*]]: index, %[[BYTES:.*]]: i32)
// CHECK: %[[T:.*]] = gpu.thread_id x
// CHECK: %[[M:.*]] = llvm.getelementptr %{{.*}}[%{{.*}}] : (!llvm.ptr<3>, i64)
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[T]], %c0
// CHECK-NEXT: scf.if %[[FIRST]] {
// CHECK-NEXT: nvvm.mbarrier.expect_tx %[[M]], %[[BYTES]]
// CHECK: %[[PLACE:.*]] = arith.addi %[[J]], %[[T]]
// CHECK: %[[THERE:.*]] = arith.cmpi slt, %[[PLACE]], %[[N]]
// CHECK: %[[LIVE:.*]] = arith.andi %{{.*}}, %[[THERE]]
// CHECK: scf.if %[[LIVE]] {
// CHECK: %[[BITS:.*]] = arith.bitcast %[[X]] : f32 to i32
// CHECK: %[[TO:.*]] = llvm.inttoptr %{{.*}} : i64 to !llvm.ptr<3>
// CHECK: llvm.inline_asm has_side_effects "{{.*}}mapa.shared::cluster.u32 to, $0, $2;{{.*}}st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.b32 [to], $3, [at];{{.*}}" %[[TO]], %[[M]], %c0_i32, %[[BITS]]
// CHECK-COUNT-7: llvm.inline_asm {{.*}}st.async
// CHECK-NOT: st.async
func.func @multicast(%s: !s, %x: f32, %i: index, %j: index, %n: index, %bytes: i32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) cluster(8) (%b) {
    %m = hip.gpu.alloc {offset = 0} : !m
    hip.gpu.expect %m[%i], %bytes : !m
    %t = hip.tile.splat %x : !hip.tile<64xf32, #hip.threads<128>>
    %view = hip.tile.view %s[%i, %j] to %n : !s -> !hip.rows<f32>
    hip.gpu.multicast %t, %view signals %m[%i] : !hip.tile<64xf32, #hip.threads<128>>, !hip.rows<f32>, !m
  }
  return
}

// -----

!s = memref<96xi32, #gpu.address_space<workgroup>>
!m = !hip.smem<1xi64, pitch = 8>
!t = !hip.tile<16xi32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>

// Four lanes have a copy of each number. They send it to one thread block each, and two of them to a second one of six.
// CHECK-LABEL: func @copies
// CHECK: %[[COPY:.*]] = arith.remui %{{.*}}, %c4
// CHECK: %[[FIRST:.*]] = arith.index_cast %[[COPY]] : index to i32
// CHECK: llvm.inline_asm {{.*}}st.async{{.*}} %{{.*}}, %{{.*}}, %[[FIRST]],
// CHECK: %[[NEXT:.*]] = arith.addi %[[COPY]], %c4
// CHECK: %[[IS:.*]] = arith.cmpi ult, %[[NEXT]], %c6
// CHECK: scf.if %[[IS]]
// CHECK: llvm.inline_asm {{.*}}st.async
func.func @copies(%s: !s, %x: i32, %i: index) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) cluster(6) (%b) {
    %m = hip.gpu.alloc {offset = 0} : !m
    %t = hip.tile.splat %x : !t
    %view = hip.tile.view %s[%i] : !s -> !hip.rows<i32>
    hip.gpu.multicast %t, %view signals %m[%i] : !t, !hip.rows<i32>, !m
  }
  return
}
