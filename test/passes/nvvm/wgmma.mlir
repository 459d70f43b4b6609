// RUN: hip-opt %s --hip-gpu-to-nvvm --canonicalize --cse --split-input-file | FileCheck %s

// Products by wgmma: one piece of assembly each, from a fence to a wait.

!acc = !hip.tile<128x32xf32, #hip.mma<row_warps = 8, column_warps = 1>>
!q = !hip.smem<128x64xbf16, pitch = 128, swizzle = 128>
!k = !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>

// A warpgroup's rows of the left factor begin 64 rows after those of the one before. Descriptors have the address by
// 16, eight rows of 1024 bytes, and a swizzle of 128 bytes (code 1): an instruction's 16 columns are 32 bytes on. A
// right factor that is transposed has its numbers side by side (major 0), as the left one has.
// CHECK-LABEL: func @left_in_memory
// CHECK-DAG: %[[ROWS:.*]] = arith.constant 8192 : i32
// CHECK: %[[GROUP:.*]] = arith.divui %{{.*}}, %c128 : index
// CHECK: %[[SAME:.*]] = nvvm.shfl.sync{{ +}}idx
// CHECK-NEXT: arith.muli %[[SAME]], %[[ROWS]]
// CHECK: %[[LEFT:.*]] = arith.ori %{{.*}}, %c65536_i32
// CHECK: %[[RIGHT:.*]] = arith.ori %{{.*}}, %c65536_i32
// CHECK: llvm.inline_asm has_side_effects "{{.*}}wgmma.fence.sync.aligned;\0A
// CHECK-SAME: add.s32 low, $17, 0;\0Amov.b64 right, {low, 1073741888};\0Asetp.ne.b32 adds, 1, 0;\0A
// CHECK-SAME: add.s32 low, $16, 0;\0Amov.b64 left, {low, 1073741888};\0A
// CHECK-SAME: wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 {$0, {{[^}]*}}, $15}, left, right, adds, 1, 1, 0, 0;\0A
// CHECK-SAME: add.s32 low, $17, 2;
// CHECK-SAME: add.s32 low, $16, 2;
// CHECK-SAME: add.s32 low, $17, 4;
// CHECK-SAME: add.s32 low, $16, 4;
// CHECK-SAME: add.s32 low, $17, 6;
// CHECK-SAME: add.s32 low, $16, 6;
// CHECK-SAME: wgmma.commit_group.sync.aligned;\0Awgmma.wait_group.sync.aligned 0;\0A}"
// CHECK-SAME: =f,r,r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,~{memory}" %[[LEFT]], %[[RIGHT]], %arg1,
func.func @left_in_memory(%o: memref<1x32xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(256) (%bx) {
    %q = hip.gpu.alloc {offset = 0} : !q
    %k = hip.gpu.alloc {offset = 16384} : !k
    %acc = hip.tile.splat %x : !acc
    %s = hip.gpu.mma <wgmma> %acc, %q, %k {transpose_b} : !acc, !q, !k
    %view = hip.tile.view %o[%c0] to %c1 : memref<1x32xf32> -> !hip.rows<32xf32>
    hip.tile.store %s, %view : !acc, !hip.rows<32xf32>
  }
  return
}

// -----

!acc = !hip.tile<128x16xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!q = !hip.smem<128x32xbf16, pitch = 64, swizzle = 64>
!k = !hip.smem<16x32xbf16, pitch = 64, swizzle = 64>

