// RUN: hip-opt %s --hip-tile --canonicalize --cse --split-input-file | FileCheck %s
// RUN: hip-opt %s --hip-tile=serial --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=SERIAL

// Few rows: parts of the keys and their merge. Four heads read one list and take turns in a tile of 16 rows (S21).
// CHECK-LABEL: func @decode
// CHECK-SAME: %[[Q:.*]]: memref<2x8x?x32xf16>, %[[K:.*]]: memref<2x2x?x32xf16>
// CHECK-NOT: scf.if
// 128 listed keys, 16 sinks and a band of at most 64 + 2 + 64 - 2.
// CHECK:   %[[BAND:.*]] = arith.minsi %{{.*}}, %c128
// CHECK:   %[[MOST:.*]] = arith.addi %[[BAND]], %c144
// CHECK:   %[[TILES:.*]] = arith.ceildivui %[[MOST]], %c32
// CHECK:   %[[SPLITS:.*]] = arith.ceildivui %[[TILES]], %c4
// CHECK:   %[[OUT:.*]] = memref.alloc({{.*}}) : memref<?x2x8x?x32xf32>
// CHECK:   %[[LSE:.*]] = memref.alloc({{.*}}) : memref<?x2x8x?xf32>
// CHECK:   hip.tile.kernel
// CHECK:     %[[ROWS:.*]] = hip.tile.view %[[Q]]{{.*}} rows (d0) -> (0, d0 mod 4, d0 floordiv 4) to
// CHECK:     hip.tile.load %[[ROWS]] : {{.*}} -> <16x32xf16>
// CHECK:     arith.maxsi %{{.*}}, %c4
// CHECK:     %[[TO:.*]] = hip.tile.view %[[OUT]][{{.*}}] rows (d0) -> (0, 0, d0 mod 4, d0 floordiv 4) to
// CHECK:     hip.tile.store %{{.*}}, %[[TO]] :
// CHECK:     %[[TO_LSE:.*]] = hip.tile.view %[[LSE]][{{.*}}] rows (d0) -> (0, 0, d0 mod 4, d0 floordiv 4) to {{.*}} -> <f32>
// CHECK:     hip.tile.store %{{.*}}, %[[TO_LSE]] :
// CHECK:   hip.tile.kernel
// CHECK:     arith.maximumf
// CHECK:     math.exp
// CHECK:     math.fma
// CHECK:   memref.dealloc %[[LSE]]
// CHECK:   memref.dealloc %[[OUT]]
// CHECK-NOT: hip.tile.kernel
func.func @decode(%q: memref<2x8x?x32xf16>, %k: memref<2x2x?x32xf16>,
                  %blocks: memref<2x2x?x64xi32>, %counts: memref<2x2x?xi32>,
                  %o: memref<2x8x?x32xf16>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<2x8x?x32xf16>, memref<2x2x?x32xf16>, memref<2x2x?x32xf16>)
    list(%blocks, %counts : memref<2x2x?x64xi32>, memref<2x2x?xi32>)
    outs(%o : memref<2x8x?x32xf16>)
    band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 64>
    {block_q = 64 : i64, block_k = 2 : i64,
     hip.schedule = #hip.schedule<threads = 32, rows = 64, columns = 64, split_keys = 128, split_rows = 16>}
  return
}

// -----

