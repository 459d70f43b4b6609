// RUN: hip-opt %s --split-input-file --hip-insert-barriers | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-insert-barriers --remarks-filter-analyse=layout --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TELLS
// RUN: hip-opt %s --split-input-file --hip-insert-barriers -o %t
// RUN: hip-opt %t --split-input-file --hip-insert-barriers | diff %t -

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// A read after a write, a write after a read, a write after a write; two reads
// need nothing.
// CHECK-LABEL: @straight
// CHECK: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: {{^ *}$}}
// TELLS: remark: [Analysis] hip.tile.kernel | Category:layout | Remark="3 barriers for accesses to shared memory"
func.func @straight(%t: !vector) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    hip.gpu.local_store %t, %a : !vector, !array
    %u = hip.gpu.local_load %a : !array -> !vector
    %v = hip.gpu.local_load %a : !array -> !vector
    hip.gpu.local_store %t, %a : !vector, !array
    hip.gpu.local_store %t, %a : !vector, !array
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// Bytes count, not arrays: %b begins where %a ends, %c has bytes of both.
// CHECK-LABEL: @bytes
// CHECK: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: {{^ *}$}}
// TELLS: Remark="1 barrier for accesses to shared memory"
func.func @bytes(%t: !vector) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    %b = hip.gpu.alloc {offset = 256} : !array
    %c = hip.gpu.alloc {offset = 16} : !array
    %d = hip.gpu.alloc {offset = 512} : !array
    hip.gpu.local_store %t, %a : !vector, !array
    hip.gpu.local_store %t, %b : !vector, !array
    hip.gpu.local_store %t, %d : !vector, !array
    hip.gpu.local_store %t, %c : !vector, !array
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// A barrier that is there is enough for all before it.
// CHECK-LABEL: @there
// CHECK-COUNT-1: gpu.barrier
// CHECK-NOT: gpu.barrier
// TELLS: Remark="0 barriers for accesses to shared memory"
func.func @there(%t: !vector) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    %b = hip.gpu.alloc {offset = 256} : !array
    hip.gpu.local_store %t, %a : !vector, !array
    hip.gpu.local_store %t, %b : !vector, !array
    gpu.barrier
    %u = hip.gpu.local_load %a : !array -> !vector
    %v = hip.gpu.local_load %b : !array -> !vector
  }
  return
}

// -----

!rows = !hip.smem<64xi32, pitch = 256>
!matrix = !hip.smem<64x64xbf16, pitch = 144>
!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>

// What each op reads and writes: a gather its rows and its memory, a copy its
// memory, an mma its factors.
// CHECK-LABEL: @matrices
// CHECK: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.copy
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.gather
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.mma
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.copy
// CHECK-NEXT: hip.gpu.gather
// CHECK-NEXT: hip.gpu.wait
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.mma
// CHECK-NEXT: {{^ *}$}}
// TELLS: Remark="4 barriers for accesses to shared memory"
func.func @matrices(%k: memref<1x2x?x64xbf16>, %n: index, %zero: !acc, %t: !hip.tile<64xi32, #hip.threads<128>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %r = hip.gpu.alloc {offset = 0} : !rows
    %qb = hip.gpu.alloc {offset = 1024} : !matrix
    %kb = hip.gpu.alloc {offset = 16384} : !matrix
    %view = hip.tile.view %k[%c0, %c0, %c0] to %n : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %view1 = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    hip.gpu.local_store %t, %r : !hip.tile<64xi32, #hip.threads<128>>, !rows
    hip.gpu.copy %view, %qb : !hip.rows<64xbf16>, !matrix
    hip.gpu.gather %view1 rows(%r), %kb : !hip.rows<64xbf16>, !rows, !matrix
    %s = hip.gpu.mma <mma_sync> %zero, %qb, %kb {transpose_b} : !acc, !matrix, !matrix
    hip.gpu.copy %view, %qb : !hip.rows<64xbf16>, !matrix
    hip.gpu.gather %view1 rows(%r), %kb {async} : !hip.rows<64xbf16>, !rows, !matrix
    hip.gpu.wait {pending = 0}
    hip.gpu.local_store %t, %r : !hip.tile<64xi32, #hip.threads<128>>, !rows
    %u = hip.gpu.mma <mma_sync> %s, %qb, %kb {transpose_b} : !acc, !matrix, !matrix
  }
  return
}

// -----

!scratch = !hip.smem<4x32xf32, pitch = 128>
!scores = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!most = !hip.tile<32xf32, #hip.threads<128>>
!array = !hip.smem<32xf32, pitch = 128>

