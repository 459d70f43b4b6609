// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-promote-shared | FileCheck %s

// Loads and gathers are copies, conversions are loads and stores, dots read
// memory; all of it is at the start, rows of matrices padded.
// CHECK-LABEL: func @scores
// CHECK: hip.tile.kernel
// CHECK-NEXT: %[[Q:.*]] = hip.gpu.alloc : <16x64xbf16, pitch = 144>
// CHECK-NEXT: %[[PLACES:.*]] = hip.gpu.alloc : <32xi32, pitch = 128>
// CHECK-NEXT: %[[K:.*]] = hip.gpu.alloc : <32x64xbf16, pitch = 144>
// CHECK-NEXT: %[[ROWS:.*]] = hip.tile.view
// CHECK-NEXT: hip.gpu.copy %[[ROWS]], %[[Q]] boundary <clamp>
// CHECK: scf.for
// CHECK-NEXT: %[[G:.*]] = hip.tile.generate
// CHECK: } : <32xi32, #hip.threads<32>>
// CHECK-NEXT: hip.gpu.local_store %[[G]], %[[PLACES]]
// CHECK-NEXT: hip.gpu.gather %{{.*}} rows(%[[PLACES]]), %[[K]] : <64xbf16>
// CHECK-NEXT: %[[S:.*]] = hip.gpu.mma <mma_sync> %{{.*}}, %[[Q]], %[[K]] skip_zero(%{{.*}}) {transpose_b}
// CHECK-NEXT: %[[ALL:.*]] = hip.gpu.local_load %[[PLACES]] : {{.*}} -> <32xi32, #hip.threads<32>>
// CHECK-NEXT: hip.tile.any %[[ALL]]
// CHECK: %[[COLUMNS:.*]] = hip.gpu.local_load %[[PLACES]] : {{.*}} -> <32xi32, #hip.slice<0, <row_warps = 1, column_warps = 1>>>
// CHECK-NEXT: hip.tile.map %[[S]], %[[COLUMNS]] per column
// CHECK-NOT: convert_layout
func.func @scores(%q: memref<1x2x?x64xbf16>, %j: i32, %x: f32, %c: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0, %c1, %c1] rows (d0) -> (0, d0 mod 2, d0 floordiv 2) to %c32
      : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    %a = hip.tile.load %view boundary <clamp> : !hip.rows<64xbf16> -> !hip.tile<16x64xbf16, #hip.shared>
    %zero = hip.tile.splat %x : !hip.tile<16x32xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    %view1 = hip.tile.view %q[%c0, %c1, %c0] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
    scf.for %i = %c0 to %c32 step %c1 {
      %places = hip.tile.generate {
      ^bb0(%r: index):
        hip.tile.yield %j : i32
      } : !hip.tile<32xi32, #hip.threads<32>>
      %rows = hip.tile.convert_layout %places
        : !hip.tile<32xi32, #hip.threads<32>> -> !hip.tile<32xi32, #hip.shared>
      %b = hip.tile.gather %view1 rows(%rows)
        : !hip.rows<64xbf16>, !hip.tile<32xi32, #hip.shared> -> !hip.tile<32x64xbf16, #hip.shared>
      %s = hip.tile.dot %zero, %a, %b skip_zero(%c)
        {transpose_b, unit = #hip.matrix_unit<mma_sync>} : !hip.tile<16x32xf32, #hip.mma<row_warps = 1, column_warps = 1>>,
        !hip.tile<16x64xbf16, #hip.shared>, !hip.tile<32x64xbf16, #hip.shared>
      %all = hip.tile.convert_layout %rows
        : !hip.tile<32xi32, #hip.shared> -> !hip.tile<32xi32, #hip.threads<32>>
      %dead = hip.tile.any %all : !hip.tile<32xi32, #hip.threads<32>> {
      ^bb0(%key: i32):
        %is = arith.cmpi slt, %key, %j : i32
        hip.tile.yield %is : i1
      }
      %columns = hip.tile.convert_layout %rows
        : !hip.tile<32xi32, #hip.shared> -> !hip.tile<32xi32, #hip.slice<0, <row_warps = 1, column_warps = 1>>>
      %m = hip.tile.map %s, %columns per column : !hip.tile<16x32xf32, #hip.mma<row_warps = 1, column_warps = 1>>,
          !hip.tile<32xi32, #hip.slice<0, <row_warps = 1, column_warps = 1>>> changes(%dead : i1) {
      ^bb0(%number: f32, %key: i32):
        hip.tile.yield %number : f32
      } -> !hip.tile<16x32xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    }
  }
  return
}