// A window of the call may be any: as many parts as all keys need, of which those past a row's own have none.
// CHECK-LABEL: func @window_at_run
// CHECK-SAME: %[[W:[a-z0-9]+]]: i32
// CHECK:   %[[KEYS:.*]] = memref.dim %{{.*}}, %c2 : memref<2x2x?x32xf16>
// CHECK:   %[[MORE:.*]] = arith.addi %[[KEYS]], %c16
// CHECK:   %[[MOST:.*]] = arith.minsi %[[MORE]], %[[KEYS]]
// CHECK:   arith.ceildivui %[[MOST]], %c32
// CHECK:   hip.tile.kernel
// CHECK:     %[[GIVEN:.*]] = arith.index_cast %[[W]] : i32 to index
// CHECK:     arith.maxsi %[[GIVEN]], %c0
func.func @window_at_run(%q: memref<2x8x?x32xf16>, %k: memref<2x2x?x32xf16>, %w: i32, %o: memref<2x8x?x32xf16>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<2x8x?x32xf16>, memref<2x2x?x32xf16>, memref<2x2x?x32xf16>)
    window(%w : i32) outs(%o : memref<2x8x?x32xf16>) band #hip.band<block_q = 64, chunk = 1, sink = 16>
    {block_q = 64 : i64, block_k = 1 : i64,
     hip.schedule = #hip.schedule<threads = 32, rows = 64, columns = 64, split_keys = 128, split_rows = 16>}
  return
}

// -----

// A window that has grown by less than eight steps of as many rows as there are, by a counter that the host does not know.
// CHECK-LABEL: func @window_of_steps
// CHECK-SAME: %[[Q:.*]]: memref<2x8x?x32xf16>, %[[K:.*]]: memref<2x2x?x32xf16>
// CHECK:   %[[KEYS:.*]] = memref.dim %[[K]], %c2
// CHECK:   %[[MORE:.*]] = arith.muli %{{.*}}, %c7
// The window, and the rows of a block but one.
// CHECK:   %[[BAND:.*]] = arith.addi %[[MORE]], %c1087
// CHECK:   %[[HELD:.*]] = arith.minsi %[[KEYS]], %[[BAND]]
// CHECK:   %[[MOST:.*]] = arith.addi %[[HELD]], %c16
// CHECK:   arith.minsi %[[MOST]], %[[KEYS]]
func.func @window_of_steps(%q: memref<2x8x?x32xf16>, %k: memref<2x2x?x32xf16>, %counter: memref<1xi32>,
                           %o: memref<2x8x?x32xf16>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %every = arith.constant 8 : i32
  %old = arith.constant 1024 : i32
  %end = arith.constant 2147483647 : i32
  %step = memref.load %counter[%c0] : memref<1xi32>
  %age = arith.remui %step, %every : i32
  %rows = memref.dim %q, %c2 : memref<2x8x?x32xf16>
  %word = arith.index_cast %rows : index to i32
  %grown = arith.muli %age, %word : i32
  %limit = arith.subi %end, %grown : i32
  %held = arith.minsi %old, %limit : i32
  %w = arith.addi %held, %grown : i32
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<2x8x?x32xf16>, memref<2x2x?x32xf16>, memref<2x2x?x32xf16>)
    window(%w : i32) outs(%o : memref<2x8x?x32xf16>) band #hip.band<block_q = 64, chunk = 1, sink = 16>
    {block_q = 64 : i64, block_k = 1 : i64,
     hip.schedule = #hip.schedule<threads = 32, rows = 64, columns = 64, split_keys = 128, split_rows = 16>}
  return
}

// -----

// Keys that are known leave no arithmetic. On a CPU thread blocks have one thread,
// and the schedule stays for the passes that fuse kernels.
// SERIAL-LABEL: func @one_row
// SERIAL: memref.alloc() : memref<16x1x2x1x32xf32>
// SERIAL: hip.tile.kernel {{.*}} threads(1)
// SERIAL-SAME: schedule = #hip.schedule<threads = 32, rows = 64, columns = 64, split_keys = 64, split_rows = 16>
// CHECK-LABEL: func @one_row
// CHECK-NOT: scf.if
// CHECK: memref.alloc() : memref<16x1x2x1x32xf32>
// CHECK: hip.tile.kernel
// CHECK: hip.tile.kernel
// CHECK-NOT: hip.tile.kernel
func.func @one_row(%q: memref<1x2x1x32xf16>, %k: memref<1x1x1000x32xf16>,
                   %o: memref<1x2x1x32xf16>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x2x1x32xf16>, memref<1x1x1000x32xf16>, memref<1x1x1000x32xf16>)
    outs(%o : memref<1x2x1x32xf16>)
    band #hip.band<block_q = 64, chunk = 1, window = 2147483647>
    {block_q = 64 : i64, block_k = 1 : i64,
     hip.schedule = #hip.schedule<threads = 32, rows = 64, columns = 64, split_keys = 64, split_rows = 16>}
  return
}