// A reduction has a barrier after its write, which is enough for %a too; the next
// one writes where it reads.
// CHECK-LABEL: @reduce
// CHECK: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.reduce
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.reduce
// CHECK-NEXT: {{^ *}$}}
func.func @reduce(%s: !scores, %t: !most) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %m = hip.gpu.alloc {offset = 0} : !scratch
    %a = hip.gpu.alloc {offset = 512} : !array
    hip.gpu.local_store %t, %a : !most, !array
    %u = hip.gpu.reduce <max> %s scratch(%m) : !scores, !scratch -> !most
    %v = hip.gpu.local_load %a : !array -> !most
    %w = hip.gpu.reduce <max> %s scratch(%m) : !scores, !scratch -> !most
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>
!stages = !hip.smem<64xi32, pitch = 256, stages = 2>

// Stages of %a are left to who made them; not so what else has their bytes.
// CHECK-LABEL: @slots
// CHECK: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store {{.*}} %[[PLAIN:.*]] :
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: {{^ *}$}}
func.func @slots(%t: !vector) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !stages
    %b = hip.gpu.alloc {offset = 256} : !array
    %zeroth = hip.gpu.slot %a[%c0] : !stages
    %first = hip.gpu.slot %a[%c1] : !stages
    hip.gpu.local_store %t, %zeroth : !vector, !array
    %u = hip.gpu.local_load %first : !array -> !vector
    hip.gpu.local_store %t, %b : !vector, !array
    %v = hip.gpu.local_load %zeroth : !array -> !vector
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// An access of %a itself meets one of its only stage.
// CHECK-LABEL: @slot_and_whole
// CHECK: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
func.func @slot_and_whole(%t: !vector) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    %zeroth = hip.gpu.slot %a[%c0] : !array
    hip.gpu.local_store %t, %zeroth : !vector, !array
    %u = hip.gpu.local_load %a : !array -> !vector
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// The write meets the read of the iteration before, the read the write.
// CHECK-LABEL: @carried
// CHECK: scf.for
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: {{^ *}$}}
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// TELLS: Remark="3 barriers for accesses to shared memory"
func.func @carried(%t: !vector, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    scf.for %i = %c0 to %n step %c1 {
      hip.gpu.local_store %t, %a : !vector, !array
      %v = hip.gpu.local_load %a : !array -> !vector
    }
    hip.gpu.local_store %t, %a : !vector, !array
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// A loop that only reads waits once, before it. After it comes what was before it
// too, as it may have no iteration: %b was written.
// CHECK-LABEL: @once
// CHECK: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: scf.for
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: {{^ *}$}}
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: {{^ *}$}}
func.func @once(%t: !vector, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    %b = hip.gpu.alloc {offset = 256} : !array
    hip.gpu.local_store %t, %a : !vector, !array
    gpu.barrier
    hip.gpu.local_store %t, %b : !vector, !array
    scf.for %i = %c0 to %n step %c1 {
      %u = hip.gpu.local_load %a : !array -> !vector
    }
    %v = hip.gpu.local_load %b : !array -> !vector
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// The barrier for the write before the loop is before the loop, also where the
// loop has one of its own.
// CHECK-LABEL: @before_a_loop
// CHECK: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: scf.for
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: {{^ *}$}}
// CHECK-NEXT: {{^ *}$}}
func.func @before_a_loop(%t: !vector, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    %b = hip.gpu.alloc {offset = 256} : !array
    hip.gpu.local_store %t, %a : !vector, !array
    scf.for %i = %c0 to %n step %c1 {
      %u = hip.gpu.local_load %a : !array -> !vector
      hip.gpu.local_store %t, %a : !vector, !array
      gpu.barrier
    }
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// A barrier in a loop is none for what was before, as there may be no iteration.
// CHECK-LABEL: @no_iteration
// CHECK: scf.for
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: {{^ *}$}}
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
func.func @no_iteration(%t: !vector, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    hip.gpu.local_store %t, %a : !vector, !array
    scf.for %i = %c0 to %n step %c1 {
      gpu.barrier
    }
    %u = hip.gpu.local_load %a : !array -> !vector
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// An iteration of the outer loop ends as the inner one does.
// CHECK-LABEL: @nested
// CHECK: scf.for
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: scf.for
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: {{^ *}$}}
// CHECK-NEXT: {{^ *}$}}
// TELLS: Remark="2 barriers for accesses to shared memory"
func.func @nested(%t: !vector, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    scf.for %i = %c0 to %n step %c1 {
      hip.gpu.local_store %t, %a : !vector, !array
      scf.for %j = %c0 to %n step %c1 {
        %u = hip.gpu.local_load %a : !array -> !vector
      }
    }
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// Without one before the first store, barriers before the second one and before
// the load of %ca would do for an iteration, and leave that load to the next.
// CHECK-LABEL: @to_the_fixpoint
// CHECK: %[[A:.*]] = hip.gpu.alloc {offset = 256
// CHECK: scf.for
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store {{.*}}, %[[A]] :
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: {{^ *}$}}
func.func @to_the_fixpoint(%t: !vector, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 256} : !array
    %b = hip.gpu.alloc {offset = 768} : !array
    %c = hip.gpu.alloc {offset = 0} : !array
    %d = hip.gpu.alloc {offset = 512} : !array
    %ad = hip.gpu.alloc {offset = 256} : !hip.smem<128xi32, pitch = 512>
    %ca = hip.gpu.alloc {offset = 0} : !hip.smem<128xi32, pitch = 512>
    scf.for %i = %c0 to %n step %c1 {
      hip.gpu.local_store %t, %a : !vector, !array
      hip.gpu.local_store %t, %b : !vector, !array
      hip.gpu.local_store %t, %c : !vector, !array
      %u = hip.gpu.local_load %ad : !hip.smem<128xi32, pitch = 512> -> !hip.tile<128xi32, #hip.threads<64>>
      %v = hip.gpu.local_load %ca : !hip.smem<128xi32, pitch = 512> -> !hip.tile<128xi32, #hip.threads<64>>
      hip.gpu.local_store %t, %d : !vector, !array
      %w = hip.gpu.local_load %b : !array -> !vector
    }
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// A barrier for what was before a branch is before it, whoever takes it. That
// for %b after it waits for both branches.
// CHECK-LABEL: @hoisted
// CHECK: hip.gpu.local_store
// CHECK-NEXT: arith.cmpi
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: scf.if
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: } else {
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: {{^ *}$}}
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: {{^ *}$}}
func.func @hoisted(%t: !vector) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %tx = gpu.thread_id x
    %a = hip.gpu.alloc {offset = 0} : !array
    %b = hip.gpu.alloc {offset = 256} : !array
    hip.gpu.local_store %t, %a : !vector, !array
    %mine = arith.cmpi ult, %tx, %x : index
    scf.if %mine {
      %u = hip.gpu.local_load %a : !array -> !vector
    } else {
      hip.gpu.local_store %t, %b : !vector, !array
    }
    %v = hip.gpu.local_load %b : !array -> !vector
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// Barriers on all ways are one for what comes after; on some, they are none.
// CHECK-LABEL: @ways
// CHECK: scf.index_switch
// CHECK: gpu.barrier
// CHECK: default
// CHECK-NEXT: gpu.barrier
// CHECK: }
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: scf.if
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: {{^ *}$}}
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
func.func @ways(%t: !vector, %which: i1) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    hip.gpu.local_store %t, %a : !vector, !array
    scf.index_switch %x
    case 2 {
      gpu.barrier
      scf.yield
    }
    default {
      gpu.barrier
      scf.yield
    }
    %u = hip.gpu.local_load %a : !array -> !vector
    scf.if %which {
      gpu.barrier
    }
    hip.gpu.local_store %t, %a : !vector, !array
  }
  return
}