// -----

// Registers may be the left factor; rows of 32 bytes and more are an odd number
// of vectors of 16 bytes apart.
// CHECK-LABEL: func @computed
// CHECK: %[[B:.*]] = hip.gpu.alloc : <16x16xbf16, pitch = 48>
// CHECK: %[[A:.*]] = hip.tile.splat {{.*}} : <16x16xbf16
// CHECK: hip.gpu.local_store %[[A]], %[[B]]
// CHECK-NEXT: %[[S:.*]] = hip.gpu.mma <mma_sync> %{{.*}}, %[[A]], %[[B]] :
// CHECK-NEXT: %[[TO:.*]] = hip.tile.view
// CHECK-NEXT: hip.tile.store %[[S]], %[[TO]]
func.func @computed(%x: f32, %y: bf16, %o: memref<1x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %acc = hip.tile.splat %x : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    %a = hip.tile.splat %y : !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>
    %b = hip.tile.convert_layout %a : !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>> -> !hip.tile<16x16xbf16, #hip.shared>
    %s = hip.tile.dot %acc, %a, %b {unit = #hip.matrix_unit<mma_sync>} : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>,
      !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.shared>
    %view = hip.tile.view %o[%c0] to %c1 : memref<1x16xf32> -> !hip.rows<16xf32>
    hip.tile.store %s, %view
      : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.rows<16xf32>
  }
  return
}

// -----

// Rows are folded by memory, columns of a row are not.
// CHECK-LABEL: func @reduce
// CHECK: %[[P:.*]] = hip.gpu.alloc : <2x24xf32, pitch = 96>
// CHECK-NOT: hip.gpu.alloc
// CHECK: %[[T:.*]] = hip.tile.splat
// CHECK-NEXT: hip.gpu.reduce <max_number> %[[T]] scratch(%[[P]])
// CHECK-NEXT: hip.tile.reduce <sum> %[[T]] {axis = 1 : i64}
func.func @reduce(%x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%bx) {
    %t = hip.tile.splat %x : !hip.tile<64x24xf32, #hip.mma<row_warps = 2, column_warps = 1>>
    %m = hip.tile.reduce <max_number> %t {axis = 0 : i64}
      : !hip.tile<64x24xf32, #hip.mma<row_warps = 2, column_warps = 1>> -> !hip.tile<24xf32, #hip.threads<64>>
    %n = hip.tile.reduce <sum> %t {axis = 1 : i64}
      : !hip.tile<64x24xf32, #hip.mma<row_warps = 2, column_warps = 1>> -> !hip.tile<64xf32, #hip.slice<1, <row_warps = 2, column_warps = 1>>>
  }
  return
}

// -----

// Each phase begins with its memory. One that begins in a branch goes on after
// it, with memory of its own there.
// CHECK-LABEL: func @phases
// CHECK: hip.tile.kernel
// CHECK-NEXT: %[[A:.*]] = hip.gpu.alloc : <1x8xf32, pitch = 48>
// CHECK-NEXT: hip.tile.view
// CHECK-NEXT: hip.gpu.copy {{.*}}, %[[A]]
// CHECK-NEXT: hip.tile.phase
// CHECK-NEXT: %[[B:.*]] = hip.gpu.alloc : <2x8xf32, pitch = 48>
// CHECK-NEXT: scf.if
// CHECK-NEXT: hip.gpu.copy {{.*}}, %[[B]]
// CHECK-NEXT: hip.tile.phase
// CHECK-NEXT: %[[C:.*]] = hip.gpu.alloc : <3x8xf32, pitch = 48>
// CHECK-NEXT: hip.gpu.copy {{.*}}, %[[C]]
// CHECK-NEXT: }
// CHECK-NEXT: %[[D:.*]] = hip.gpu.alloc : <4x8xf32, pitch = 48>
// CHECK-NEXT: hip.gpu.copy {{.*}}, %[[D]]
func.func @phases(%q: memref<?x8xf32>, %c: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0] to %c1 : memref<?x8xf32> -> !hip.rows<8xf32>
    %a = hip.tile.load %view : !hip.rows<8xf32> -> !hip.tile<1x8xf32, #hip.shared>
    hip.tile.phase
    scf.if %c {
      %b = hip.tile.load %view : !hip.rows<8xf32> -> !hip.tile<2x8xf32, #hip.shared>
      hip.tile.phase
      %d = hip.tile.load %view : !hip.rows<8xf32> -> !hip.tile<3x8xf32, #hip.shared>
    }
    %e = hip.tile.load %view : !hip.rows<8xf32> -> !hip.tile<4x8xf32, #hip.shared>
  }
  return
}

