// RUN: hip-opt %s --split-input-file --hip-allocate-shared | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-allocate-shared --remarks-filter-analyse=layout --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TELLS

// One after another, whatever is done in between; 20 bytes take 32.
// CHECK-LABEL: @in_a_row
// CHECK: hip.tile.kernel {{.*}} shared(544)
// CHECK: hip.gpu.alloc {offset = 0 : i64} : <5xi32
// CHECK: hip.gpu.alloc {offset = 32 : i64} : <64xi32
// CHECK: hip.gpu.alloc {offset = 288 : i64} : <64xi32
// TELLS: remark: [Analysis] hip.tile.kernel | Category:layout | Remark="544 bytes of shared memory for 3 arrays"
func.func @in_a_row(%u: !hip.tile<5xi32, #hip.threads<64>>, %t: !hip.tile<64xi32, #hip.threads<64>>) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc : !hip.smem<5xi32, pitch = 20>
    %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %t, %b : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    %c = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %t, %c : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %u, %a : !hip.tile<5xi32, #hip.threads<64>>, !hip.smem<5xi32, pitch = 20>
  }
  return
}

// -----

// A kernel without arrays is as it was.
// CHECK-LABEL: @none
// CHECK-NOT: shared(
// TELLS-NOT: 0 bytes
func.func @none() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    gpu.barrier
  }
  return
}

// -----

// What thread groups use stays at the front; stages are side by side.
// CHECK-LABEL: @after_the_front
// CHECK: hip.tile.kernel {{.*}} shared(832)
// CHECK: hip.gpu.alloc {offset = 64 : i64}
// CHECK: hip.gpu.alloc {offset = 576 : i64}
// TELLS: Remark="768 bytes of shared memory for 2 arrays, after 64 of other use"
func.func @after_the_front(%t: !hip.tile<64xi32, #hip.threads<64>>) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) shared(60) (%x) {
    %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256, stages = 2>
    %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %slot = hip.gpu.slot %a[%c1] : !hip.smem<64xi32, pitch = 256, stages = 2>
    hip.gpu.local_store %t, %slot : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %t, %b : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
  }
  return
}

// -----

// Phases share memory, and so do %a and %b around a barrier of theirs: an array
// that is there and not yet used is in nobody's way.
// CHECK-LABEL: @phases
// CHECK: hip.tile.kernel {{.*}} shared(512)
// CHECK: hip.gpu.alloc {offset = 0 : i64}
// CHECK: %[[B:.*]] = hip.gpu.alloc {offset = 0 : i64}
// CHECK: gpu.barrier
// CHECK: hip.gpu.slot %[[B]]
// CHECK: hip.tile.phase
// CHECK: hip.gpu.alloc {offset = 0 : i64} : <32xi32
// CHECK: hip.gpu.alloc {offset = 128 : i64} : <64xi32
// TELLS: Remark="512 bytes of shared memory for 4 arrays"
func.func @phases(%t: !hip.tile<64xi32, #hip.threads<64>>, %s: !hip.tile<32xi32, #hip.threads<64>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256, stages = 2>
    hip.gpu.local_store %t, %a : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    gpu.barrier
    %slot = hip.gpu.slot %b[%c0] : !hip.smem<64xi32, pitch = 256, stages = 2>
    hip.gpu.local_store %t, %slot : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    hip.tile.phase
    %c = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %d = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %s, %c : !hip.tile<32xi32, #hip.threads<64>>, !hip.smem<32xi32, pitch = 128>
    hip.gpu.local_store %t, %d : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
  }
  return
}

// -----

// %b is in use all the time: %c and %d find room before it, %e after it.
// CHECK-LABEL: @gap
// CHECK: hip.tile.kernel {{.*}} shared(768)
// CHECK: hip.gpu.alloc {offset = 0 : i64}
// CHECK: hip.gpu.alloc {offset = 256 : i64}
// CHECK: hip.gpu.alloc {offset = 0 : i64}
// CHECK: hip.gpu.alloc {offset = 128 : i64}
// CHECK: hip.gpu.alloc {offset = 512 : i64}
func.func @gap(%t: !hip.tile<64xi32, #hip.threads<64>>, %s: !hip.tile<32xi32, #hip.threads<64>>) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %t, %a : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %t, %b : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    gpu.barrier
    %c = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %d = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %e = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %s, %c : !hip.tile<32xi32, #hip.threads<64>>, !hip.smem<32xi32, pitch = 128>
    hip.gpu.local_store %s, %d : !hip.tile<32xi32, #hip.threads<64>>, !hip.smem<32xi32, pitch = 128>
    hip.gpu.local_store %t, %e : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    %v = hip.gpu.local_load %b : !hip.smem<64xi32, pitch = 256> -> !hip.tile<64xi32, #hip.threads<64>>
  }
  return
}

// -----

// %b is stored after the barrier but its stage is taken before: the barrier is
// not between all uses.
// CHECK-LABEL: @slot_before
// CHECK: hip.gpu.alloc {offset = 0 : i64}
// CHECK: hip.gpu.alloc {offset = 256 : i64}
func.func @slot_before(%t: !hip.tile<64xi32, #hip.threads<64>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256, stages = 2>
    hip.gpu.local_store %t, %a : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    %slot = hip.gpu.slot %b[%c0] : !hip.smem<64xi32, pitch = 256, stages = 2>
    gpu.barrier
    hip.gpu.local_store %t, %slot : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
  }
  return
}