// -----

!vector = !hip.tile<64xi32, #hip.threads<64>>
!array = !hip.smem<64xi32, pitch = 256>

// Inside of branches: the number of the block, arguments, what is loaded, what each
// warp has all of, and loops over these are the same in all threads.
// CHECK-LABEL: @uniform
// CHECK-COUNT-3: scf.if
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
// CHECK-NEXT: {{^ *}$}}
// CHECK: scf.for
// CHECK: scf.while
// CHECK: do
// CHECK: gpu.barrier
// CHECK-NEXT: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.local_load
func.func @uniform(%t: !vector, %counts: memref<?xindex>, %l: !hip.tile<64xi32, #hip.threads<32>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%x) {
    %a = hip.gpu.alloc {offset = 0} : !array
    %n = memref.load %counts[%x] : memref<?xindex>
    %few = arith.cmpi ult, %n, %x : index
    %some = hip.tile.any %l : !hip.tile<64xi32, #hip.threads<32>> {
    ^bb0(%lane: i32):
      %zero = arith.constant 0 : i32
      %is = arith.cmpi ne, %lane, %zero : i32
      hip.tile.yield %is : i1
    }
    scf.if %few {
      scf.if %some {
        %both = arith.andi %few, %some : i1
        scf.if %both {
          hip.gpu.local_store %t, %a : !vector, !array
          %u = hip.gpu.local_load %a : !array -> !vector
        }
      }
    }
    scf.for %i = %c0 to %n step %c1 {
      %m = scf.while (%j = %i) : (index) -> index {
        %more = arith.cmpi ult, %j, %n : index
        scf.condition(%more) %j : index
      } do {
      ^bb0(%j: index):
        hip.gpu.local_store %t, %a : !vector, !array
        %u = hip.gpu.local_load %a : !array -> !vector
        %next = arith.addi %j, %c1 : index
        scf.yield %next : index
      }
    }
  }
  return
}
