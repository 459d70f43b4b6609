// RUN: hip-opt %s --split-input-file --hip-specialize-warps --canonicalize --cse | FileCheck %s
// RUN: hip-opt %s --split-input-file --hip-specialize-warps --remarks-filter-analyse=layout --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=TELLS

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!weights = !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
!columns = !hip.tile<64xi32, #hip.slice<0, <row_warps = 4, column_warps = 1>>>
!numbers = !hip.tile<64xi32, #hip.threads<128>>
!rows = !hip.smem<64xi32, pitch = 256>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// Producers wait for a slot that is empty, and say when it is full: thread by thread, of copies when these are
// complete. Numbers of the next iteration are computed before the copies of this one. Consumers wait for a full slot
// before its first use, and give it back after its last one, warp by warp. Both count slots, and phases, in which all
// slots have been used once; producers wait for the other phase, so that at first all slots are empty.
// CHECK-LABEL: func @roles
// CHECK: hip.tile.kernel {{.*}} threads(256)
// CHECK-NEXT: %[[NFULL:.*]] = hip.gpu.alloc : <3xi64, pitch = 24>
// CHECK-NEXT: hip.gpu.mbarrier_init %[[NFULL]] {arrivals = 128 : i64}
// CHECK-NEXT: %[[NEMPTY:.*]] = hip.gpu.alloc : <3xi64, pitch = 24>
// CHECK-NEXT: hip.gpu.mbarrier_init %[[NEMPTY]] {arrivals = 4 : i64}
// CHECK-NEXT: %[[KFULL:.*]] = hip.gpu.alloc
// CHECK-NEXT: hip.gpu.mbarrier_init %[[KFULL]] {arrivals = 128 : i64}
// CHECK-NEXT: %[[KEMPTY:.*]] = hip.gpu.alloc
// CHECK-NEXT: hip.gpu.mbarrier_init %[[KEMPTY]] {arrivals = 4 : i64}
// CHECK-NEXT: %[[VFULL:.*]] = hip.gpu.alloc
// CHECK-NEXT: hip.gpu.mbarrier_init %[[VFULL]] {arrivals = 128 : i64}
// CHECK-NEXT: %[[VEMPTY:.*]] = hip.gpu.alloc
// CHECK-NEXT: hip.gpu.mbarrier_init %[[VEMPTY]] {arrivals = 4 : i64}
// CHECK-NEXT: %[[KM:.*]] = hip.gpu.alloc : <64xi32, pitch = 256, stages = 3>
// CHECK-NEXT: %[[KB:.*]] = hip.gpu.alloc : <64x64xbf16, pitch = 128, swizzle = 128, stages = 3>
// CHECK-NEXT: %[[VB:.*]] = hip.gpu.alloc : <64x64xbf16, pitch = 128, swizzle = 128, stages = 3>
// CHECK-NEXT: %[[LOWER:.*]] = arith.index_cast %{{.*}} : index to i32
// CHECK-NEXT: %[[UPPER:.*]] = arith.index_cast %{{.*}} : index to i32
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: hip.gpu.roles consumers(128, registers = 240) {
// CHECK-NEXT: %[[INIT:.*]] = hip.tile.splat
// CHECK-NEXT: %[[OUT:.*]]:3 = scf.for %[[I:.*]] = %[[LOWER]] to %[[UPPER]] step %c2_i32 iter_args(%[[ACC:.*]] = %[[INIT]], %[[SLOT:.*]] = %c0_i32, %[[PHASE:.*]] = %c0_i32)
// CHECK-NEXT: %[[INDEX:.*]] = arith.index_cast %[[I]]
// What consumers need of the first stages they compute themselves: here the first row.
// CHECK-NEXT: arith.muli %[[INDEX]], %c64
// CHECK-NEXT: %[[AT:.*]] = arith.index_cast %[[SLOT]]
// CHECK-NEXT: hip.gpu.await %[[KFULL]][%[[AT]]], %[[PHASE]]
// CHECK-NEXT: %[[KSLOT:.*]] = hip.gpu.slot %[[KB]][%[[AT]]]
// CHECK-NEXT: hip.gpu.local_load %[[KSLOT]]
// CHECK-NEXT: hip.gpu.arrive %[[KEMPTY]][%[[AT]]] {warp}
// CHECK-NEXT: hip.gpu.await %[[NFULL]][%[[AT]]], %[[PHASE]]
// CHECK-NEXT: %[[NSLOT:.*]] = hip.gpu.slot %[[KM]][%[[AT]]]
// CHECK-NEXT: hip.gpu.local_load %[[NSLOT]]
// CHECK-NEXT: hip.gpu.arrive %[[NEMPTY]][%[[AT]]] {warp}
// CHECK-NEXT: %[[P:.*]] = hip.tile.map
// CHECK: hip.gpu.await %[[VFULL]][%[[AT]]], %[[PHASE]]
// CHECK-NEXT: %[[VSLOT:.*]] = hip.gpu.slot %[[VB]][%[[AT]]]
// CHECK-NEXT: %[[S:.*]] = hip.gpu.mma <wgmma> %[[ACC]], %[[P]], %[[VSLOT]]
// CHECK-NEXT: hip.gpu.arrive %[[VEMPTY]][%[[AT]]] {warp}
// CHECK-NEXT: %[[NEXT:.*]] = arith.addi %[[SLOT]], %c1_i32
// CHECK-NEXT: %[[LAST:.*]] = arith.cmpi eq, %[[NEXT]], %c3_i32
// CHECK-NEXT: %[[OTHER:.*]] = arith.xori %[[PHASE]], %c1_i32
// CHECK-NEXT: %[[THEN:.*]] = arith.select %[[LAST]], %c0_i32, %[[NEXT]]
// CHECK-NEXT: %[[TURNED:.*]] = arith.select %[[LAST]], %[[OTHER]], %[[PHASE]]
// CHECK-NEXT: scf.yield %[[S]], %[[THEN]], %[[TURNED]]
// CHECK-NEXT: }
// CHECK-NEXT: %[[TO:.*]] = hip.tile.view
// CHECK-NEXT: hip.tile.store %[[OUT]]#0, %[[TO]]
// CHECK-NEXT: } producers(128, registers = 40) {
// CHECK-NEXT: %[[SOME:.*]] = arith.cmpi slt, %[[LOWER]], %[[UPPER]]
// CHECK-NEXT: scf.if %[[SOME]] {
// CHECK: %[[FIRST:.*]] = hip.tile.generate
// CHECK: } : <64xi32, #hip.threads<128>>
// CHECK-NEXT: scf.for %[[I:.*]] = %[[LOWER]] to %[[UPPER]] step %c2_i32 iter_args(%[[NUMBERS:.*]] = %[[FIRST]], %[[SLOT:.*]] = %c0_i32, %[[PHASE:.*]] = %c0_i32)
// CHECK-NEXT: %[[AT:.*]] = arith.index_cast %[[SLOT]]
// CHECK-NEXT: %[[OTHER:.*]] = arith.xori %[[PHASE]], %c1_i32
// CHECK-NEXT: hip.gpu.await %[[NEMPTY]][%[[AT]]], %[[OTHER]]
// CHECK-NEXT: %[[NSLOT:.*]] = hip.gpu.slot %[[KM]][%[[AT]]]
// CHECK-NEXT: hip.gpu.local_store %[[NUMBERS]], %[[NSLOT]]
// CHECK-NEXT: hip.gpu.arrive %[[NFULL]][%[[AT]]] :
// CHECK-NEXT: hip.gpu.barrier
// CHECK-NEXT: %[[FOLLOWING:.*]] = arith.addi %[[I]], %c2_i32
// CHECK-NEXT: %[[EXISTS:.*]] = arith.cmpi slt, %[[FOLLOWING]], %[[UPPER]]
// CHECK-NEXT: arith.select %[[EXISTS]], %[[FOLLOWING]], %[[I]]
// CHECK: %[[MADE:.*]] = hip.tile.generate
// CHECK: hip.gpu.await %[[KEMPTY]][%[[AT]]], %[[OTHER]]
// CHECK-NEXT: %[[KSLOT:.*]] = hip.gpu.slot %[[KB]][%[[AT]]]
// CHECK-NEXT: hip.gpu.gather %{{.*}} rows(%[[NSLOT]]), %[[KSLOT]] {async}
// CHECK-NEXT: hip.gpu.arrive %[[KFULL]][%[[AT]]] {copies}
// CHECK-NEXT: hip.gpu.await %[[VEMPTY]][%[[AT]]], %[[OTHER]]
// CHECK-NEXT: %[[VSLOT:.*]] = hip.gpu.slot %[[VB]][%[[AT]]]
// CHECK-NEXT: hip.gpu.gather %{{.*}} rows(%[[NSLOT]]), %[[VSLOT]] {async}
// CHECK-NEXT: hip.gpu.arrive %[[VFULL]][%[[AT]]] {copies}
// CHECK: scf.yield %[[MADE]], %{{.*}}, %{{.*}} : !hip.tile<64xi32, #hip.threads<128>>, i32, i32
// CHECK-NOT: hip.stage
// TELLS-NOT: remark
func.func @roles(%k: memref<1x2x?x64xbf16>, %list: memref<?xi32>, %lower: index, %upper: index, %o: memref<1x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 64, producers = 128, unit = wgmma>} (%x) {
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !matrix
    %vb = hip.gpu.alloc : !matrix
    %init = hip.tile.splat %zero : !acc
    %out = scf.for %i = %lower to %upper step %c2 iter_args(%acc = %init) -> (!acc) {
      %first = arith.muli %i, %c64 {hip.stage = 0 : i64} : index
      %places = hip.tile.generate {
      ^bb0(%c: index):
        %j = arith.addi %first, %c : index
        %row = memref.load %list[%j] : memref<?xi32>
        hip.tile.yield %row : i32
      } {hip.stage = 0 : i64} : !numbers
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64}
        : !numbers, !rows
      %head = arith.divui %i, %c64 {hip.stage = 1 : i64} : index
      %view = hip.tile.view %k[%c0, %head, %c0] {hip.stage = 1 : i64}
        : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
      %keys = hip.gpu.local_load %kb {hip.stage = 2 : i64}
        : !matrix -> !weights
      %cols = hip.gpu.local_load %km {hip.stage = 2 : i64}
        : !rows -> !columns
      %p = hip.tile.map %keys, %cols per column : !weights, !columns {
      ^bb0(%a: bf16, %b: i32):
        %none = arith.index_cast %first : index to i32
        %seen = arith.cmpi sge, %b, %none : i32
        %no = arith.constant 0.0 : bf16
        %w = arith.select %seen, %a, %no : bf16
        hip.tile.yield %w : bf16
      } {hip.stage = 2 : i64} -> !weights
      hip.gpu.gather %view rows(%km), %vb {hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
      %s = hip.gpu.mma <wgmma> %acc, %p, %vb {hip.stage = 2 : i64}
        : !acc, !weights, !matrix
      scf.yield %s : !acc
    } {hip.stages = 3 : i64}
    %view1 = hip.tile.view %o[%c0] to %c1 : memref<1x64xf32> -> !hip.rows<64xf32>
    hip.tile.store %out, %view1 : !acc, !hip.rows<64xf32>
  }
  return
}