// -----

// A number has the bytes that it has in memory.
// CHECK-LABEL: func @odd
// CHECK: hip.gpu.alloc : <8x8xi24, pitch = 48>
// CHECK: hip.gpu.alloc : <40xi1, pitch = 40>
func.func @odd(%x: i24, %y: i1) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %a = hip.tile.splat %x : !hip.tile<8x8xi24, #hip.mma<row_warps = 1, column_warps = 1>>
    %b = hip.tile.convert_layout %a : !hip.tile<8x8xi24, #hip.mma<row_warps = 1, column_warps = 1>> -> !hip.tile<8x8xi24, #hip.shared>
    %v = hip.tile.splat %y : !hip.tile<40xi1, #hip.threads<32>>
    %w = hip.tile.convert_layout %v : !hip.tile<40xi1, #hip.threads<32>> -> !hip.tile<40xi1, #hip.shared>
  }
  return
}

// -----

// Registers alone need no memory.
// CHECK-LABEL: func @registers
// CHECK-NOT: hip.gpu
// CHECK: hip.tile.splat
// CHECK-NOT: hip.gpu
// CHECK: return
func.func @registers(%x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %a = hip.tile.splat %x : !hip.tile<16xf32, #hip.threads<32>>
  }
  return
}

// -----

func.func @carried(%q: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0] to %c1 : memref<?x8xf32> -> !hip.rows<8xf32>
    %a = hip.tile.load %view : !hip.rows<8xf32> -> !hip.tile<4x8xf32, #hip.shared>
    // expected-error @below {{'scf.for' op carries '!hip.tile<4x8xf32, #hip.shared>'; a loop carries registers: convert it by hip.tile.convert_layout}}
    %b = scf.for %i = %c0 to %c1 step %c1 iter_args(%t = %a) -> (!hip.tile<4x8xf32, #hip.shared>) {
      scf.yield %t : !hip.tile<4x8xf32, #hip.shared>
    }
  }
  return
}

// -----

func.func @no_layout(%x: f32) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    // expected-error @below {{'hip.tile.splat' op gives '!hip.tile<16xf32>' without a layout; run hip-assign-layouts}}
    %a = hip.tile.splat %x : !hip.tile<16xf32>
  }
  return
}

// -----

func.func @large(%q: memref<?x8388608xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0] to %c1 : memref<?x8388608xf32> -> !hip.rows<8388608xf32>
    // expected-error @below {{'hip.tile.load' op pitch = 33554448 for rows of 33554432 bytes; it is a multiple of 4, from there to 16777216}}
    %a = hip.tile.load %view : !hip.rows<8388608xf32> -> !hip.tile<1x8388608xf32, #hip.shared>
  }
  return
}

// -----

func.func @outside(%view: !hip.rows<8xf32>) {
  // expected-error @below {{'hip.tile.load' op is not in a kernel; put it into a hip.tile.kernel}}
  %a = hip.tile.load %view : !hip.rows<8xf32> -> !hip.tile<4x8xf32, #hip.shared>
  return
}

// -----

// What is computed in shared memory is written place by place. A second warp reads one tile while another writes the next.
// CHECK-LABEL: func @filled
// CHECK: %[[Q:.*]] = hip.gpu.alloc : <16x16xf32, pitch = 80>
// CHECK: %[[M:.*]] = hip.gpu.alloc : <16x16xf32, pitch = 80>
// CHECK: %[[G:.*]] = hip.gpu.alloc : <16x16xf32, pitch = 80>
// CHECK: hip.gpu.copy {{.*}}, %[[Q]] :
// CHECK: hip.gpu.fill %[[M]] from(%[[Q]])
// CHECK-NEXT: ^bb0(%{{.*}}: index, %{{.*}}: index, %[[X:.*]]: f32):
// CHECK-NEXT: arith.negf %[[X]]
// CHECK: hip.gpu.fill %[[G]] :
// CHECK-NEXT: ^bb0(%{{.*}}: index, %[[C:.*]]: index):
// CHECK-NEXT: arith.index_cast %[[C]]
func.func @filled(%q: memref<1x1x?x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(64) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %n : memref<1x1x?x16xf32> -> !hip.rows<16xf32>
    %a = hip.tile.load %view : !hip.rows<16xf32> -> !hip.tile<16x16xf32, #hip.shared>
    %b = hip.tile.map %a : !hip.tile<16x16xf32, #hip.shared> {
    ^bb0(%x: f32):
      %y = arith.negf %x : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<16x16xf32, #hip.shared>
    %c = hip.tile.generate {
    ^bb0(%i: index, %j: index):
      %k = arith.index_cast %j : index to i32
      %f = arith.sitofp %k : i32 to f32
      hip.tile.yield %f : f32
    } : !hip.tile<16x16xf32, #hip.shared>
  }
  return
}

