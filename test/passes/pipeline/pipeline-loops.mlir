// RUN: hip-opt %s --hip-pipeline-loops --canonicalize --cse | FileCheck %s

#rows = #hip.mma<row_warps = 4, column_warps = 1>
#columns = #hip.slice<0, <row_warps = 4, column_warps = 1>>

// Before the loop numbers of two iterations and the copies of the first; in it a wait, a barrier, the
// copies of the next, numbers of the one after in registers, and at its end in memory.
// CHECK-LABEL: func @two
// CHECK: %[[KM:.*]] = hip.gpu.alloc : <64xi32, pitch = 256, stages = 4>
// CHECK: %[[KB:.*]] = hip.gpu.alloc : <64x64xbf16, pitch = 144, stages = 2>
// CHECK: %[[VB:.*]] = hip.gpu.alloc : <64x64xbf16, pitch = 144, stages = 2>
// CHECK: %[[LOWER:.*]] = arith.index_cast %{{.*}} : index to i32
// CHECK: %[[UPPER:.*]] = arith.index_cast %{{.*}} : index to i32
// CHECK: %[[SOME:.*]] = arith.cmpi slt, %[[LOWER]], %[[UPPER]] : i32
// CHECK: scf.if %[[SOME]] {
// CHECK: %[[N0:.*]] = hip.tile.generate
// CHECK: %[[SECOND:.*]] = arith.addi %[[LOWER]], %c2_i32
// CHECK-NEXT: %[[HAS:.*]] = arith.cmpi slt, %[[SECOND]], %[[UPPER]]
// CHECK-NEXT: arith.select %[[HAS]], %[[SECOND]], %[[LOWER]]
// CHECK: %[[N1:.*]] = hip.tile.generate
// CHECK: %[[KM0:.*]] = hip.gpu.slot %[[KM]][%c0]
// CHECK-NEXT: hip.gpu.local_store %[[N0]], %[[KM0]]
// CHECK-NEXT: %[[KM1:.*]] = hip.gpu.slot %[[KM]][%c1]
// CHECK-NEXT: hip.gpu.local_store %[[N1]], %[[KM1]]
// CHECK-NEXT: gpu.barrier
// CHECK: %[[KB0:.*]] = hip.gpu.slot %[[KB]][%c0]
// CHECK-NEXT: %[[VB0:.*]] = hip.gpu.slot %[[VB]][%c0]
// CHECK-NEXT: hip.gpu.gather %{{.*}} rows(%[[KM0]]), %[[KB0]] {async}
// CHECK-NEXT: hip.gpu.gather %{{.*}} rows(%[[KM0]]), %[[VB0]] {async}
// CHECK-NEXT: hip.gpu.commit
// CHECK-NEXT: }
// CHECK-NEXT: scf.for %[[I:.*]] = %[[LOWER]] to %[[UPPER]] step %c2_i32 {{.*}} : i32 {
// CHECK-NEXT: %[[INDEX:.*]] = arith.index_cast %[[I]] : i32 to index
// CHECK-NEXT: %[[SINCE:.*]] = arith.subi %[[I]], %[[LOWER]]
// CHECK-NEXT: %[[NUMBER:.*]] = arith.divui %[[SINCE]], %c2_i32
// CHECK-NEXT: hip.gpu.wait {pending = 0 : i64}
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: %[[NEXT:.*]] = arith.addi %[[I]], %c2_i32
// CHECK-NEXT: %[[MORE:.*]] = arith.cmpi slt, %[[NEXT]], %[[UPPER]]
// CHECK-NEXT: scf.if %[[MORE]] {
// CHECK-NEXT: %[[AHEAD:.*]] = arith.addi %[[NUMBER]], %c1_i32
// CHECK-NEXT: %[[A2:.*]] = arith.remui %[[AHEAD]], %c2_i32
// CHECK-NEXT: %[[AS2:.*]] = arith.index_cast %[[A2]]
// CHECK-NEXT: %[[A4:.*]] = arith.remui %[[AHEAD]], %c4_i32
// CHECK-NEXT: %[[AS4:.*]] = arith.index_cast %[[A4]]
// CHECK: %[[KBA:.*]] = hip.gpu.slot %[[KB]][%[[AS2]]]
// CHECK-NEXT: %[[VBA:.*]] = hip.gpu.slot %[[VB]][%[[AS2]]]
// CHECK-NEXT: %[[KMA:.*]] = hip.gpu.slot %[[KM]][%[[AS4]]]
// CHECK-NEXT: hip.gpu.gather %{{.*}} rows(%[[KMA]]), %[[KBA]] {async}
// CHECK-NEXT: hip.gpu.gather %{{.*}} rows(%[[KMA]]), %[[VBA]] {async}
// CHECK-NEXT: hip.gpu.commit
// CHECK-NEXT: }
// CHECK-NEXT: %[[THIRD:.*]] = arith.addi %[[I]], %c4_i32
// CHECK-NEXT: %[[IS:.*]] = arith.cmpi slt, %[[THIRD]], %[[UPPER]]
// CHECK-NEXT: %[[LAST:.*]] = arith.select %[[IS]], %[[THIRD]], %[[I]]
// CHECK: %[[NUMBERS:.*]] = hip.tile.generate
// CHECK: %[[L:.*]] = arith.addi %[[NUMBER]], %c2_i32
// CHECK-NEXT: %[[L4:.*]] = arith.remui %[[L]], %c4_i32
// CHECK-NEXT: %[[LS4:.*]] = arith.index_cast %[[L4]]
// CHECK-NEXT: %[[M2:.*]] = arith.remui %[[NUMBER]], %c2_i32
// CHECK-NEXT: %[[MS2:.*]] = arith.index_cast %[[M2]]
// CHECK-NEXT: %[[KBM:.*]] = hip.gpu.slot %[[KB]][%[[MS2]]]
// CHECK-NEXT: %[[VBM:.*]] = hip.gpu.slot %[[VB]][%[[MS2]]]
// CHECK-NEXT: %[[M4:.*]] = arith.remui %[[NUMBER]], %c4_i32
// CHECK-NEXT: %[[MS4:.*]] = arith.index_cast %[[M4]]
// CHECK-NEXT: %[[KMM:.*]] = hip.gpu.slot %[[KM]][%[[MS4]]]
// What the rest needs too stays: here the first row.
// CHECK-NEXT: arith.muli %[[INDEX]], %c64
// CHECK-NEXT: hip.gpu.local_load %[[KBM]]
// CHECK-NEXT: hip.gpu.local_load %[[KMM]]
// CHECK-NEXT: hip.tile.map
// CHECK-NOT: hip.gpu.gather
// CHECK: %[[OUT:.*]] = hip.gpu.mma <mma_sync> %{{.*}}, %{{.*}}, %[[VBM]]
// CHECK-NEXT: %[[KML:.*]] = hip.gpu.slot %[[KM]][%[[LS4]]]
// CHECK-NEXT: hip.gpu.local_store %[[NUMBERS]], %[[KML]]
// CHECK-NEXT: scf.yield %[[OUT]]
// CHECK-NOT: hip.stage
func.func @two(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %lower: index, %upper: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %km = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %kb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %vb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %init = hip.tile.splat %zero : !hip.tile<64x64xf32, #rows>
    %out = scf.for %i = %lower to %upper step %c2 iter_args(%acc = %init) -> (!hip.tile<64x64xf32, #rows>) {
      %first = arith.muli %i, %c64 {hip.stage = 0 : i64} : index
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %j = arith.addi %first, %c : index
        %row = memref.load %list[%j] : memref<?xi32>
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<64xi32, #hip.threads<128>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64}
        : !hip.tile<64xi32, #hip.threads<128>>, !hip.smem<64xi32, pitch = 256>
      %head = arith.divui %i, %c64 {hip.stage = 1 : i64} : index
      %view = hip.tile.view %k[%c0, %head, %c0] {hip.stage = 1 : i64}
        : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %keys = hip.gpu.local_load %kb {hip.stage = 2 : i64}
        : !hip.smem<64x64xbf16, pitch = 144> -> !hip.tile<64x64xbf16, #rows>
      %cols = hip.gpu.local_load %km {hip.stage = 2 : i64}
        : !hip.smem<64xi32, pitch = 256> -> !hip.tile<64xi32, #columns>
      %p = hip.tile.map %keys, %cols per column : !hip.tile<64x64xbf16, #rows>, !hip.tile<64xi32, #columns> {
      ^bb0(%a: bf16, %b: i32):
        %none = arith.index_cast %first : index to i32
        %seen = arith.cmpi sge, %b, %none : i32
        %no = arith.constant 0.0 : bf16
        %w = arith.select %seen, %a, %no : bf16
        hip.tile.yield %w : bf16
      } {hip.stage = 2 : i64} -> !hip.tile<64x64xbf16, #rows>
      hip.gpu.gather %view rows(%km), %vb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %o = hip.gpu.mma <mma_sync> %acc, %p, %vb {hip.stage = 2 : i64}
        : !hip.tile<64x64xf32, #rows>, !hip.tile<64x64xbf16, #rows>, !hip.smem<64x64xbf16, pitch = 144>
      scf.yield %o : !hip.tile<64x64xf32, #rows>
    } {hip.stages = 2 : i64}
  }
  return
}