// -----

!acc = !hip.tile<128x64xf32, #hip.mma<row_warps = 8, column_warps = 1>>
!numbers = !hip.tile<64xi32, #hip.threads<256>>
!rows = !hip.smem<64xi32, pitch = 256>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!queries = !hip.smem<128x64xbf16, pitch = 128, swizzle = 128>

// Eight warps empty a slot that 128 threads fill. Numbers that no consumer reads have no mbarriers; the barrier of the
// producers is enough. Consumers have the registers that producers leave of two thread blocks' part.
// CHECK-LABEL: func @two_warpgroups
// CHECK: hip.tile.kernel {{.*}} threads(384) {{.*}}min_blocks = 2
// CHECK: hip.gpu.alloc : <2xi64, pitch = 16>
// CHECK-NEXT: hip.gpu.mbarrier_init %{{.*}} {arrivals = 128 : i64}
// CHECK-NEXT: hip.gpu.alloc : <2xi64, pitch = 16>
// CHECK-NEXT: hip.gpu.mbarrier_init %{{.*}} {arrivals = 8 : i64}
// CHECK-NOT: mbarrier_init
// CHECK: hip.gpu.roles consumers(256, registers = 96) {
// CHECK: hip.tile.splat {{.*}} : <128x64xf32,
// CHECK: } producers(128, registers = 40) {
// CHECK: %[[FIRST:.*]] = hip.tile.splat {{.*}} : <64xi32, #hip.threads<128>>
// CHECK: iter_args(%[[NUMBERS:.*]] = %[[FIRST]],
// CHECK-NOT: hip.gpu.await
// CHECK: hip.gpu.local_store %[[NUMBERS]]
// CHECK-NEXT: hip.gpu.barrier
func.func @two_warpgroups(%k: memref<1x2x?x64xbf16>, %upper: index, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(256) {schedule = #hip.schedule<threads = 256, rows = 128, columns = 64, min_blocks = 2, producers = 128, unit = wgmma>} (%x) {
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !matrix
    %init = hip.tile.splat %zero : !acc
    %q = hip.gpu.alloc : !queries
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %out = scf.for %i = %c0 to %upper step %c1 iter_args(%acc = %init) -> (!acc) {
      %row = arith.index_cast %i {hip.stage = 0 : i64} : index to i32
      %places = hip.tile.splat %row {hip.stage = 0 : i64} : !numbers
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !numbers, !rows
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
      %s = hip.gpu.mma <wgmma> %acc, %q, %kb {transpose_b, hip.stage = 2 : i64} : !acc, !queries, !matrix
      scf.yield %s : !acc
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!numbers = !hip.tile<64xi32, #hip.threads<128>>
!rows = !hip.smem<64xi32, pitch = 256>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// A schedule without producers has none.
// CHECK-LABEL: func @no_producers
// CHECK-NOT: hip.gpu.roles
// CHECK: hip.stages = 2
func.func @no_producers(%k: memref<1x2x?x64xbf16>, %upper: index, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 64, unit = wgmma>} (%x) {
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !matrix
    %init = hip.tile.splat %zero : !acc
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %out = scf.for %i = %c0 to %upper step %c1 iter_args(%acc = %init) -> (!acc) {
      %row = arith.index_cast %i {hip.stage = 0 : i64} : index to i32
      %places = hip.tile.splat %row {hip.stage = 0 : i64} : !numbers
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !numbers, !rows
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
      %s = hip.gpu.mma <wgmma> %acc, %kb, %kb {hip.stage = 2 : i64} : !acc, !matrix, !matrix
      scf.yield %s : !acc
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!numbers = !hip.tile<64xi32, #hip.threads<128>>
!rows = !hip.smem<64xi32, pitch = 256>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// Another kernel of the op, of few rows, has other threads than its schedule says.
// CHECK-LABEL: func @other_threads
// CHECK-NOT: hip.gpu.roles
// CHECK: hip.stages = 2
// TELLS-NOT: remark
func.func @other_threads(%k: memref<1x2x?x64xbf16>, %upper: index, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 64, producers = 128, unit = wgmma>} (%x) {
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !matrix
    %init = hip.tile.splat %zero : !acc
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %out = scf.for %i = %c0 to %upper step %c1 iter_args(%acc = %init) -> (!acc) {
      %row = arith.index_cast %i {hip.stage = 0 : i64} : index to i32
      %places = hip.tile.splat %row {hip.stage = 0 : i64} : !numbers
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !numbers, !rows
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
      %s = hip.gpu.mma <wgmma> %acc, %kb, %kb {hip.stage = 2 : i64} : !acc, !matrix, !matrix
      scf.yield %s : !acc
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!numbers = !hip.tile<64xi32, #hip.threads<128>>
!rows = !hip.smem<64xi32, pitch = 256>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// Some thread blocks would have roles, and some not.
// CHECK-LABEL: func @branch
// CHECK-NOT: hip.gpu.roles
// CHECK: hip.stages = 2
// TELLS: remark: [Analysis] scf.for | Category:layout | Remark="has no producers: scf.for is inside of another op"
func.func @branch(%k: memref<1x2x?x64xbf16>, %upper: index, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 64, producers = 128, unit = wgmma>} (%x) {
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !matrix
    %init = hip.tile.splat %zero : !acc
    %some = arith.cmpi ult, %x, %upper : index
    scf.if %some {
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %out = scf.for %i = %c0 to %upper step %c1 iter_args(%acc = %init) -> (!acc) {
      %row = arith.index_cast %i {hip.stage = 0 : i64} : index to i32
      %places = hip.tile.splat %row {hip.stage = 0 : i64} : !numbers
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !numbers, !rows
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
      %s = hip.gpu.mma <wgmma> %acc, %kb, %kb {hip.stage = 2 : i64} : !acc, !matrix, !matrix
      scf.yield %s : !acc
    } {hip.stages = 2 : i64}
    }
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!numbers = !hip.tile<64xi32, #hip.threads<128>>
!rows = !hip.smem<64xi32, pitch = 256>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// Roles do not meet at a barrier of the thread block.
// CHECK-LABEL: func @barrier
// CHECK-NOT: hip.gpu.roles
// CHECK: hip.stages = 2
// TELLS: Remark="has no producers: scf.for is in a kernel in which all threads meet elsewhere, too"
func.func @barrier(%k: memref<1x2x?x64xbf16>, %upper: index, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 64, producers = 128, unit = wgmma>} (%x) {
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !matrix
    %init = hip.tile.splat %zero : !acc
    gpu.barrier
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %out = scf.for %i = %c0 to %upper step %c1 iter_args(%acc = %init) -> (!acc) {
      %row = arith.index_cast %i {hip.stage = 0 : i64} : index to i32
      %places = hip.tile.splat %row {hip.stage = 0 : i64} : !numbers
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !numbers, !rows
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
      %s = hip.gpu.mma <wgmma> %acc, %kb, %kb {hip.stage = 2 : i64} : !acc, !matrix, !matrix
      scf.yield %s : !acc
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!numbers = !hip.tile<64xi32, #hip.threads<128>>
!rows = !hip.smem<64xi32, pitch = 256>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// Tiles that are there before the loop are the consumers'.
// CHECK-LABEL: func @before
// CHECK-NOT: hip.gpu.roles
// CHECK: hip.stages = 2
// TELLS: Remark="has no producers: hip.tile.map uses what consumers compute before the loop"
func.func @before(%k: memref<1x2x?x64xbf16>, %upper: index, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 64, producers = 128, unit = wgmma>} (%x) {
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !matrix
    %init = hip.tile.splat %zero : !acc
    %one = arith.constant 1 : i32
    %base = hip.tile.splat %one : !numbers
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %out = scf.for %i = %c0 to %upper step %c1 iter_args(%acc = %init) -> (!acc) {
      %row = arith.index_cast %i {hip.stage = 0 : i64} : index to i32
      %places = hip.tile.map %base : !numbers {
      ^bb0(%n: i32):
        %m = arith.addi %n, %row : i32
        hip.tile.yield %m : i32
      } {hip.stage = 0 : i64} -> !numbers
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !numbers, !rows
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
      %s = hip.gpu.mma <wgmma> %acc, %kb, %kb {hip.stage = 2 : i64} : !acc, !matrix, !matrix
      scf.yield %s : !acc
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!numbers = !hip.tile<64xi32, #hip.threads<128>>
!rows = !hip.smem<64xi32, pitch = 256>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!columns = !hip.tile<64xi32, #hip.slice<0, <row_warps = 4, column_warps = 1>>>

// Producers are other threads than those of a matrix.
// CHECK-LABEL: func @columns
// CHECK-NOT: hip.gpu.roles
// CHECK: hip.stages = 2
// TELLS: Remark="has no producers: hip.tile.splat makes a tile in another layout than #hip.threads"
// TELLS-NOT: remark
func.func @columns(%k: memref<1x2x?x64xbf16>, %upper: index, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 64, producers = 128, unit = wgmma>} (%x) {
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !matrix
    %init = hip.tile.splat %zero : !acc
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %out = scf.for %i = %c0 to %upper step %c1 iter_args(%acc = %init) -> (!acc) {
      %row = arith.index_cast %i {hip.stage = 0 : i64} : index to i32
      %places = hip.tile.splat %row {hip.stage = 0 : i64} : !columns
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !columns, !rows
      hip.gpu.gather %view rows(%km), %kb {hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
      %s = hip.gpu.mma <wgmma> %acc, %kb, %kb {hip.stage = 2 : i64} : !acc, !matrix, !matrix
      scf.yield %s : !acc
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!numbers = !hip.tile<64xi32, #hip.threads<128>>
!rows = !hip.smem<64xi32, pitch = 256>
!boxes = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!queries = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// Boxes fill a slot for one arrival, that of the thread that starts them; the host makes the map. Other rows are copied
// thread by thread as before. TMA sees mbarriers after a fence.
// CHECK-LABEL: func @boxes
// CHECK: %[[MAP:.*]] = hip.tensor_map %arg0 {runs = 32 : i64} : memref<1x2x?x64xbf16> to !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>
// CHECK-NEXT: hip.tile.kernel
// CHECK-NEXT: %[[FULL:.*]] = hip.gpu.alloc : <2xi64, pitch = 16>
// CHECK-NEXT: hip.gpu.mbarrier_init %[[FULL]] {arrivals = 1 : i64}
// CHECK-NEXT: %[[EMPTY:.*]] = hip.gpu.alloc : <2xi64, pitch = 16>
// CHECK-NEXT: hip.gpu.mbarrier_init %[[EMPTY]] {arrivals = 4 : i64}
// CHECK-NEXT: %[[OTHER:.*]] = hip.gpu.alloc : <2xi64, pitch = 16>
// CHECK-NEXT: hip.gpu.mbarrier_init %[[OTHER]] {arrivals = 128 : i64}
// CHECK: %[[VALUES:.*]] = hip.tile.view %arg0[%c0, %c0, %c0]
// CHECK: hip.gpu.fence
// CHECK-NEXT: gpu.barrier
// CHECK: } producers(128, registers = 40) {
// CHECK: %[[N:.*]] = hip.gpu.slot %{{.*}} : <64xi32, pitch = 256, stages = 2>
// CHECK: hip.gpu.await %[[EMPTY]][%[[AT:.*]]],
// CHECK-NEXT: %[[SLOT:.*]] = hip.gpu.slot %{{.*}}[%[[AT]]] : <64x64xbf16, pitch = 128, swizzle = 128, strip = 64, stages = 2>
// CHECK-NEXT: hip.gpu.gather_boxes %[[MAP]][%c0, %c1] rows(%[[N]]), %[[SLOT]] signals %[[FULL]][%[[AT]]] {runs = 32 : i64}
// CHECK-NOT: hip.gpu.arrive %[[FULL]]
// CHECK: hip.gpu.gather %[[VALUES]] rows(%[[N]]){{.*}} {async, runs = 32 : i64}
// CHECK-NEXT: hip.gpu.arrive %[[OTHER]]{{.*}} {copies}
func.func @boxes(%k: memref<1x2x?x64xbf16>, %upper: index, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 64, producers = 128, unit = wgmma, engine = tma>} (%x) {
    %keys = hip.tile.view %k[%c0, %c1, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %values = hip.tile.view %k[%c0, %c0, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !boxes
    %vb = hip.gpu.alloc : !matrix
    %init = hip.tile.splat %zero : !acc
    %q = hip.gpu.alloc : !queries
    %out = scf.for %i = %c0 to %upper step %c1 iter_args(%acc = %init) -> (!acc) {
      %row = arith.index_cast %i {hip.stage = 0 : i64} : index to i32
      %places = hip.tile.splat %row {hip.stage = 0 : i64} : !numbers
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !numbers, !rows
      hip.gpu.gather %keys rows(%km), %kb {runs = 32, hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !boxes
      %s = hip.gpu.mma <wgmma> %acc, %q, %kb {transpose_b, hip.stage = 2 : i64} : !acc, !queries, !boxes
      hip.gpu.gather %values rows(%km), %vb {runs = 32, hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
      %t = hip.gpu.mma <wgmma> %s, %q, %vb {transpose_b, hip.stage = 2 : i64} : !acc, !queries, !matrix
      scf.yield %t : !acc
    } {hip.stages = 2 : i64}
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!numbers = !hip.tile<64xi32, #hip.threads<128>>
!rows = !hip.smem<64xi32, pitch = 256>
!matrix = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// Thread blocks that go on with others' work: both roles have the loop over it, with what they need of its body, and
// slots and phases go on from one pass to the next. So producers copy for the next pass while consumers end this one.
// CHECK-LABEL: func @work
// CHECK: gpu.barrier
// CHECK-NEXT: hip.gpu.roles
// CHECK-NEXT: scf.for %[[I:.*]] = %[[B:.*]] to %[[ITEMS:.*]] step %[[BLOCKS:.*]] iter_args(%[[SLOT:.*]] = %c0_i32, %[[PHASE:.*]] = %c0_i32) -> (i32, i32) {
// CHECK-NEXT: %[[HEAD:.*]] = arith.divui %[[I]], %c64
// CHECK-NEXT: %[[QUERIES:.*]] = hip.tile.view %{{.*}}[%c0, %[[HEAD]], %c0] to %c64
// CHECK-NEXT: hip.gpu.copy %[[QUERIES]],
// CHECK: %[[OUT:.*]]:3 = scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %[[SLOT]], %{{.*}} = %[[PHASE]])
// CHECK: hip.tile.store %[[OUT]]#0
// CHECK-NEXT: scf.yield %[[OUT]]#1, %[[OUT]]#2 : i32, i32
// CHECK: } producers(128, registers = 40) {
// CHECK-NEXT: scf.for %[[I:.*]] = %[[B]] to %[[ITEMS]] step %[[BLOCKS]] iter_args(%[[SLOT:.*]] = %c0_i32, %[[PHASE:.*]] = %c0_i32) -> (i32, i32) {
// CHECK-NEXT: %[[HEAD:.*]] = arith.divui %[[I]], %c64
// CHECK-NOT: hip.gpu.copy
// CHECK: %[[KEYS:.*]] = hip.tile.view %{{.*}}[%c0, %[[HEAD]], %c0] :
// CHECK-NOT: hip.gpu.copy
// CHECK: %[[NEXT:.*]]:2 = scf.if %{{.*}} -> (i32, i32) {
// CHECK: %[[LAST:.*]]:3 = scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %[[SLOT]], %{{.*}} = %[[PHASE]])
// CHECK: hip.gpu.gather %[[KEYS]] rows
// CHECK: scf.yield %[[LAST]]#1, %[[LAST]]#2
// CHECK-NEXT: } else {
// CHECK-NEXT: scf.yield %[[SLOT]], %[[PHASE]]
// CHECK-NEXT: }
// CHECK-NEXT: scf.yield %[[NEXT]]#0, %[[NEXT]]#1
func.func @work(%k: memref<1x2x?x64xbf16>, %o: memref<1x64xf32>, %items: index, %blocks: index, %upper: index, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%blocks) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 64, producers = 128, unit = wgmma>} (%x) {
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !matrix
    %q = hip.gpu.alloc : !matrix
    scf.for %item = %x to %items step %blocks {
      %head = arith.divui %item, %c64 : index
      %queries = hip.tile.view %k[%c0, %head, %c0] to %c64 : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.copy %queries, %q : !hip.rows<64xbf16>, !matrix
      %keys = hip.tile.view %k[%c0, %head, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      %init = hip.tile.splat %zero : !acc
      %out = scf.for %i = %c0 to %upper step %c1 iter_args(%acc = %init) -> (!acc) {
        %row = arith.index_cast %i {hip.stage = 0 : i64} : index to i32
        %places = hip.tile.splat %row {hip.stage = 0 : i64} : !numbers
        hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !numbers, !rows
        hip.gpu.gather %keys rows(%km), %kb {hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !matrix
        %s = hip.gpu.mma <wgmma> %acc, %q, %kb {transpose_b, hip.stage = 2 : i64} : !acc, !matrix, !matrix
        scf.yield %s : !acc
      } {hip.stages = 2 : i64}
      %to = hip.tile.view %o[%c0] to %c1 : memref<1x64xf32> -> !hip.rows<64xf32>
      hip.tile.store %out, %to : !acc, !hip.rows<64xf32>
    }
  }
  return
}

// -----

!acc = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!numbers = !hip.tile<64xi32, #hip.threads<128>>
!rows = !hip.smem<64xi32, pitch = 256>
!boxes = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>
!queries = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

// A tensor map knows no row maps: rows that are heads are copied thread by thread.
// CHECK-LABEL: func @not_of_one_head
// CHECK-NOT: hip.tensor_map
// CHECK: hip.gpu.gather %{{.*}} {async, runs = 32 : i64}
// CHECK-NEXT: hip.gpu.arrive %{{.*}} {copies}
func.func @not_of_one_head(%k: memref<1x?x2x64xbf16>, %upper: index, %zero: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 64, producers = 128, unit = wgmma, engine = tma>} (%x) {
    %keys = hip.tile.view %k[%c0, %c0, %c0] rows (d0) -> (0, d0, 0) : memref<1x?x2x64xbf16> -> !hip.rows<64xbf16>
    %km = hip.gpu.alloc : !rows
    %kb = hip.gpu.alloc : !boxes
    %init = hip.tile.splat %zero : !acc
    %q = hip.gpu.alloc : !queries
    %out = scf.for %i = %c0 to %upper step %c1 iter_args(%acc = %init) -> (!acc) {
      %row = arith.index_cast %i {hip.stage = 0 : i64} : index to i32
      %places = hip.tile.splat %row {hip.stage = 0 : i64} : !numbers
      hip.gpu.local_store %places, %km {hip.stage = 0 : i64} : !numbers, !rows
      hip.gpu.gather %keys rows(%km), %kb {runs = 32, hip.stage = 1 : i64} : !hip.rows<64xbf16>, !rows, !boxes
      %s = hip.gpu.mma <wgmma> %acc, %q, %kb {transpose_b, hip.stage = 2 : i64} : !acc, !queries, !boxes
      scf.yield %s : !acc
    } {hip.stages = 2 : i64}
  }
  return
}
