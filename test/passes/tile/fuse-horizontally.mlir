// RUN: hip-opt %s --hip-fuse-horizontally --split-input-file | FileCheck %s
// RUN: hip-opt %s --hip-fuse-horizontally --split-input-file --hip-debug=tile -o /dev/null 2>&1 | FileCheck %s --check-prefix=TOLD

// Three kernels, none of which uses what another writes, are one: its thread
// blocks are theirs in a row, each with its number there. Shared memory is
// that of the greatest; arrays are made before and freed after.
// TOLD: 3 independent kernels in one launch
// CHECK-LABEL: func @three
// CHECK-SAME: (%[[IN:.*]]: memref<?xi32>, %[[N:.*]]: index, %[[M:.*]]: index)
func.func @three(%in: memref<?xi32>, %n: index, %m: index) {
  %c2 = arith.constant 2 : index
  %a = memref.alloc(%n) : memref<?xi32>
  // CHECK: %[[A:.*]] = memref.alloc(%[[N]])
  // CHECK: %[[B:.*]] = memref.alloc(%[[M]])
  // CHECK: %[[C:.*]] = memref.alloc(%[[N]])
  // CHECK: %[[NM:.*]] = arith.addi %[[N]], %[[M]]
  // CHECK: %[[ALL:.*]] = arith.addi %[[NM]], %[[N]]
  // CHECK: hip.tile.kernel grid(%[[ALL]], %c2) threads(256) shared(96)
  // CHECK-SAME: {min_blocks = 1 : i32, steps = ["split", "score"]} (%[[X:.*]], %{{.*}})
  // CHECK: %[[FIRST:.*]] = arith.cmpi ult, %[[X]], %[[N]]
  // CHECK: scf.if %[[FIRST]] {
  // CHECK:   %[[V:.*]] = memref.load %[[IN]][%[[X]]]
  // CHECK:   memref.store %[[V]], %[[A]][%[[X]]]
  // CHECK:   hip.tile.phase
  // CHECK: } else {
  // CHECK:   %[[SECOND_X:.*]] = arith.subi %[[X]], %[[N]]
  // CHECK:   %[[SECOND:.*]] = arith.cmpi ult, %[[SECOND_X]], %[[M]]
  // CHECK:   scf.if %[[SECOND]] {
  // CHECK:     %[[W:.*]] = memref.load %[[IN]][%[[SECOND_X]]]
  // CHECK:     memref.store %[[W]], %[[B]][%[[SECOND_X]]]
  // CHECK:     hip.tile.phase
  // CHECK:   } else {
  // CHECK:     %[[THIRD_X:.*]] = arith.subi %[[SECOND_X]], %[[M]]
  // CHECK:     %[[T:.*]] = gpu.thread_id x
  // CHECK:     memref.load %[[IN]][%[[THIRD_X]]]
  // CHECK:     memref.store %{{.*}}, %[[C]][%[[T]]]
  // CHECK: memref.dealloc %[[A]]
  // CHECK-NOT: hip.tile.kernel
  hip.tile.kernel grid(%n, %c2) threads(256) shared(64) {steps = ["split"], min_blocks = 2 : i32, schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x, %y) {
    %v = memref.load %in[%x] : memref<?xi32>
    memref.store %v, %a[%x] : memref<?xi32>
  }
  memref.dealloc %a : memref<?xi32>
  %b = memref.alloc(%m) : memref<?xi32>
  hip.tile.kernel grid(%m, %c2) threads(256) shared(96) {steps = ["score"], min_blocks = 1 : i32, schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x, %y) {
    %v = memref.load %in[%x] : memref<?xi32>
    memref.store %v, %b[%x] : memref<?xi32>
  }
  %c = memref.alloc(%n) : memref<?xi32>
  hip.tile.kernel grid(%n, %c2) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x, %y) {
    %t = gpu.thread_id x
    %v = memref.load %in[%x] : memref<?xi32>
    memref.store %v, %c[%t] : memref<?xi32>
  }
  return
}

// -----