// Two blocks of 64 rows start together and are waited for once; a step reads the right factor for both.
// CHECK-LABEL: func @tall
// CHECK: llvm.inline_asm has_side_effects "{{.*}}wgmma.fence.sync.aligned;\0A
// CHECK-SAME: add.s32 low, $18, 0;\0Amov.b64 right,
// CHECK-SAME: add.s32 low, $16, 0;\0Amov.b64 left,
// CHECK-SAME: wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 {$0, {{[^}]*}}, $7}, left, right, adds, 1, 1, 0, 0;\0A
// CHECK-SAME: add.s32 low, $17, 0;\0Amov.b64 left,
// CHECK-SAME: {$8, {{[^}]*}}, $15}, left, right, adds, 1, 1, 0, 0;\0A
// CHECK-SAME: add.s32 low, $18, 2;
// CHECK-SAME: wgmma.commit_group.sync.aligned;\0Awgmma.wait_group.sync.aligned 0;\0A}"
// CHECK-NOT: llvm.inline_asm
// Numbers of one sign come from registers, to which threads read them. A block of rows is done before the next one.
// CHECK-LABEL: func @signs
// CHECK: nvvm.ldmatrix
// CHECK: arith.maximumf %{{.*}} : vector<2xbf16>
// CHECK: llvm.inline_asm has_side_effects "{{.*}}{$0, {{[^}]*}}, $7}, {$8, $9, $10, $11}, right, adds, 1, 1, 0;
// CHECK-SAME: {$12, $13, $14, $15}, right, adds, 1, 1, 0;
// CHECK: llvm.inline_asm has_side_effects "{{.*}}wgmma
// CHECK-NOT: llvm.inline_asm
func.func @tall(%o: memref<1x16xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    %q = hip.gpu.alloc {offset = 0} : !q
    %k = hip.gpu.alloc {offset = 8192} : !k
    %acc = hip.tile.splat %x : !acc
    %s = hip.gpu.mma <wgmma> %acc, %q, %k {transpose_b} : !acc, !q, !k
    %view = hip.tile.view %o[%c0] to %c1 : memref<1x16xf32> -> !hip.rows<16xf32>
    hip.tile.store %s, %view : !acc, !hip.rows<16xf32>
  }
  return
}
func.func @signs(%o: memref<1x16xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    %q = hip.gpu.alloc {offset = 0} : !q
    %k = hip.gpu.alloc {offset = 8192} : !k
    %acc = hip.tile.splat %x : !acc
    %s = hip.gpu.mma <wgmma> %acc, %q, %k {sign = #hip.sign<positive>, transpose_b} : !acc, !q, !k
    %view = hip.tile.view %o[%c0] to %c1 : memref<1x16xf32> -> !hip.rows<16xf32>
    hip.tile.store %s, %view : !acc, !hip.rows<16xf32>
  }
  return
}

// -----

!acc = !hip.tile<64x48xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!p = !hip.tile<64x32xf16, #hip.mma<row_warps = 4, column_warps = 1>>
!v = !hip.smem<32x48xf16, pitch = 96, swizzle = 32>

// Eight of a thread's numbers are four words, the left factor of 16 columns. The first instruction adds nothing where
// all accumulators are zeros, which then are no inputs. Rows of a right factor that is not transposed are 96 bytes
// apart, those of the next instruction 96 * 16 bytes on (major 1).
// CHECK-LABEL: func @left_in_registers
// CHECK: %[[WORD:.*]] = llvm.bitcast %{{.*}} : vector<2xf16> to i32
// CHECK: llvm.inline_asm has_side_effects "{{.*}}wgmma.fence.sync.aligned;\0A
// CHECK-SAME: add.s32 low, $32, 0;\0Amov.b64 right, {low, -1073741776};\0Asetp.ne.b32 adds, 0, 0;\0A
// CHECK-SAME: wgmma.mma_async.sync.aligned.m64n48k16.f32.f16.f16 {$0, {{[^}]*}}, $23}, {$24, $25, $26, $27}, right, adds, 1, 1, 1;\0A
// CHECK-SAME: add.s32 low, $32, 96;\0Amov.b64 right, {low, -1073741776};\0Asetp.ne.b32 adds, 1, 0;\0A
// CHECK-SAME: {$28, $29, $30, $31}, right, adds, 1, 1, 1;\0A
// CHECK-SAME: wgmma.wait_group.sync.aligned 0;\0A}"
// CHECK-SAME: =f,r,r,r,r,r,r,r,r,r,~{memory}" %[[WORD]], %[[WORD]],
func.func @left_in_registers(%o: memref<1x48xf32>, %x: f16) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    %v = hip.gpu.alloc {offset = 0} : !v
    %p = hip.tile.splat %x : !p
    %acc = hip.tile.splat %zero : !acc
    %s = hip.gpu.mma <wgmma> %acc, %p, %v : !acc, !p, !v
    %view = hip.tile.view %o[%c0] to %c1 : memref<1x48xf32> -> !hip.rows<48xf32>
    hip.tile.store %s, %view : !acc, !hip.rows<48xf32>
  }
  return
}

// -----

!acc = !hip.tile<64x16xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!p = !hip.tile<64x16xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
!v = !hip.smem<16x16xbf16, pitch = 32, swizzle = 32>