// Two iterations ahead: groups are counted, so each iteration commits one, with rows or without.
// CHECK-LABEL: func @three
// CHECK: hip.gpu.alloc : <64xi32, pitch = 256, stages = 4>
// CHECK: hip.gpu.alloc : <64x64xbf16, pitch = 144, stages = 3>
// CHECK: hip.gpu.alloc : <64x64xbf16, pitch = 144, stages = 3>
// CHECK: scf.if
// CHECK-COUNT-3: hip.gpu.local_store
// CHECK-NEXT: gpu.barrier
// CHECK-COUNT-2: hip.gpu.gather {{.*}} {async}
// CHECK-NEXT: hip.gpu.commit
// CHECK-NEXT: scf.if
// CHECK-COUNT-2: hip.gpu.gather {{.*}} {async}
// CHECK-NEXT: }
// CHECK-NEXT: hip.gpu.commit
// CHECK-NEXT: }
// CHECK-NEXT: scf.for
// CHECK: %[[N:.*]] = arith.divui
// CHECK-NEXT: hip.gpu.wait {pending = 1 : i64}
// CHECK-NEXT: gpu.barrier
// CHECK: scf.if
// CHECK-NEXT: %[[A:.*]] = arith.addi %[[N]], %c2_i32
// CHECK-NEXT: arith.remui %[[A]], %c3_i32
// CHECK: arith.remui %[[A]], %c4_i32
// CHECK-COUNT-2: hip.gpu.gather {{.*}} {async}
// CHECK-NEXT: }
// CHECK-NEXT: hip.gpu.commit
// CHECK-NEXT: arith.addi %{{.*}}, %c6_i32
// CHECK: %[[L:.*]] = arith.addi %[[N]], %c3_i32
// CHECK-NEXT: arith.remui %[[L]], %c4_i32
// CHECK: arith.remui %[[N]], %c3_i32
// CHECK: arith.remui %[[N]], %c4_i32
// CHECK: hip.gpu.local_store
// CHECK-NEXT: scf.yield
func.func @three(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %lower: index, %upper: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %km = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %kb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %vb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %init = hip.tile.splat %zero : !hip.tile<64x64xf32, #rows>
    %out = scf.for %i = %lower to %upper step %c2 iter_args(%acc = %init) -> (!hip.tile<64x64xf32, #rows>) {
      %first = arith.muli %i, %c64 {hip.stage = 0 : i64} : index
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %j = arith.addi %first, %c : index
        %row = memref.load %list[%j] : memref<?xi32>
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<64xi32, #hip.threads<128>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64}
        : !hip.tile<64xi32, #hip.threads<128>>, !hip.smem<64xi32, pitch = 256>
      %head = arith.divui %i, %c64 {hip.stage = 1 : i64} : index
      %view = hip.tile.view %k[%c0, %head, %c0] {hip.stage = 1 : i64}
        : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %keys = hip.gpu.local_load %kb {hip.stage = 2 : i64}
        : !hip.smem<64x64xbf16, pitch = 144> -> !hip.tile<64x64xbf16, #rows>
      %cols = hip.gpu.local_load %km {hip.stage = 2 : i64}
        : !hip.smem<64xi32, pitch = 256> -> !hip.tile<64xi32, #columns>
      %p = hip.tile.map %keys, %cols per column : !hip.tile<64x64xbf16, #rows>, !hip.tile<64xi32, #columns> {
      ^bb0(%a: bf16, %b: i32):
        %none = arith.index_cast %first : index to i32
        %seen = arith.cmpi sge, %b, %none : i32
        %no = arith.constant 0.0 : bf16
        %w = arith.select %seen, %a, %no : bf16
        hip.tile.yield %w : bf16
      } {hip.stage = 2 : i64} -> !hip.tile<64x64xbf16, #rows>
      hip.gpu.gather %view rows(%km), %vb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %o = hip.gpu.mma <mma_sync> %acc, %p, %vb {hip.stage = 2 : i64}
        : !hip.tile<64x64xf32, #rows>, !hip.tile<64x64xbf16, #rows>, !hip.smem<64x64xbf16, pitch = 144>
      scf.yield %o : !hip.tile<64x64xf32, #rows>
    } {hip.stages = 3 : i64}
  }
  return
}

