// RUN: hip-opt %s --split-input-file --hip-schedule-loops | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-schedule-loops=stages=3 | FileCheck %s --check-prefix=THREE
// RUN: hip-opt %s --split-input-file --hip-schedule-loops="stages=3 shared-bytes=80000" | FileCheck %s --check-prefix=ROOM
// RUN: hip-opt %s --split-input-file --hip-schedule-loops=stages=1 | FileCheck %s --check-prefix=NONE
// RUN: hip-opt %s --split-input-file --hip-schedule-loops --remarks-filter-analyse=layout --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TOLD
// RUN: hip-opt %s --split-input-file --hip-schedule-loops=shared-bytes=50000 --remarks-filter-analyse=layout --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=SMALL

// NONE-NOT: hip.stage

// Keys and values of an iteration depend on its number alone.
// 1,000 bytes of the launch, 1,024 left free, 256 + 2 * 17,408, and for another stage 3 * 256 + 2 * 17,408.
// TOLD: scf.for | Category:layout | {{.*}}Remark="copies 1 iteration ahead, 72680 bytes of shared memory in all"
// SMALL: scf.for | Category:layout | {{.*}}Remark="does not prefetch: 72680 bytes of shared memory are more than 50000"

// CHECK-LABEL: func @attend
// CHECK: scf.for
// CHECK: arith.muli {{.*}} {hip.stage = 0 : i64}
// CHECK: hip.tile.generate
// CHECK: } {hip.stage = 0 : i64} : <64xi32
// CHECK: hip.gpu.local_store {{.*}} {hip.stage = 0 : i64}
// CHECK: arith.divui {{.*}} {hip.stage = 1 : i64}
// CHECK: hip.gpu.gather {{.*}} {hip.stage = 1 : i64}
// CHECK: hip.gpu.mma {{.*}} {hip.stage = 2 : i64, transpose_b}
// CHECK: hip.gpu.local_load {{.*}} {hip.stage = 2 : i64}
// CHECK: } {hip.stage = 2 : i64} -> <64x64xbf16
// CHECK: hip.gpu.gather {{.*}} {hip.stage = 1 : i64}
// CHECK: hip.gpu.mma {{.*}} {hip.stage = 2 : i64}
// CHECK: } {hip.stages = 2 : i64}
// THREE-LABEL: func @attend
// THREE: hip.stages = 3
// ROOM-LABEL: func @attend
// ROOM: hip.stages = 2
#rows = #hip.mma<row_warps = 4, column_warps = 1>
#columns = #hip.slice<0, <row_warps = 4, column_warps = 1>>
func.func @attend(%k: memref<1x2x?x128xbf16>, %list: memref<?xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : bf16
  hip.tile.kernel grid(%c1) threads(128) shared(1000) (%x) {
    %km = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %kb = hip.gpu.alloc : !hip.smem<64x128xbf16, pitch = 272>
    %vb = hip.gpu.alloc : !hip.smem<64x128xbf16, pitch = 272>
    %q = hip.tile.splat %one : !hip.tile<64x128xbf16, #rows>
    %init = hip.tile.splat %zero : !hip.tile<64x128xf32, #rows>
    %none = hip.tile.splat %zero : !hip.tile<64x64xf32, #rows>
    %out = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %init) -> (!hip.tile<64x128xf32, #rows>) {
      %first = arith.muli %i, %c64 : index
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %j = arith.addi %first, %c : index
        %row = memref.load %list[%j] : memref<?xi32>
        hip.tile.yield %row : i32
      } : !hip.tile<64xi32, #hip.threads<128>>
      hip.gpu.local_store %places, %km
        : !hip.tile<64xi32, #hip.threads<128>>, !hip.smem<64xi32, pitch = 256>
      %head = arith.divui %i, %c2 : index
      %view = hip.tile.view %k[%c0, %head, %c0] : memref<1x2x?x128xbf16> -> !hip.rows<128xbf16>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<128xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x128xbf16, pitch = 272>
      %s = hip.gpu.mma <mma_sync> %none, %q, %kb {transpose_b}
        : !hip.tile<64x64xf32, #rows>, !hip.tile<64x128xbf16, #rows>, !hip.smem<64x128xbf16, pitch = 272>
      %cols = hip.gpu.local_load %km : !hip.smem<64xi32, pitch = 256> -> !hip.tile<64xi32, #columns>
      %p = hip.tile.map %s, %cols per column : !hip.tile<64x64xf32, #rows>, !hip.tile<64xi32, #columns> {
      ^bb0(%a: f32, %b: i32):
        %none0 = arith.constant 0 : i32
        %seen = arith.cmpi sge, %b, %none0 : i32
        %weight = arith.select %seen, %a, %zero : f32
        %w = arith.truncf %weight : f32 to bf16
        hip.tile.yield %w : bf16
      } -> !hip.tile<64x64xbf16, #rows>
      hip.gpu.gather %view rows(%km), %vb
        : !hip.rows<128xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x128xbf16, pitch = 272>
      %o = hip.gpu.mma <mma_sync> %acc, %p, %vb
        : !hip.tile<64x128xf32, #rows>, !hip.tile<64x64xbf16, #rows>, !hip.smem<64x128xbf16, pitch = 272>
      scf.yield %o : !hip.tile<64x128xf32, #rows>
    }
  }
  return
}