// -----

// Rounds of phases: %a and %b share memory, as a barrier ends each round. %c is
// for all rounds, %d comes after the barrier of the last one.
// CHECK-LABEL: @rounds
// CHECK: hip.gpu.alloc {offset = 0 : i64} : <32xi32
// CHECK: scf.for
// CHECK: hip.gpu.alloc {offset = 128 : i64}
// CHECK: hip.gpu.alloc {offset = 128 : i64}
// CHECK: }
// CHECK: hip.gpu.alloc {offset = 128 : i64}
func.func @rounds(%t: !hip.tile<64xi32, #hip.threads<64>>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %c = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    scf.for %i = %c0 to %n step %c1 {
      %v = hip.gpu.local_load %c : !hip.smem<32xi32, pitch = 128> -> !hip.tile<32xi32, #hip.threads<64>>
      %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
      hip.gpu.local_store %t, %a : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
      hip.tile.phase
      %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
      hip.gpu.local_store %t, %b : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
      hip.tile.phase
    }
    %d = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %t, %d : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
  }
  return
}

// -----

// No barrier is between %b and the %a of the round after it.
// CHECK-LABEL: @rounds_run_on
// CHECK: hip.gpu.alloc {offset = 0 : i64}
// CHECK: hip.gpu.alloc {offset = 256 : i64}
func.func @rounds_run_on(%t: !hip.tile<64xi32, #hip.threads<64>>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    scf.for %i = %c0 to %n step %c1 {
      %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
      hip.gpu.local_store %t, %a : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
      gpu.barrier
      %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
      hip.gpu.local_store %t, %b : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    }
  }
  return
}

// -----

// Kernels side by side share memory, and what comes after them does too.
// CHECK-LABEL: @side_by_side
// CHECK: hip.tile.kernel {{.*}} shared(256)
// CHECK-COUNT-3: hip.gpu.alloc {offset = 0 : i64}
func.func @side_by_side(%t: !hip.tile<64xi32, #hip.threads<64>>, %n: index) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %first = arith.cmpi ult, %x, %n : index
    scf.if %first {
      %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
      hip.gpu.local_store %t, %a : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
      hip.tile.phase
    } else {
      %second = arith.cmpi eq, %x, %n : index
      scf.if %second {
        %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
        hip.gpu.local_store %t, %b : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
        hip.tile.phase
      }
    }
    %c = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %t, %c : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
  }
  return
}

// -----

// Without a barrier in both, threads may be in both branches.
// CHECK-LABEL: @branches
// CHECK: hip.gpu.alloc {offset = 0 : i64}
// CHECK: hip.gpu.alloc {offset = 256 : i64}
func.func @branches(%t: !hip.tile<64xi32, #hip.threads<64>>, %which: i1) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    scf.if %which {
      %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
      hip.gpu.local_store %t, %a : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
      gpu.barrier
    } else {
      %b = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
      hip.gpu.local_store %t, %b : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
    }
  }
  return
}

// -----

// Offsets that are there stay, whatever they are.
// CHECK-LABEL: @by_hand
// CHECK-NOT: shared(
// CHECK-COUNT-2: hip.gpu.alloc {offset = 1024 : i64}
func.func @by_hand() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(1) (%x) {
    %a = hip.gpu.alloc {offset = 1024} : !hip.smem<64xi32, pitch = 256>
    %b = hip.gpu.alloc {offset = 1024} : !hip.smem<64xi32, pitch = 256>
  }
  return
}

// -----

!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!narrow = !hip.smem<8x16xbf16, pitch = 32, swizzle = 32>

// Atoms are where their bytes say: eight rows of 128 bytes begin at a multiple of 1024, and so does shared memory.
// CHECK-LABEL: @atoms
// CHECK: shared(17408) {hip.shared_alignment = 1024 : i64}
// CHECK: hip.gpu.alloc {offset = 0 : i64} : <3xi64
// CHECK: hip.gpu.alloc {offset = 256 : i64} : <8x16xbf16
// CHECK: hip.gpu.alloc {offset = 1024 : i64} : <64x64xbf16
func.func @atoms(%t: !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>,
                 %u: !hip.tile<8x16xbf16, #hip.mma<row_warps = 4, column_warps = 1>>, %i: index) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %m = hip.gpu.alloc : !hip.smem<3xi64, pitch = 24>
    %n = hip.gpu.alloc : !narrow
    %a = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, stages = 2>
    %slot = hip.gpu.slot %a[%i] : !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, stages = 2>
    hip.gpu.mbarrier_init %m {arrivals = 4} : !hip.smem<3xi64, pitch = 24>
    hip.gpu.local_store %u, %n : !hip.tile<8x16xbf16, #hip.mma<row_warps = 4, column_warps = 1>>, !narrow
    hip.gpu.local_store %t, %slot : !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>, !matrix
    hip.gpu.arrive %m[%i] : !hip.smem<3xi64, pitch = 24>
  }
  return
}

// -----

// Rows that are not swizzled need no more than vectors do.
// CHECK-LABEL: @plain
// CHECK-NOT: hip.shared_alignment
func.func @plain(%t: !hip.tile<64xi32, #hip.threads<64>>) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    hip.gpu.local_store %t, %a : !hip.tile<64xi32, #hip.threads<64>>, !hip.smem<64xi32, pitch = 256>
  }
  return
}