// Numbers have a slot for each iteration ahead, the one after, and the one that is read: 8 of 5 stages.
// CHECK-LABEL: func @five
// CHECK: hip.gpu.alloc : <64xi32, pitch = 256, stages = 8>
// CHECK: hip.gpu.alloc : <64x64xbf16, pitch = 144, stages = 5>
// CHECK: hip.gpu.wait {pending = 3 : i64}
func.func @five(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %lower: index, %upper: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %km = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %kb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %vb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %init = hip.tile.splat %zero : !hip.tile<64x64xf32, #rows>
    %out = scf.for %i = %lower to %upper step %c2 iter_args(%acc = %init) -> (!hip.tile<64x64xf32, #rows>) {
      %first = arith.muli %i, %c64 {hip.stage = 0 : i64} : index
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %j = arith.addi %first, %c : index
        %row = memref.load %list[%j] : memref<?xi32>
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<64xi32, #hip.threads<128>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64}
        : !hip.tile<64xi32, #hip.threads<128>>, !hip.smem<64xi32, pitch = 256>
      %head = arith.divui %i, %c64 {hip.stage = 1 : i64} : index
      %view = hip.tile.view %k[%c0, %head, %c0] {hip.stage = 1 : i64}
        : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %keys = hip.gpu.local_load %kb {hip.stage = 2 : i64}
        : !hip.smem<64x64xbf16, pitch = 144> -> !hip.tile<64x64xbf16, #rows>
      %cols = hip.gpu.local_load %km {hip.stage = 2 : i64}
        : !hip.smem<64xi32, pitch = 256> -> !hip.tile<64xi32, #columns>
      %p = hip.tile.map %keys, %cols per column : !hip.tile<64x64xbf16, #rows>, !hip.tile<64xi32, #columns> {
      ^bb0(%a: bf16, %b: i32):
        %none = arith.index_cast %first : index to i32
        %seen = arith.cmpi sge, %b, %none : i32
        %no = arith.constant 0.0 : bf16
        %w = arith.select %seen, %a, %no : bf16
        hip.tile.yield %w : bf16
      } {hip.stage = 2 : i64} -> !hip.tile<64x64xbf16, #rows>
      hip.gpu.gather %view rows(%km), %vb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %o = hip.gpu.mma <mma_sync> %acc, %p, %vb {hip.stage = 2 : i64}
        : !hip.tile<64x64xf32, #rows>, !hip.tile<64x64xbf16, #rows>, !hip.smem<64x64xbf16, pitch = 144>
      scf.yield %o : !hip.tile<64x64xf32, #rows>
    } {hip.stages = 5 : i64}
  }
  return
}