// -----

// Numbers that the loop carries are not known ahead.
// TOLD: Remark="does not prefetch: hip.gpu.local_store is in stage 0 and uses a value that the loop carries, which is not known iterations ahead; only stage 2 may"
// CHECK-LABEL: func @carried
// CHECK-NOT: hip.stage
func.func @carried(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %init = hip.tile.splat %first : !hip.tile<32xi32, #hip.threads<32>>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %last = scf.for %i = %c0 to %n step %c1 iter_args(%places = %init) -> (!hip.tile<32xi32, #hip.threads<32>>) {
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
      %next = hip.tile.map %places : !hip.tile<32xi32, #hip.threads<32>> {
      ^bb0(%row: i32):
        %twice = arith.addi %row, %row : i32
        hip.tile.yield %twice : i32
      } -> !hip.tile<32xi32, #hip.threads<32>>
      scf.yield %next : !hip.tile<32xi32, #hip.threads<32>>
    }
  }
  return
}

// -----

// Numbers that stage 2 takes too are read back from shared memory: in registers they would be made twice.
// CHECK-LABEL: func @registers
// CHECK: hip.gpu.local_store %[[PLACES:.*]], %[[MEMORY:.*]] {hip.stage = 0 : i64}
// CHECK-NEXT: %[[AGAIN:.*]] = hip.gpu.local_load %[[MEMORY]] {hip.stage = 2 : i64} : <32xi32, pitch = 128> -> <32xi32, #hip.threads<32>>
// CHECK-NEXT: hip.gpu.gather
// CHECK-NEXT: hip.tile.map %[[AGAIN]]
func.func @registers(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
      %next = hip.tile.map %places : !hip.tile<32xi32, #hip.threads<32>> {
      ^bb0(%row: i32):
        %twice = arith.addi %row, %row : i32
        hip.tile.yield %twice : i32
      } -> !hip.tile<32xi32, #hip.threads<32>>
    }
  }
  return
}

// -----

// What makes the numbers is none, and a loop that gets no stages stays as it was.
// TOLD: Remark="does not prefetch: hip.tile.map is in stage 2 and uses a tile in registers of stage 0; it goes through shared memory"
// CHECK-LABEL: func @before_numbers
// CHECK-NOT: hip.stage
// CHECK-NOT: hip.gpu.local_load
// CHECK: return
func.func @before_numbers(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %starts = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } : !hip.tile<32xi32, #hip.threads<32>>
      %places = hip.tile.map %starts : !hip.tile<32xi32, #hip.threads<32>> {
      ^bb0(%row: i32):
        %twice = arith.addi %row, %row : i32
        hip.tile.yield %twice : i32
      } -> !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
      %next = hip.tile.map %starts, %places : !hip.tile<32xi32, #hip.threads<32>>, !hip.tile<32xi32, #hip.threads<32>> {
      ^bb0(%row: i32, %place: i32):
        %sum = arith.addi %row, %place : i32
        hip.tile.yield %sum : i32
      } -> !hip.tile<32xi32, #hip.threads<32>>
    }
  }
  return
}