// -----

// In a thread block of one warp what is computed next takes the place of what is read no more; the last tile is made while
// the one before it is still to be read.
// CHECK-LABEL: func @in_turn
// CHECK: %[[Q:.*]] = hip.gpu.alloc : <16x16xf32, pitch = 80>
// CHECK-NEXT: %[[A:.*]] = hip.gpu.alloc : <16x16xf32, pitch = 80>
// CHECK-NEXT: %[[B:.*]] = hip.gpu.alloc : <16x16xf32, pitch = 80>
// CHECK-NOT: hip.gpu.alloc
// CHECK: hip.gpu.copy {{.*}}, %[[Q]] :
// CHECK: hip.gpu.fill %[[A]] from(%[[Q]])
// CHECK: hip.gpu.local_load %[[A]]
// CHECK: hip.gpu.fill %[[A]] from(%[[Q]])
// CHECK: hip.gpu.fill %[[B]] from(%[[A]])
// CHECK: hip.gpu.local_load %[[A]]
// CHECK: hip.gpu.local_load %[[B]]
func.func @in_turn(%q: memref<1x1x?x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %view = hip.tile.view %q[%c0, %c0, %c0] to %n : memref<1x1x?x16xf32> -> !hip.rows<16xf32>
    %a = hip.tile.load %view : !hip.rows<16xf32> -> !hip.tile<16x16xf32, #hip.shared>
    %b = hip.tile.map %a : !hip.tile<16x16xf32, #hip.shared> {
    ^bb0(%x: f32):
      %y = arith.negf %x : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<16x16xf32, #hip.shared>
    %read = hip.tile.convert_layout %b : !hip.tile<16x16xf32, #hip.shared> -> !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    %c = hip.tile.map %a : !hip.tile<16x16xf32, #hip.shared> {
    ^bb0(%x: f32):
      %y = arith.addf %x, %x : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<16x16xf32, #hip.shared>
    %d = hip.tile.map %c : !hip.tile<16x16xf32, #hip.shared> {
    ^bb0(%x: f32):
      %y = arith.mulf %x, %x : f32
      hip.tile.yield %y : f32
    } -> !hip.tile<16x16xf32, #hip.shared>
    %read_c = hip.tile.convert_layout %c : !hip.tile<16x16xf32, #hip.shared> -> !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    %read_d = hip.tile.convert_layout %d : !hip.tile<16x16xf32, #hip.shared> -> !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>
  }
  return
}

// -----