// A loop that is come to again: the last iteration may still read numbers in some threads.
// CHECK-LABEL: func @nested
// CHECK: scf.for
// CHECK: scf.if
// CHECK-COUNT-2: hip.tile.generate
// CHECK: gpu.barrier
// CHECK-COUNT-2: hip.gpu.local_store
// CHECK: gpu.barrier
// CHECK: hip.gpu.commit
// CHECK: scf.for {{.*}} : i32
func.func @nested(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %lower: index, %upper: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %km = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %kb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %vb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %init = hip.tile.splat %zero : !hip.tile<64x64xf32, #rows>
    scf.for %r = %c0 to %c2 step %c1 {
    %out = scf.for %i = %lower to %upper step %c2 iter_args(%acc = %init) -> (!hip.tile<64x64xf32, #rows>) {
      %first = arith.muli %i, %c64 {hip.stage = 0 : i64} : index
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %j = arith.addi %first, %c : index
        %row = memref.load %list[%j] : memref<?xi32>
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<64xi32, #hip.threads<128>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64}
        : !hip.tile<64xi32, #hip.threads<128>>, !hip.smem<64xi32, pitch = 256>
      %head = arith.divui %i, %c64 {hip.stage = 1 : i64} : index
      %view = hip.tile.view %k[%c0, %head, %c0] {hip.stage = 1 : i64}
        : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %keys = hip.gpu.local_load %kb {hip.stage = 2 : i64}
        : !hip.smem<64x64xbf16, pitch = 144> -> !hip.tile<64x64xbf16, #rows>
      %cols = hip.gpu.local_load %km {hip.stage = 2 : i64}
        : !hip.smem<64xi32, pitch = 256> -> !hip.tile<64xi32, #columns>
      %p = hip.tile.map %keys, %cols per column : !hip.tile<64x64xbf16, #rows>, !hip.tile<64xi32, #columns> {
      ^bb0(%a: bf16, %b: i32):
        %none = arith.index_cast %first : index to i32
        %seen = arith.cmpi sge, %b, %none : i32
        %no = arith.constant 0.0 : bf16
        %w = arith.select %seen, %a, %no : bf16
        hip.tile.yield %w : bf16
      } {hip.stage = 2 : i64} -> !hip.tile<64x64xbf16, #rows>
      hip.gpu.gather %view rows(%km), %vb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %o = hip.gpu.mma <mma_sync> %acc, %p, %vb {hip.stage = 2 : i64}
        : !hip.tile<64x64xf32, #rows>, !hip.tile<64x64xbf16, #rows>, !hip.smem<64x64xbf16, pitch = 144>
      scf.yield %o : !hip.tile<64x64xf32, #rows>
    } {hip.stages = 2 : i64}
    }
  }
  return
}

