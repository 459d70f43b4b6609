// RUN: hip-opt %s --hip-gpu-to-nvvm --canonicalize --cse --split-input-file | FileCheck %s

!m = !hip.smem<2xi64, pitch = 16>
!rows = !hip.smem<128xi32, pitch = 512>

// Roles are a branch, in which warpgroups take registers or leave them. One thread makes the mbarriers. Of a warp that
// arrives one lane does, after all have come; copies arrive when they are complete, and count as arrivals of their
// threads. Consumers meet at barrier 1, producers, counted from 0, at barrier 2.
// CHECK-LABEL: func @roles
// CHECK: hip.tile.kernel {{.*}} threads(384)
// CHECK: %[[T:.*]] = gpu.thread_id x
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[T]], %c0
// CHECK-NEXT: scf.if %[[FIRST]] {
// CHECK-NEXT: nvvm.mbarrier.init %[[M:.*]], %c128_i32
// CHECK-NEXT: %[[SECOND:.*]] = llvm.getelementptr %[[M]][8]
// CHECK-NEXT: nvvm.mbarrier.init %[[SECOND]], %c128_i32
// CHECK-NEXT: }
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: %[[CONSUMES:.*]] = arith.cmpi ult, %[[T]], %c256
// CHECK-NEXT: scf.if %[[CONSUMES]] {
// CHECK-NEXT: nvvm.setmaxregister{{ +}}increase 216
// CHECK: %[[AT:.*]] = llvm.getelementptr %[[M]][%{{.*}}]
// CHECK-NEXT: llvm.inline_asm has_side_effects "{{.*}}again:\0Ambarrier.try_wait.parity.shared::cta.b64 done, [$0], $1;\0A@!done bra again;{{.*}}" %[[AT]], %arg2
// CHECK-NEXT: nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>
// CHECK-NEXT: nvvm.bar.warp.sync
// CHECK-NEXT: %[[LANE:.*]] = arith.remui %[[T]], %c32
// CHECK-NEXT: %[[ONE:.*]] = arith.cmpi eq, %[[LANE]], %c0
// CHECK-NEXT: scf.if %[[ONE]] {
// CHECK-NEXT: nvvm.mbarrier.arrive %[[AT]]
// CHECK-NEXT: }
// CHECK-NEXT: nvvm.barrier id = %c1_i32 number_of_threads = %c256_i32
// CHECK-NEXT: } else {
// CHECK-NEXT: nvvm.setmaxregister{{ +}}decrease 40
// CHECK-NEXT: %[[OWN:.*]] = arith.subi %[[T]], %c256
// CHECK-NEXT: arith.muli %[[OWN]], %c4
// CHECK: llvm.store %arg0
// CHECK: nvvm.mbarrier.arrive
// CHECK-NEXT: nvvm.barrier id = %c2_i32 number_of_threads = %c128_i32
// CHECK: nvvm.cp.async.shared.global
// CHECK-NEXT: nvvm.cp.async.mbarrier.arrive %{{.*}} {noinc = true}
// CHECK-NEXT: }
func.func @roles(%x: i32, %i: index, %phase: i32, %k: memref<1x1x?x8xbf16>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(384) (%bx) {
    %m = hip.gpu.alloc {offset = 0} : !m
    %a = hip.gpu.alloc {offset = 512} : !rows
    %b = hip.gpu.alloc {offset = 1024} : !hip.smem<128x8xbf16, pitch = 16>
    hip.gpu.mbarrier_init %m {arrivals = 128} : !m
    gpu.barrier
    hip.gpu.roles consumers(256, registers = 216) {
      hip.gpu.await %m[%i], %phase : !m
      hip.gpu.fence
      hip.gpu.arrive %m[%i] {warp} : !m
      hip.gpu.barrier
    } producers(128, registers = 40) {
      %t = hip.tile.splat %x : !hip.tile<128xi32, #hip.threads<128>>
      hip.gpu.local_store %t, %a : !hip.tile<128xi32, #hip.threads<128>>, !rows
      hip.gpu.arrive %m[%i] : !m
      hip.gpu.barrier
      %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x1x?x8xbf16> -> !hip.rows<8xbf16>
      hip.gpu.gather %view rows(%a), %b {async} : !hip.rows<8xbf16>, !rows, !hip.smem<128x8xbf16, pitch = 16>
      hip.gpu.arrive %m[%i] {copies} : !m
    }
  }
  return
}

// -----

// All threads wait before they part, and nothing that touches memory passes the wait.
// CHECK-LABEL: func @overlap
// CHECK: hip.tile.kernel
// CHECK-SAME: {hip.dependent_launch}
// CHECK-NOT: memref
// CHECK: llvm.inline_asm has_side_effects "griddepcontrol.wait;", "~{memory}"
// CHECK-NEXT: llvm.inline_asm has_side_effects "griddepcontrol.launch_dependents;", "~{memory}"
// CHECK: scf.if
// CHECK: memref.load
func.func @overlap(%a: memref<?xi32>) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(384) {hip.dependent_launch} (%bx) {
    hip.gpu.await_grids
    hip.gpu.launch_dependents
    hip.gpu.roles consumers(256, registers = 232) {
      %v = memref.load %a[%bx] : memref<?xi32>
      memref.store %v, %a[%bx] : memref<?xi32>
    } producers(128, registers = 40) {
    }
  }
  return
}