// -----

// Of thread blocks that a multiprocessor holds together each has a part of its memory.
// TOLD: Remark="does not prefetch: {{[0-9]+}} bytes of shared memory are more than 7264"
// CHECK-LABEL: func @thirty_two_blocks
// CHECK-NOT: hip.stage
// CHECK: return
func.func @thirty_two_blocks(%k: memref<1x2x?x64xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) {min_blocks = 32 : i32} (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    }
  }
  return
}

// -----

// Asynchronous copies are of 16 bytes.
// TOLD: Remark="does not prefetch: hip.gpu.gather copies rows of 24 bytes, 32 apart; both are multiples of 16 where copies are asynchronous"
// CHECK-LABEL: func @narrow
// CHECK-NOT: hip.stage
func.func @narrow(%k: memref<1x2x?x12xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x12xbf16, pitch = 32>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x12xbf16> -> !hip.rows<12xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<12xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x12xbf16, pitch = 32>
    }
  }
  return
}

// -----

// Numbers from before the loop are the same in all iterations.
// TOLD: Remark="does not prefetch: hip.gpu.gather reads numbers of rows that 0 ops of the loop's body write; one does"
// CHECK-LABEL: func @outside
// CHECK-NOT: hip.stage
func.func @outside(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %places = hip.tile.splat %first : !hip.tile<32xi32, #hip.threads<32>>
    hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    }
  }
  return
}

// -----

// What is read after the loop has no slot there.
// TOLD: Remark="does not prefetch: hip.gpu.local_load accesses memory that a loop copies ahead into, outside of the loop; give it memory of its own"
// CHECK-LABEL: func @after
// CHECK-NOT: hip.stage
func.func @after(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    }
    %rows = hip.gpu.local_load %km : !hip.smem<32xi32, pitch = 128> -> !hip.tile<32xi32, #hip.threads<32>>
  }
  return
}

// -----

// Memory that still has the last iteration is read.
// TOLD: Remark="does not prefetch: hip.gpu.local_load accesses memory before the iteration has written it; move it after the hip.gpu.local_store"
// CHECK-LABEL: func @before
// CHECK-NOT: hip.stage
func.func @before(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %old = hip.gpu.local_load %km : !hip.smem<32xi32, pitch = 128> -> !hip.tile<32xi32, #hip.threads<32>>
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    }
  }
  return
}

// -----

// Two copies into one array would meet.
// TOLD: Remark="does not prefetch: hip.gpu.gather copies into memory that another hip.gpu.gather of the loop copies into; give it memory of its own"
// CHECK-LABEL: func @again
// CHECK-NOT: hip.stage
func.func @again(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %row = arith.index_cast %i : index to i32
        hip.tile.yield %row : i32
      } : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    }
  }
  return
}

// -----

// Loops are not run twice.
// TOLD: Remark="does not prefetch: scf.for is a loop in stage 0; loops are of stage 2"
// CHECK-LABEL: func @nested
// CHECK-NOT: hip.stage
func.func @nested(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %sum = scf.for %j = %c0 to %n step %c1 iter_args(%s = %first) -> (i32) {
        %t = arith.addi %s, %s : i32
        scf.yield %t : i32
      }
      %places = hip.tile.splat %sum : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    }
  }
  return
}

// -----

// What writes is done once, in its turn.
// TOLD: Remark="does not prefetch: scf.if is in stage 0 and has other effects than reading global memory; such ops are of stage 2"
// CHECK-LABEL: func @effects
// CHECK-NOT: hip.stage
func.func @effects(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %some = arith.cmpi eq, %i, %c0 : index
      %row = scf.if %some -> i32 {
        memref.store %first, %list[%i] : memref<?xi32>
        scf.yield %first : i32
      } else {
        %given = memref.load %list[%i] : memref<?xi32>
        scf.yield %given : i32
      }
      %places = hip.tile.splat %row : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
    }
  }
  return
}

// -----