// One reads what the one before it wrote: two kernels.
// CHECK-LABEL: func @reads
// CHECK-COUNT-2: hip.tile.kernel
func.func @reads(%out: memref<8xi32>, %n: index) {
  %one = arith.constant 1 : i32
  %a = memref.alloc() : memref<8xi32>
  %b = memref.alloc() : memref<8xi32>
  hip.tile.kernel grid(%n) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x) {
    memref.store %one, %a[%x] : memref<8xi32>
  }
  hip.tile.kernel grid(%n) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x) {
    %view = memref.cast %a : memref<8xi32> to memref<?xi32>
    %v = memref.load %view[%x] : memref<?xi32>
    memref.store %v, %b[%x] : memref<8xi32>
  }
  return
}

// -----

// Two arguments may be one array, and what an op of no known effects does is not
// known.
// CHECK-LABEL: func @unknown
// CHECK-COUNT-3: hip.tile.kernel
func.func private @f(memref<8xi32>)
func.func @unknown(%p: memref<8xi32>, %q: memref<8xi32>, %n: index) {
  %one = arith.constant 1 : i32
  %a = memref.alloc() : memref<8xi32>
  hip.tile.kernel grid(%n) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x) {
    memref.store %one, %p[%x] : memref<8xi32>
  }
  hip.tile.kernel grid(%n) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x) {
    memref.store %one, %q[%x] : memref<8xi32>
  }
  hip.tile.kernel grid(%n) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x) {
    func.call @f(%a) : (memref<8xi32>) -> ()
  }
  return
}

// -----

// Other grids, other sizes of a thread block, and kernels that are not for few
// query rows.
// CHECK-LABEL: func @sizes
// CHECK-COUNT-5: hip.tile.kernel
func.func @sizes(%n: index) {
  %c2 = arith.constant 2 : index
  hip.tile.kernel grid(%n) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x) {}
  hip.tile.kernel grid(%n, %c2) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x, %y) {}
  hip.tile.kernel grid(%n, %c2) threads(512) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x, %y) {}
  hip.tile.kernel grid(%n) threads(128) (%x) {}
  hip.tile.kernel grid(%n) threads(128) (%x) {}
  return
}

// -----

// Rows of a view whose page table the kernel before writes.
// CHECK-LABEL: func @view
// CHECK-COUNT-2: hip.tile.kernel
func.func @view(%pages: memref<8x16x1x32xf16>, %n: index) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1 : i32
  %table = memref.alloc() : memref<1x4xi32>
  %out = memref.alloc() : memref<1x1x8x32xf16>
  hip.tile.kernel grid(%n) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x) {
    memref.store %one, %table[%c0, %x] : memref<1x4xi32>
  }
  hip.tile.kernel grid(%n) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x) {
    %rows = hip.tile.splat %one : !hip.tile<8xi32>
    %view = hip.tile.view %pages[%c0, %c0, %c0] rows (d0, d1) -> (d1, d0 mod 16, 0) at %table[%c0] pages of 16
      : memref<8x16x1x32xf16>, memref<1x4xi32> -> !hip.rows<32xf16>
    %tile = hip.tile.gather %view rows(%rows) : !hip.rows<32xf16>, !hip.tile<8xi32> -> !hip.tile<8x32xf16>
    %view1 = hip.tile.view %out[%c0, %c0, %c0] to %n : memref<1x1x8x32xf16> -> !hip.rows<32xf16>
    hip.tile.store %tile, %view1 : !hip.tile<8x32xf16>, !hip.rows<32xf16>
  }
  return
}

// -----

// Rows of which nobody knows the array.
// CHECK-LABEL: func @unknown_rows
// CHECK-COUNT-2: hip.tile.kernel
func.func @unknown_rows(%rows: !hip.rows<32xf16>, %n: index, %number: f16) {
  hip.tile.kernel grid(%n) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x) {
    %tile = hip.tile.splat %number : !hip.tile<8x32xf16>
    hip.tile.store %tile, %rows : !hip.tile<8x32xf16>, !hip.rows<32xf16>
  }
  hip.tile.kernel grid(%n) threads(256) {schedule = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 16>} (%x) {
    %tile = hip.tile.splat %number : !hip.tile<8x32xf16>
    hip.tile.store %tile, %rows : !hip.tile<8x32xf16>, !hip.rows<32xf16>
  }
  return
}
