// RUN: hip-opt %s --hip-schedule=chip=sm_90a --hip-tile --canonicalize --cse --hip-fuse-kernels --split-input-file | FileCheck %s
// RUN: hip-opt %s --hip-tile --canonicalize --cse --hip-fuse-kernels --split-input-file | FileCheck %s --check-prefix=CPU

// All steps of a tree are one kernel, its rounds a loop in it. Barriers are
// between steps; what is allocated between them is allocated before.
// CHECK-LABEL: func @tree
// CHECK: memref.alloc
// CHECK: hip.tile.kernel {{.*}} threads(128) shared(
// CHECK:   hip.tile.phase
// CHECK:   scf.for
// CHECK:     gpu.shuffle
// CHECK:     hip.tile.phase
// CHECK:     hip.tile.dot
// CHECK:     hip.tile.phase
// CHECK:     gpu.subgroup_reduce add
// CHECK:     hip.tile.phase
// CHECK:   }
// CHECK-NOT: hip.tile.kernel
// CHECK: memref.dealloc
// CPU-LABEL: func @tree
// CPU: hip.tile.kernel
// CPU-NOT: hip.tile.phase
// CPU: hip.tile.dot
// CPU-NOT: hip.tile.kernel
func.func @tree(%q: memref<1x4x?x32xf16>, %k: memref<1x2x?x32xf16>, %rounds: index, %m: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = memref.alloc(%m) : memref<1x2x?x64x2xi32>
  %c = memref.alloc(%m) : memref<1x2x?xi32>
  hip.partition ins(%q, %k : memref<1x4x?x32xf16>, memref<1x2x?x32xf16>)
    outs(%r, %c : memref<1x2x?x64x2xi32>, memref<1x2x?xi32>)
    band #hip.band<block_q = 16, chunk = 2> {granule = 2 : i64, chunks = 64 : i64}
  scf.for %i = %c0 to %rounds step %c1 {
    %r2 = memref.alloc(%m) : memref<1x2x?x128x2xi32>
    %c2 = memref.alloc(%m) : memref<1x2x?xi32>
    hip.split ins(%r, %c : memref<1x2x?x64x2xi32>, memref<1x2x?xi32>)
      outs(%r2, %c2 : memref<1x2x?x128x2xi32>, memref<1x2x?xi32>) {ways = 2 : i64}
    %s = memref.alloc(%m) : memref<1x2x?x128xf32>
    hip.score ins(%q, %k, %r2, %c2 : memref<1x4x?x32xf16>, memref<1x2x?x32xf16>,
                  memref<1x2x?x128x2xi32>, memref<1x2x?xi32>)
      outs(%s : memref<1x2x?x128xf32>) {block_q = 16 : i64, granule = 2 : i64}
    hip.select ins(%r2, %c2, %s : memref<1x2x?x128x2xi32>, memref<1x2x?xi32>, memref<1x2x?x128xf32>)
      outs(%r, %c : memref<1x2x?x64x2xi32>, memref<1x2x?xi32>) {keep = 64 : i64}
    memref.dealloc %r2 : memref<1x2x?x128x2xi32>
    memref.dealloc %c2 : memref<1x2x?xi32>
    memref.dealloc %s : memref<1x2x?x128xf32>
  }
  return
}

// -----

// A split into finer query blocks reads another thread block's list: a
// kernel of its own, that the next step follows.
// CHECK-LABEL: func @finer
// CPU-LABEL: func @finer
// CHECK: hip.tile.kernel
// CHECK: hip.tile.kernel
// CHECK: hip.tile.phase
// CHECK: hip.tile.dot
// CHECK-NOT: hip.tile.kernel
func.func @finer(%q: memref<1x2x64x32xf16>, %k: memref<1x2x?x32xf16>,
                 %r: memref<1x2x2x64x2xi32>, %c: memref<1x2x2xi32>, %b: memref<1x2x2x64xi32>,
                 %r2: memref<1x2x4x128x2xi32>, %c2: memref<1x2x4xi32>, %s: memref<1x2x4x128xf32>) {
  hip.blocks ins(%r, %c : memref<1x2x2x64x2xi32>, memref<1x2x2xi32>)
    outs(%b, %c : memref<1x2x2x64xi32>, memref<1x2x2xi32>) {granule = 2 : i64, block_k = 2 : i64}
  hip.split ins(%r, %c : memref<1x2x2x64x2xi32>, memref<1x2x2xi32>)
    outs(%r2, %c2 : memref<1x2x4x128x2xi32>, memref<1x2x4xi32>)
    {ways = 2 : i64, query_ways = 2 : i64}
  hip.score ins(%q, %k, %r2, %c2 : memref<1x2x64x32xf16>, memref<1x2x?x32xf16>,
                memref<1x2x4x128x2xi32>, memref<1x2x4xi32>)
    outs(%s : memref<1x2x4x128xf32>) {block_q = 16 : i64, granule = 2 : i64}
  return
}