// Rows that a wgmma reads are swizzled by as many bytes as they have, or by a part of them, and have no padding.
// Others of the kernel are padded.
// CHECK-LABEL: func @wgmma
// CHECK: %[[Q:.*]] = hip.gpu.alloc : <64x80xbf16, pitch = 160, swizzle = 32>
// CHECK: %[[K:.*]] = hip.gpu.alloc : <32x80xbf16, pitch = 160, swizzle = 32>
// CHECK: %[[V:.*]] = hip.gpu.alloc : <32x64xbf16, pitch = 128, swizzle = 128>
// CHECK: %[[O:.*]] = hip.gpu.alloc : <32x64xbf16, pitch = 144>
// CHECK: %[[S:.*]] = hip.gpu.mma <wgmma> %{{.*}}, %[[Q]], %[[K]] {transpose_b}
// CHECK: %[[P:.*]] = hip.tile.map %[[S]]
// CHECK: %[[SUM:.*]], %[[REST:.*]] = hip.gpu.skip_zero %{{.*}}, %[[P]], %[[V]] if %{{.*}} :
// CHECK: %[[U:.*]] = hip.gpu.mma <wgmma> %[[SUM]], %[[REST]], %[[V]] :
// CHECK: hip.gpu.mma <mma_sync> %[[U]], %[[P]], %[[O]] :
!scores = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!values = !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!weights = !hip.tile<64x32xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
func.func @wgmma(%q: memref<1x80xbf16>, %v: memref<1x64xbf16>, %o: memref<1x64xf32>, %x: f32, %c: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) (%bx) {
    %view = hip.tile.view %q[%c0] to %c1 : memref<1x80xbf16> -> !hip.rows<80xbf16>
    %a = hip.tile.load %view : !hip.rows<80xbf16> -> !hip.tile<64x80xbf16, #hip.shared>
    %b = hip.tile.load %view : !hip.rows<80xbf16> -> !hip.tile<32x80xbf16, #hip.shared>
    %view1 = hip.tile.view %v[%c0] to %c1 : memref<1x64xbf16> -> !hip.rows<64xbf16>
    %d = hip.tile.load %view1 : !hip.rows<64xbf16> -> !hip.tile<32x64xbf16, #hip.shared>
    %e = hip.tile.load %view1 : !hip.rows<64xbf16> -> !hip.tile<32x64xbf16, #hip.shared>
    %zero = hip.tile.splat %x : !scores
    %s = hip.tile.dot %zero, %a, %b {transpose_b, unit = #hip.matrix_unit<wgmma>}
      : !scores, !hip.tile<64x80xbf16, #hip.shared>, !hip.tile<32x80xbf16, #hip.shared>
    %p = hip.tile.map %s : !scores {
    ^bb0(%wide: f32):
      %narrow = arith.truncf %wide : f32 to bf16
      hip.tile.yield %narrow : bf16
    } -> !weights
    %acc = hip.tile.splat %x : !values
    %u = hip.tile.dot %acc, %p, %d skip_zero(%c) {unit = #hip.matrix_unit<wgmma>}
      : !values, !weights, !hip.tile<32x64xbf16, #hip.shared>
    %w = hip.tile.dot %u, %p, %e {unit = #hip.matrix_unit<mma_sync>}
      : !values, !weights, !hip.tile<32x64xbf16, #hip.shared>
    %view2 = hip.tile.view %o[%c0] to %c1 : memref<1x64xf32> -> !hip.rows<64xf32>
    hip.tile.store %w, %view2 : !values, !hip.rows<64xf32>
  }
  return
}

// -----

// Where the schedule copies by TMA, boxes of rows that come in runs lie below each other. Not those that a map
// or a table places, nor those that mma.sync reads, nor the left factor, which is no gather.
// CHECK-LABEL: func @boxes
// CHECK: %[[Q:.*]] = hip.gpu.alloc : <64x128xbf16, pitch = 256, swizzle = 128>
// CHECK: %[[N:.*]] = hip.gpu.alloc : <32xi32, pitch = 128>
// CHECK: %[[A:.*]] = hip.gpu.alloc : <32x128xbf16, pitch = 256, swizzle = 128, strip = 32>
// CHECK-COUNT-4: hip.gpu.alloc : <32x128xbf16, pitch = 256, swizzle = 128>
// CHECK: %[[B:.*]] = hip.gpu.alloc : <32x128xbf16, pitch = 256, swizzle = 128>
// CHECK: %[[C:.*]] = hip.gpu.alloc : <32x128xbf16, pitch = 272>
// CHECK: %[[KEYS:.*]] = hip.tile.view %{{[a-z0-9]+}}[%c0, %c0, %c0] :
// CHECK: hip.gpu.gather %[[KEYS]] rows(%[[N]]), %[[A]] {runs = 16 : i64}
// CHECK-COUNT-5: hip.gpu.gather %{{.*}} rows(%[[N]]), %{{.*}} {runs = 16 : i64} : <128xbf16>, <32xi32, pitch = 128>, <32x128xbf16, pitch = 256, swizzle = 128>
// CHECK: hip.gpu.gather %[[KEYS]] rows(%[[N]]), %[[C]] {runs = 16 : i64}
// CHECK: hip.gpu.mma <wgmma> %{{.*}}, %[[Q]], %[[A]] {transpose_b}
// CHECK: hip.gpu.mma <wgmma> %{{.*}}, %[[Q]], %[[B]] {transpose_b}
// CHECK: hip.gpu.mma <mma_sync> %{{.*}}, %[[Q]], %[[C]] {transpose_b}
!scores = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!left = !hip.tile<64x128xbf16, #hip.shared>
!keys = !hip.tile<32x128xbf16, #hip.shared>
!numbers = !hip.tile<32xi32, #hip.shared>
!rows = !hip.rows<128xbf16>
func.func @boxes(%q: memref<1x1x64x128xbf16>, %k: memref<1x1x?x128xbf16>, %pages: memref<?x16x1x128xbf16>,
                 %table: memref<1x4xi32>, %packed: memref<?x1x128xbf16>, %starts: memref<2xi32>,
                 %o: memref<1x32xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(128) {schedule = #hip.schedule<threads = 128, rows = 64, columns = 32, producers = 128, unit = wgmma, engine = tma>} (%bx) {
    %queries = hip.tile.view %q[%c0, %c0, %c0] to %c1 : memref<1x1x64x128xbf16> -> !rows
    %a = hip.tile.load %queries : !rows -> !left
    %row = arith.index_cast %bx : index to i32
    %s = hip.tile.splat %row : !hip.tile<32xi32, #hip.threads<128>>
    %n = hip.tile.convert_layout %s : !hip.tile<32xi32, #hip.threads<128>> -> !numbers
    %keys = hip.tile.view %k[%c0, %c0, %c0] : memref<1x1x?x128xbf16> -> !rows
    %later = hip.tile.view %k[%c0, %c0, %c1] : memref<1x1x?x128xbf16> -> !rows
    %heads = hip.tile.view %k[%c0, %c0, %c0] rows (d0) -> (0, d0, 0) : memref<1x1x?x128xbf16> -> !rows
    %paged = hip.tile.view %pages[%c0, %c0, %c0] rows (d0, d1) -> (d1, d0 mod 16, 0) at %table[%c0] pages of 16
      : memref<?x16x1x128xbf16>, memref<1x4xi32> -> !rows
    %listed = hip.tile.view %packed[%c0, %c0] rows (d0, d1) -> (d0 + d1, 0) at %starts[%c0]
      : memref<?x1x128xbf16>, memref<2xi32> -> !rows
    %plain = hip.tile.view %packed[%c0, %c0] : memref<?x1x128xbf16> -> !rows
    %b = hip.tile.gather %keys rows(%n) {runs = 16} : !rows, !numbers -> !keys
    %b1 = hip.tile.gather %later rows(%n) {runs = 16} : !rows, !numbers -> !keys
    %b2 = hip.tile.gather %heads rows(%n) {runs = 16} : !rows, !numbers -> !keys
    %b3 = hip.tile.gather %paged rows(%n) {runs = 16} : !rows, !numbers -> !keys
    %b4 = hip.tile.gather %listed rows(%n) {runs = 16} : !rows, !numbers -> !keys
    %c = hip.tile.gather %plain rows(%n) {runs = 16} : !rows, !numbers -> !keys
    %d = hip.tile.gather %keys rows(%n) {runs = 16} : !rows, !numbers -> !keys
    %zero = hip.tile.splat %x : !scores
    %e = hip.tile.dot %zero, %a, %b {transpose_b, unit = #hip.matrix_unit<wgmma>} : !scores, !left, !keys
    %e1 = hip.tile.dot %e, %a, %b1 {transpose_b, unit = #hip.matrix_unit<wgmma>} : !scores, !left, !keys
    %e2 = hip.tile.dot %e1, %a, %b2 {transpose_b, unit = #hip.matrix_unit<wgmma>} : !scores, !left, !keys
    %e3 = hip.tile.dot %e2, %a, %b3 {transpose_b, unit = #hip.matrix_unit<wgmma>} : !scores, !left, !keys
    %e4 = hip.tile.dot %e3, %a, %b4 {transpose_b, unit = #hip.matrix_unit<wgmma>} : !scores, !left, !keys
    %f = hip.tile.dot %e4, %a, %c {transpose_b, unit = #hip.matrix_unit<wgmma>} : !scores, !left, !keys
    %g = hip.tile.dot %f, %a, %d {transpose_b, unit = #hip.matrix_unit<mma_sync>} : !scores, !left, !keys
    %to = hip.tile.view %o[%c0] to %c1 : memref<1x32xf32> -> !hip.rows<32xf32>
    hip.tile.store %g, %to : !scores, !hip.rows<32xf32>
  }
  return
}