// There is a barrier between the two already.
// CHECK-LABEL: func @phases
// CHECK: scf.for
// CHECK: hip.tile.phase
// CHECK: scf.if
// CHECK-COUNT-2: hip.tile.generate
// CHECK-NOT: gpu.barrier
// CHECK: hip.gpu.local_store
func.func @phases(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %lower: index, %upper: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %km = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %kb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %vb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %init = hip.tile.splat %zero : !hip.tile<64x64xf32, #rows>
    scf.for %r = %c0 to %c2 step %c1 {
      hip.tile.phase
    %out = scf.for %i = %lower to %upper step %c2 iter_args(%acc = %init) -> (!hip.tile<64x64xf32, #rows>) {
      %first = arith.muli %i, %c64 {hip.stage = 0 : i64} : index
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %j = arith.addi %first, %c : index
        %row = memref.load %list[%j] : memref<?xi32>
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<64xi32, #hip.threads<128>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64}
        : !hip.tile<64xi32, #hip.threads<128>>, !hip.smem<64xi32, pitch = 256>
      %head = arith.divui %i, %c64 {hip.stage = 1 : i64} : index
      %view = hip.tile.view %k[%c0, %head, %c0] {hip.stage = 1 : i64}
        : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %keys = hip.gpu.local_load %kb {hip.stage = 2 : i64}
        : !hip.smem<64x64xbf16, pitch = 144> -> !hip.tile<64x64xbf16, #rows>
      %cols = hip.gpu.local_load %km {hip.stage = 2 : i64}
        : !hip.smem<64xi32, pitch = 256> -> !hip.tile<64xi32, #columns>
      %p = hip.tile.map %keys, %cols per column : !hip.tile<64x64xbf16, #rows>, !hip.tile<64xi32, #columns> {
      ^bb0(%a: bf16, %b: i32):
        %none = arith.index_cast %first : index to i32
        %seen = arith.cmpi sge, %b, %none : i32
        %no = arith.constant 0.0 : bf16
        %w = arith.select %seen, %a, %no : bf16
        hip.tile.yield %w : bf16
      } {hip.stage = 2 : i64} -> !hip.tile<64x64xbf16, #rows>
      hip.gpu.gather %view rows(%km), %vb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %o = hip.gpu.mma <mma_sync> %acc, %p, %vb {hip.stage = 2 : i64}
        : !hip.tile<64x64xf32, #rows>, !hip.tile<64x64xbf16, #rows>, !hip.smem<64x64xbf16, pitch = 144>
      scf.yield %o : !hip.tile<64x64xf32, #rows>
    } {hip.stages = 2 : i64}
    }
  }
  return
}