// -----

// What is between two steps and cannot move keeps them apart, as do other
// numbers of lists; summaries have no lists.
// CHECK-LABEL: func @apart
// CHECK-COUNT-5: hip.tile.kernel
// CHECK-NOT: hip.tile.phase
func.func @apart(%k: memref<1x2x?x32xf16>, %box: memref<1x2x?x2x32xf16>,
                 %r: memref<1x2x2x64x2xi32>, %c: memref<1x2x2xi32>, %to: memref<1x2x2xi32>,
                 %r2: memref<1x2x2x128x2xi32>, %b: memref<1x2x2x64xi32>,
                 %r3: memref<1x1x2x64x2xi32>, %c3: memref<1x1x2xi32>, %b3: memref<1x1x2x64xi32>) {
  hip.split ins(%r, %c : memref<1x2x2x64x2xi32>, memref<1x2x2xi32>)
    outs(%r2, %c : memref<1x2x2x128x2xi32>, memref<1x2x2xi32>) {ways = 2 : i64}
  memref.copy %c, %to : memref<1x2x2xi32> to memref<1x2x2xi32>
  hip.blocks ins(%r, %c : memref<1x2x2x64x2xi32>, memref<1x2x2xi32>)
    outs(%b, %to : memref<1x2x2x64xi32>, memref<1x2x2xi32>) {granule = 2 : i64, block_k = 2 : i64}
  hip.blocks ins(%r3, %c3 : memref<1x1x2x64x2xi32>, memref<1x1x2xi32>)
    outs(%b3, %c3 : memref<1x1x2x64xi32>, memref<1x1x2xi32>) {granule = 2 : i64, block_k = 2 : i64}
  hip.summarize ins(%k : memref<1x2x?x32xf16>) outs(%box : memref<1x2x?x2x32xf16>) {granule = 8 : i64}
  hip.summarize ins(%k : memref<1x2x?x32xf16>) outs(%box : memref<1x2x?x2x32xf16>) {granule = 8 : i64}
  return
}

// -----

// A loop that another op is in stays a loop on the host, and its steps fuse.
// CHECK-LABEL: func @loop
// CHECK: scf.for
// CHECK:   memref.copy
// CHECK:   hip.tile.kernel
// CHECK:   hip.tile.phase
// CHECK-NOT: hip.tile.kernel
func.func @loop(%r: memref<1x2x2x64x2xi32>, %c: memref<1x2x2xi32>, %to: memref<1x2x2xi32>,
                %r2: memref<1x2x2x128x2xi32>, %b: memref<1x2x2x64xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    memref.copy %c, %to : memref<1x2x2xi32> to memref<1x2x2xi32>
    hip.split ins(%r, %c : memref<1x2x2x64x2xi32>, memref<1x2x2xi32>)
      outs(%r2, %to : memref<1x2x2x128x2xi32>, memref<1x2x2xi32>) {ways = 2 : i64}
    hip.blocks ins(%r, %c : memref<1x2x2x64x2xi32>, memref<1x2x2xi32>)
      outs(%b, %to : memref<1x2x2x64xi32>, memref<1x2x2xi32>) {granule = 2 : i64, block_k = 2 : i64}
  }
  return
}

// -----

// A union follows the step that made one of its lists.
// CHECK-LABEL: func @union
// CHECK: hip.tile.kernel {{.*}} steps = ["blocks", "union"]
// CHECK: hip.tile.phase
// CHECK-NOT: hip.tile.kernel
func.func @union(%q: memref<1x2x128x32xf16>, %k: memref<1x2x?x32xf16>, %r: memref<1x2x2x64x2xi32>, %c: memref<1x2x2xi32>,
                 %b: memref<1x2x2x64xi32>, %n: memref<1x2x2xi32>, %l: memref<1x2x2x8xi32>, %m: memref<1x2x2xi32>,
                 %o: memref<1x2x2x72xi32>, %on: memref<1x2x2xi32>) {
  hip.blocks ins(%r, %c : memref<1x2x2x64x2xi32>, memref<1x2x2xi32>)
    outs(%b, %n : memref<1x2x2x64xi32>, memref<1x2x2xi32>) {granule = 2 : i64, block_k = 2 : i64}
  hip.union ins(%q, %k : memref<1x2x128x32xf16>, memref<1x2x?x32xf16>) lists(%b, %l : memref<1x2x2x64xi32>, memref<1x2x2x8xi32>)
    counts(%n, %m : memref<1x2x2xi32>, memref<1x2x2xi32>) outs(%o, %on : memref<1x2x2x72xi32>, memref<1x2x2xi32>)
    band #hip.band<block_q = 64, chunk = 2> {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2, 2>}
  return
}