// Zeros that meet NaN or infinity: the consumers look for these under a mask and together. If there are any, mma.sync
// does the product, the right factor becomes zeros, and so do the words of the left one. The instruction itself is
// under no condition.
// CHECK-LABEL: func @zeros
// CHECK: nvvm.setmaxregister{{ +}}increase 240
// CHECK: %[[FOUND:.*]] = scf.if %{{.*}} -> (i1) {
// CHECK: llvm.inline_asm has_side_effects "{{.*}}bar.red.or.pred all, $2, $3, ours;{{.*}}" %{{.*}}, %c1_i32, %c128_i32
// CHECK: } else {
// CHECK-NEXT: scf.yield %false
// CHECK: scf.if %[[FOUND]] -> ({{.*}}f32) {
// CHECK-COUNT-3: nvvm.mma.sync
// CHECK: nvvm.barrier id = %c1_i32 number_of_threads = %c128_i32
// CHECK-NEXT: scf.for
// CHECK: llvm.store %{{.*}} : bf16, !llvm.ptr<3>
// CHECK: nvvm.fence.proxy
// CHECK-NEXT: nvvm.barrier id = %c1_i32 number_of_threads = %c128_i32
// CHECK: } else {
// CHECK-NEXT: scf.yield
// CHECK-NEXT: }
// CHECK-NOT: scf.if
// CHECK: llvm.inline_asm has_side_effects "{{.*}}wgmma.mma_async.sync.aligned.m64n16k16
func.func @zeros(%o: memref<1x16xf32>, %x: f32, %y: bf16, %masked: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(256) (%bx) {
    %v = hip.gpu.alloc {offset = 0} : !v
    hip.gpu.roles consumers(128, registers = 240) {
      %p = hip.tile.splat %y : !p
      %acc = hip.tile.splat %x : !acc
      %sum, %rest = hip.gpu.skip_zero %acc, %p, %v if %masked : !acc, !p, !v
      %s = hip.gpu.mma <wgmma> %sum, %rest, %v : !acc, !p, !v
      %view = hip.tile.view %o[%c0] to %c1 : memref<1x16xf32> -> !hip.rows<16xf32>
      hip.tile.store %s, %view : !acc, !hip.rows<16xf32>
    } producers(128, registers = 40) {
    }
  }
  return
}

// -----

!acc = !hip.tile<64x16xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!p = !hip.tile<64x16xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
!v = !hip.smem<16x16xbf16, pitch = 32, swizzle = 32>

// A product in flight ends with its group. The wait gives the same registers, and takes words of the left factor.
// CHECK-LABEL: func @in_flight
// CHECK: llvm.inline_asm has_side_effects "{{.*}}wgmma.commit_group.sync.aligned;\0A}"
// CHECK: llvm.inline_asm has_side_effects "wgmma.wait_group.sync.aligned 1;", "=f,=f,=f,=f,=f,=f,=f,=f,r,r,r,r,0,1,2,3,4,5,6,7,~{memory}"
func.func @in_flight(%o: memref<1x16xf32>, %x: f32, %y: bf16) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    %v = hip.gpu.alloc {offset = 0} : !v
    %p = hip.tile.splat %y : !p
    %acc = hip.tile.splat %x : !acc
    %s = hip.gpu.mma <wgmma> %acc, %p, %v {async} : !acc, !p, !v
    %t = hip.gpu.mma_wait %s keeps(%p : !p) {pending = 1} : !acc
    %view = hip.tile.view %o[%c0] to %c1 : memref<1x16xf32> -> !hip.rows<16xf32>
    hip.tile.store %t, %view : !acc, !hip.rows<16xf32>
  }
  return
}

// -----

// Two warpgroups take turns at barriers 3 and 4: each waits at its own and arrives at the other one's.
// CHECK-LABEL: func @turns
// CHECK: %[[GROUP:.*]] = arith.index_cast %{{.*}} : index to i32
// CHECK: arith.cmpi eq, %[[GROUP]], %c1_i32
// CHECK-NEXT: scf.if
// CHECK-NEXT: %[[ITS:.*]] = arith.subi %c4_i32, %[[GROUP]]
// CHECK-NEXT: llvm.inline_asm has_side_effects "bar.arrive $0, $1;", "r,r,~{memory}" %[[ITS]], %c256_i32
// CHECK: %[[OWN:.*]] = arith.addi %[[GROUP]], %c3_i32
// CHECK-NEXT: nvvm.barrier id = %[[OWN]] number_of_threads = %c256_i32
func.func @turns() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(384) (%bx) {
    hip.gpu.roles consumers(256, registers = 232) {
      hip.gpu.pass_turn {only = 1}
      hip.gpu.take_turn
    } producers(128, registers = 40) {
    }
  }
  return
}