// A list that the loop writes is not read ahead of that.
// TOLD: Remark="does not prefetch: memref.store writes an array that stage 0 reads iterations ahead"
// CHECK-LABEL: func @list
// CHECK-NOT: hip.stage
func.func @list(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %first: i32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %n step %c1 {
      %row = memref.load %list[%i] : memref<?xi32>
      %places = hip.tile.splat %row : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
      memref.store %first, %list[%c0] : memref<?xi32>
    }
  }
  return
}

// -----

// Nor are rows that it writes, whatever view they are of.
// TOLD: Remark="does not prefetch: hip.tile.store writes an array that stage 1 reads iterations ahead"
// CHECK-LABEL: func @rows
// CHECK-NOT: hip.stage
func.func @rows(%k: memref<1x2x?x64xbf16>, %first: i32, %x: bf16, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %km = hip.gpu.alloc : !hip.smem<32xi32, pitch = 128>
    %kb = hip.gpu.alloc : !hip.smem<32x64xbf16, pitch = 144>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %t = hip.tile.splat %x : !hip.tile<16x64xbf16, #hip.mma<row_warps = 1, column_warps = 1>>
    scf.for %i = %c0 to %n step %c1 {
      %places = hip.tile.splat %first : !hip.tile<32xi32, #hip.threads<32>>
      hip.gpu.local_store %places, %km : !hip.tile<32xi32, #hip.threads<32>>, !hip.smem<32xi32, pitch = 128>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
      %to = hip.tile.view %k[%c0, %c1, %i] to %n : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      hip.tile.store %t, %to
        : !hip.tile<16x64xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.rows<64xbf16>
    }
  }
  return
}

// -----

// Rows of another phase, which each iteration reads, are there beside the stages.
// CHECK-LABEL: func @kept
// CHECK: hip.stages = 2
// THREE-LABEL: func @kept
// THREE: hip.stages = 3
// ROOM-LABEL: func @kept
// ROOM: hip.stages = 2
#rows = #hip.mma<row_warps = 4, column_warps = 1>
func.func @kept(%k: memref<1x2x?x128xbf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %q = hip.gpu.alloc : !hip.smem<64x128xbf16, pitch = 272>
    %r = hip.gpu.alloc : !hip.smem<64x128xbf16, pitch = 272>
    %view = hip.tile.view %k[%c0, %c0, %c0] to %n : memref<1x2x?x128xbf16> -> !hip.rows<128xbf16>
    hip.gpu.copy %view, %q : !hip.rows<128xbf16>, !hip.smem<64x128xbf16, pitch = 272>
    hip.gpu.copy %view, %r : !hip.rows<128xbf16>, !hip.smem<64x128xbf16, pitch = 272>
    hip.tile.phase
    %km = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %kb = hip.gpu.alloc : !hip.smem<64x128xbf16, pitch = 272>
    %none = hip.tile.splat %zero : !hip.tile<64x64xf32, #rows>
    %out = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %none) -> (!hip.tile<64x64xf32, #rows>) {
      %first = arith.muli %i, %c64 : index
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %j = arith.addi %first, %c : index
        %row = arith.index_cast %j : index to i32
        hip.tile.yield %row : i32
      } : !hip.tile<64xi32, #hip.threads<128>>
      hip.gpu.local_store %places, %km
        : !hip.tile<64xi32, #hip.threads<128>>, !hip.smem<64xi32, pitch = 256>
      hip.gpu.gather %view rows(%km), %kb
        : !hip.rows<128xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x128xbf16, pitch = 272>
      %s = hip.gpu.mma <mma_sync> %acc, %q, %kb {transpose_b}
        : !hip.tile<64x64xf32, #rows>, !hip.smem<64x128xbf16, pitch = 272>, !hip.smem<64x128xbf16, pitch = 272>
      %t = hip.gpu.mma <mma_sync> %s, %r, %kb {transpose_b}
        : !hip.tile<64x64xf32, #rows>, !hip.smem<64x128xbf16, pitch = 272>, !hip.smem<64x128xbf16, pitch = 272>
      scf.yield %t : !hip.tile<64x64xf32, #rows>
    }
  }
  return
}