// -----

!q = memref<1x2x128x32xf16>
!k = memref<1x2x?x32xf16>
!n = memref<1x2x2xi32>

// A search after another is a kernel of its own, with the union of both.
// CHECK-LABEL: func @searches
// CHECK: hip.tile.kernel {{.*}} steps = ["partition", "blocks"]}
// CHECK: hip.tile.kernel {{.*}} steps = ["partition", "blocks", "union"]}
// CHECK-NOT: hip.tile.kernel
func.func @searches(%q: !q, %k: !k, %x: memref<1x2x2x8x2xi32>, %xn: !n, %xb: memref<1x2x2x8xi32>, %xc: !n, %y: memref<1x2x2x16x2xi32>, %yn: !n, %yb: memref<1x2x2x16xi32>, %yc: !n,
    %o: memref<1x2x2x24xi32>, %on: !n) {
  hip.partition ins(%q, %k : !q, !k) outs(%x, %xn : memref<1x2x2x8x2xi32>, !n)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2 : i64, chunks = 8 : i64}
  hip.blocks ins(%x, %xn : memref<1x2x2x8x2xi32>, !n) outs(%xb, %xc : memref<1x2x2x8xi32>, !n)
    {granule = 2 : i64, block_k = 2 : i64}
  hip.partition ins(%q, %k : !q, !k) outs(%y, %yn : memref<1x2x2x16x2xi32>, !n)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2 : i64, chunks = 16 : i64}
  hip.blocks ins(%y, %yn : memref<1x2x2x16x2xi32>, !n) outs(%yb, %yc : memref<1x2x2x16xi32>, !n)
    {granule = 2 : i64, block_k = 2 : i64}
  hip.union ins(%q, %k : !q, !k) lists(%xb, %yb : memref<1x2x2x8xi32>, memref<1x2x2x16xi32>) counts(%xc, %yc : !n, !n)
    outs(%o, %on : memref<1x2x2x24xi32>, !n) band #hip.band<block_q = 64, chunk = 2>
    {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2, 2>}
  return
}

// -----

!q = memref<1x2x128x32xf16>
!k = memref<1x2x?x32xf16>
!n = memref<1x2x2xi32>
#wide = #hip.schedule<threads = 512, rows = 1, columns = 256, few_rows = 16, min_blocks = 1>

// Those that have a multiprocessor to themselves may run side by side, so that
// their union is a kernel after both.
// CHECK-LABEL: func @wide_searches
// CHECK: hip.tile.kernel {{.*}} {min_blocks = 1 : i32, schedule = #hip.schedule<{{.*}}few_rows = 16, min_blocks = 1>, steps = ["partition", "blocks"]}
// CHECK: hip.tile.kernel {{.*}} steps = ["partition", "blocks"]}
// CHECK: hip.tile.kernel {{.*}} steps = ["union"]}
// CHECK-NOT: hip.tile.kernel
func.func @wide_searches(%q: !q, %k: !k, %x: memref<1x2x2x8x2xi32>, %xn: !n, %xb: memref<1x2x2x8xi32>, %xc: !n, %y: memref<1x2x2x16x2xi32>, %yn: !n, %yb: memref<1x2x2x16xi32>, %yc: !n,
    %o: memref<1x2x2x24xi32>, %on: !n) {
  hip.partition ins(%q, %k : !q, !k) outs(%x, %xn : memref<1x2x2x8x2xi32>, !n)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2 : i64, chunks = 8 : i64, hip.schedule = #wide}
  hip.blocks ins(%x, %xn : memref<1x2x2x8x2xi32>, !n) outs(%xb, %xc : memref<1x2x2x8xi32>, !n)
    {granule = 2 : i64, block_k = 2 : i64, hip.schedule = #wide}
  hip.partition ins(%q, %k : !q, !k) outs(%y, %yn : memref<1x2x2x16x2xi32>, !n)
    band #hip.band<block_q = 64, chunk = 2> {granule = 2 : i64, chunks = 16 : i64, hip.schedule = #wide}
  hip.blocks ins(%y, %yn : memref<1x2x2x16x2xi32>, !n) outs(%yb, %yc : memref<1x2x2x16xi32>, !n)
    {granule = 2 : i64, block_k = 2 : i64, hip.schedule = #wide}
  hip.union ins(%q, %k : !q, !k) lists(%xb, %yb : memref<1x2x2x8xi32>, memref<1x2x2x16xi32>) counts(%xc, %yc : !n, !n)
    outs(%o, %on : memref<1x2x2x24xi32>, !n) band #hip.band<block_q = 64, chunk = 2>
    {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2, 2>, hip.schedule = #wide}
  return
}