// -----

// A CPU has one kernel for any number of rows: heads that read the same keys take turns in it, so that a decode step of
// four heads is the first four rows.
// CHECK-LABEL: func @few
// CHECK-SAME: %[[Q:[a-z0-9]+]]: memref<1x4x?x32xf16>
// CHECK-NOT: scf.if
// CHECK: hip.tile.kernel
// CHECK: hip.tile.view %[[Q]]{{.*}} rows (d0) -> (0, d0 mod 4, d0 floordiv 4) to
// CHECK: hip.tile.load {{.*}} -> <64x32xf16>
// CHECK: hip.tile.view {{.*}} rows (d0) -> (0, d0 mod 4, d0 floordiv 4) to
// CHECK: hip.tile.store
// CHECK-NOT: hip.tile.kernel
func.func @few(%q: memref<1x4x?x32xf16>, %k: memref<1x1x?x32xf16>, %o: memref<1x4x?x32xf16>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x4x?x32xf16>, memref<1x1x?x32xf16>, memref<1x1x?x32xf16>)
    outs(%o : memref<1x4x?x32xf16>)
    band #hip.band<block_q = 64, chunk = 1, window = 2147483647>
    {block_q = 64 : i64, block_k = 1 : i64,
     hip.schedule = #hip.schedule<threads = 1, rows = 64, columns = 64>}
  return
}

// -----

// Query blocks from the first one on, each in four pieces of 16 rows.
// CHECK-LABEL: func @ascending
// CHECK: hip.tile.kernel {{.*}} (%[[X:[a-z0-9]+]], %{{.*}}, %{{.*}}) {
// CHECK: %[[BLOCK:.*]] = arith.divui %[[X]], %[[PIECES:.*]] :
// CHECK: arith.remui %[[X]], %[[PIECES]]
// CHECK-NEXT: arith.muli %[[BLOCK]], %c64
func.func @ascending(%q: memref<1x4x?x32xf16>, %k: memref<1x1x?x32xf16>, %o: memref<1x4x?x32xf16>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x4x?x32xf16>, memref<1x1x?x32xf16>, memref<1x1x?x32xf16>)
    outs(%o : memref<1x4x?x32xf16>)
    band #hip.band<block_q = 64, chunk = 1, window = 2147483647>
    {block_q = 64 : i64, block_k = 1 : i64,
     hip.schedule = #hip.schedule<threads = 1, rows = 64, columns = 64, order = ascending>}
  return
}

// -----

// Without splits too: eight heads of one query row are the rows of a tile.
// CHECK-LABEL: func @packed
// CHECK-NOT: scf.if
// CHECK: hip.tile.view {{.*}} rows (d0) -> (0, d0 mod 8, d0 floordiv 8) to
// CHECK: hip.tile.load {{.*}} -> <8x32xf16>
// CHECK: hip.tile.view {{.*}} rows (d0) -> (0, d0 mod 8, d0 floordiv 8) to
// CHECK: hip.tile.store
func.func @packed(%q: memref<1x8x?x32xf16>, %k: memref<1x1x?x32xf16>, %o: memref<1x8x?x32xf16>) {
  hip.block_sparse_attention
    ins(%q, %k, %k : memref<1x8x?x32xf16>, memref<1x1x?x32xf16>, memref<1x1x?x32xf16>)
    outs(%o : memref<1x8x?x32xf16>)
    band #hip.band<block_q = 1, chunk = 1, window = 64>
    {block_q = 1 : i64, block_k = 1 : i64}
  return
}