// CHECK-LABEL: func @branch
// CHECK: scf.if
// CHECK: scf.if
// CHECK: hip.gpu.commit
// CHECK: scf.for {{.*}} : i32
func.func @branch(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %lower: index, %upper: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(128) (%x) {
    %km = hip.gpu.alloc : !hip.smem<64xi32, pitch = 256>
    %kb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %vb = hip.gpu.alloc : !hip.smem<64x64xbf16, pitch = 144>
    %init = hip.tile.splat %zero : !hip.tile<64x64xf32, #rows>
    %any = arith.cmpi ult, %x, %upper : index
    scf.if %any {
    %out = scf.for %i = %lower to %upper step %c2 iter_args(%acc = %init) -> (!hip.tile<64x64xf32, #rows>) {
      %first = arith.muli %i, %c64 {hip.stage = 0 : i64} : index
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %j = arith.addi %first, %c : index
        %row = memref.load %list[%j] : memref<?xi32>
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !hip.tile<64xi32, #hip.threads<128>>
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64}
        : !hip.tile<64xi32, #hip.threads<128>>, !hip.smem<64xi32, pitch = 256>
      %head = arith.divui %i, %c64 {hip.stage = 1 : i64} : index
      %view = hip.tile.view %k[%c0, %head, %c0] {hip.stage = 1 : i64}
        : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %keys = hip.gpu.local_load %kb {hip.stage = 2 : i64}
        : !hip.smem<64x64xbf16, pitch = 144> -> !hip.tile<64x64xbf16, #rows>
      %cols = hip.gpu.local_load %km {hip.stage = 2 : i64}
        : !hip.smem<64xi32, pitch = 256> -> !hip.tile<64xi32, #columns>
      %p = hip.tile.map %keys, %cols per column : !hip.tile<64x64xbf16, #rows>, !hip.tile<64xi32, #columns> {
      ^bb0(%a: bf16, %b: i32):
        %none = arith.index_cast %first : index to i32
        %seen = arith.cmpi sge, %b, %none : i32
        %no = arith.constant 0.0 : bf16
        %w = arith.select %seen, %a, %no : bf16
        hip.tile.yield %w : bf16
      } {hip.stage = 2 : i64} -> !hip.tile<64x64xbf16, #rows>
      hip.gpu.gather %view rows(%km), %vb {hip.stage = 1 : i64}
        : !hip.rows<64xbf16>, !hip.smem<64xi32, pitch = 256>, !hip.smem<64x64xbf16, pitch = 144>
      %o = hip.gpu.mma <mma_sync> %acc, %p, %vb {hip.stage = 2 : i64}
        : !hip.tile<64x64xf32, #rows>, !hip.tile<64x64xbf16, #rows>, !hip.smem<64x64xbf16, pitch = 144>
      scf.yield %o : !hip.tile<64x64xf32, #rows>
    } {hip.stages = 2 : i64}
    }
  }
  return
}
