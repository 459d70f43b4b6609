// RUN: hip-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:   | FileCheck %s --implicit-check-not=memref.copy

// Each op lands on memrefs, writes the buffers of its outs, and copies nothing.

// CHECK-LABEL: func @attention
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x64x64xf16>, %[[O1:[a-z0-9]+]]: memref<1x8x64xf32>)
// CHECK: hip.attention {{.*}} outs(%[[O0]], %[[O1]] : memref<1x8x64x64xf16>, memref<1x8x64xf32>)
// CHECK-NEXT: return %[[O0]], %[[O1]]
func.func @attention(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>,
    %o: tensor<1x8x64x64xf16>, %l: tensor<1x8x64xf32>) -> (tensor<1x8x64x64xf16>, tensor<1x8x64xf32>) {
  %0:2 = hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o, %l : tensor<1x8x64x64xf16>, tensor<1x8x64xf32>) policy #hip.tree<block_q = 64, block_k = 2, keep = 16> {causal} -> tensor<1x8x64x64xf16>, tensor<1x8x64xf32>
  return %0#0, %0#1 : tensor<1x8x64x64xf16>, tensor<1x8x64xf32>
}

// CHECK-LABEL: func @block_sparse_attention
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x64x64xf16>)
// CHECK: hip.block_sparse_attention {{.*}} outs(%[[O0]] : memref<1x8x64x64xf16>)
// CHECK: return %[[O0]]
func.func @block_sparse_attention(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %b: tensor<1x8x1x8xi32>, %c: tensor<1x8x1xi32>,
    %o: tensor<1x8x64x64xf16>) -> tensor<1x8x64x64xf16> {
  %0 = hip.block_sparse_attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>) list(%b, %c : tensor<1x8x1x8xi32>, tensor<1x8x1xi32>)
    outs(%o : tensor<1x8x64x64xf16>) band #hip.band<block_q = 64, chunk = 2> score {
    ^bb0(%s: f32, %bb: index, %h: index, %i: index, %j: index):
      hip.yield %s : f32
    } {block_q = 64, block_k = 2} -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// CHECK-LABEL: func @merge
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x1x64xf32>, %[[O1:[a-z0-9]+]]: memref<1x8x1xf32>)
// CHECK: hip.merge {{.*}} outs(%[[O0]], %[[O1]] : memref<1x8x1x64xf32>, memref<1x8x1xf32>)
// CHECK-NEXT: return %[[O0]], %[[O1]]
func.func @merge(%p: tensor<1x8x1x64xf32>, %m: tensor<1x8x1xf32>,
    %o: tensor<1x8x1x64xf32>, %l: tensor<1x8x1xf32>) -> (tensor<1x8x1x64xf32>, tensor<1x8x1xf32>) {
  %0:2 = hip.merge ins(%p, %p : tensor<1x8x1x64xf32>, tensor<1x8x1x64xf32>) lse(%m, %m : tensor<1x8x1xf32>, tensor<1x8x1xf32>)
    outs(%o, %l : tensor<1x8x1x64xf32>, tensor<1x8x1xf32>)  -> tensor<1x8x1x64xf32>, tensor<1x8x1xf32>
  return %0#0, %0#1 : tensor<1x8x1x64xf32>, tensor<1x8x1xf32>
}

// CHECK-LABEL: func @prune
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x2x1x8xi32>, %[[O1:[a-z0-9]+]]: memref<1x2x1xi32>)
// CHECK: hip.prune {{.*}} outs(%[[O0]], %[[O1]] : memref<1x2x1x8xi32>, memref<1x2x1xi32>)
// CHECK-NEXT: return %[[O0]], %[[O1]]
func.func @prune(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>,
    %b: tensor<1x2x1x8xi32>, %c: tensor<1x2x1xi32>) -> (tensor<1x2x1x8xi32>, tensor<1x2x1xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%b, %c : tensor<1x2x1x8xi32>, tensor<1x2x1xi32>) policy #hip.tree<block_q = 64, block_k = 2, keep = 16> -> tensor<1x2x1x8xi32>, tensor<1x2x1xi32>
  return %0#0, %0#1 : tensor<1x2x1x8xi32>, tensor<1x2x1xi32>
}

// CHECK-LABEL: func @summarize
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x2x1x2x64xf16>)
// CHECK: hip.summarize {{.*}} outs(%[[O0]] : memref<1x2x1x2x64xf16>)
// CHECK-NEXT: return %[[O0]]
func.func @summarize(%k: tensor<1x2x64x64xf16>,
    %x: tensor<1x2x1x2x64xf16>) -> tensor<1x2x1x2x64xf16> {
  %0 = hip.summarize ins(%k : tensor<1x2x64x64xf16>)
    outs(%x : tensor<1x2x1x2x64xf16>) {granule = 64} -> tensor<1x2x1x2x64xf16>
  return %0 : tensor<1x2x1x2x64xf16>
}

// What an update leaves stays: it is done in place, or to a copy.
// CHECK-LABEL: func @update_summaries
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<?x1x2x2x64xf16>) -> memref<?x1x2x2x64xf16>
// CHECK-NOT: copy
// CHECK: hip.update_summaries {{.*}} outs(%[[O0]] : memref<?x1x2x2x64xf16>)
// CHECK: return %[[O0]]
func.func @update_summaries(%pages: tensor<?x16x2x64xf16>, %table: tensor<1x?xi32>, %lengths: tensor<1xi32>, %n: index,
    %x: tensor<?x1x2x2x64xf16>) -> tensor<?x1x2x2x64xf16> {
  %k = hip.kv.paged %pages[%table] lengths(%lengths) : tensor<?x16x2x64xf16>, tensor<1x?xi32>, tensor<1xi32>
  %0 = hip.update_summaries ins(%k : !hip.kv<1x2x?x64xf16>) rows(%n) outs(%x : tensor<?x1x2x2x64xf16>) {granule = 64}
    -> tensor<?x1x2x2x64xf16>
  return %0 : tensor<?x1x2x2x64xf16>
}

// CHECK-LABEL: func @update_summaries_of_both
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?x1x2x2x64xf16>) -> (memref<?x1x2x2x64xf16>, memref<?x1x2x2x64xf16>)
// CHECK: memref.copy %[[X]], %[[Y:.*]] :
// CHECK: hip.update_summaries {{.*}} outs(%[[Y]] : memref<?x1x2x2x64xf16>)
// CHECK: return %[[Y]], %[[X]]
func.func @update_summaries_of_both(%pages: tensor<?x16x2x64xf16>, %table: tensor<1x?xi32>, %lengths: tensor<1xi32>,
    %n: index, %x: tensor<?x1x2x2x64xf16>) -> (tensor<?x1x2x2x64xf16>, tensor<?x1x2x2x64xf16>) {
  %k = hip.kv.paged %pages[%table] lengths(%lengths) : tensor<?x16x2x64xf16>, tensor<1x?xi32>, tensor<1xi32>
  %0 = hip.update_summaries ins(%k : !hip.kv<1x2x?x64xf16>) rows(%n) outs(%x : tensor<?x1x2x2x64xf16>) {granule = 64}
    -> tensor<?x1x2x2x64xf16>
  return %0, %x : tensor<?x1x2x2x64xf16>, tensor<?x1x2x2x64xf16>
}

// CHECK-LABEL: func @partition
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x1x8x2xi32>, %[[O1:[a-z0-9]+]]: memref<1x8x1xi32>)
// CHECK: hip.partition {{.*}} outs(%[[O0]], %[[O1]] : memref<1x8x1x8x2xi32>, memref<1x8x1xi32>)
// CHECK-NEXT: return %[[O0]], %[[O1]]
func.func @partition(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>,
    %r: tensor<1x8x1x8x2xi32>, %c: tensor<1x8x1xi32>) -> (tensor<1x8x1x8x2xi32>, tensor<1x8x1xi32>) {
  %0:2 = hip.partition ins(%q, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%r, %c : tensor<1x8x1x8x2xi32>, tensor<1x8x1xi32>) band #hip.band<block_q = 64, chunk = 2> {granule = 2, chunks = 8} -> tensor<1x8x1x8x2xi32>, tensor<1x8x1xi32>
  return %0#0, %0#1 : tensor<1x8x1x8x2xi32>, tensor<1x8x1xi32>
}

// CHECK-LABEL: func @split
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x1x16x2xi32>, %[[O1:[a-z0-9]+]]: memref<1x8x1xi32>)
// CHECK: hip.split {{.*}} outs(%[[O0]], %[[O1]] : memref<1x8x1x16x2xi32>, memref<1x8x1xi32>)
// CHECK-NEXT: return %[[O0]], %[[O1]]
func.func @split(%r: tensor<1x8x1x8x2xi32>, %c: tensor<1x8x1xi32>,
    %r2: tensor<1x8x1x16x2xi32>, %c2: tensor<1x8x1xi32>) -> (tensor<1x8x1x16x2xi32>, tensor<1x8x1xi32>) {
  %0:2 = hip.split ins(%r, %c : tensor<1x8x1x8x2xi32>, tensor<1x8x1xi32>)
    outs(%r2, %c2 : tensor<1x8x1x16x2xi32>, tensor<1x8x1xi32>) {ways = 2} -> tensor<1x8x1x16x2xi32>, tensor<1x8x1xi32>
  return %0#0, %0#1 : tensor<1x8x1x16x2xi32>, tensor<1x8x1xi32>
}

// CHECK-LABEL: func @score
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x1x8xf32>)
// CHECK: hip.score {{.*}} outs(%[[O0]] : memref<1x8x1x8xf32>)
// CHECK-NEXT: return %[[O0]]
func.func @score(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %r: tensor<1x8x1x8x2xi32>, %c: tensor<1x8x1xi32>,
    %s: tensor<1x8x1x8xf32>) -> tensor<1x8x1x8xf32> {
  %0 = hip.score ins(%q, %k, %r, %c : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x8x1x8x2xi32>, tensor<1x8x1xi32>)
    outs(%s : tensor<1x8x1x8xf32>) {block_q = 64, granule = 2} -> tensor<1x8x1x8xf32>
  return %0 : tensor<1x8x1x8xf32>
}

// CHECK-LABEL: func @descend
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x1x8xf32>)
// CHECK: hip.descend {{.*}} outs(%[[O0]] : memref<1x8x1x8xf32>)
// CHECK-NEXT: return %[[O0]]
func.func @descend(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %r: tensor<1x8x1x8x2xi32>, %c: tensor<1x8x1xi32>,
    %s: tensor<1x8x1x8xf32>) -> tensor<1x8x1x8xf32> {
  %0 = hip.descend ins(%q, %k, %r, %c : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x8x1x8x2xi32>, tensor<1x8x1xi32>)
    outs(%s : tensor<1x8x1x8xf32>) {block_q = 64, granule = 2, levels = 2} -> tensor<1x8x1x8xf32>
  return %0 : tensor<1x8x1x8xf32>
}

// CHECK-LABEL: func @select
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x1x4x2xi32>, %[[O1:[a-z0-9]+]]: memref<1x8x1xi32>)
// CHECK: hip.select {{.*}} outs(%[[O0]], %[[O1]] : memref<1x8x1x4x2xi32>, memref<1x8x1xi32>)
// CHECK-NEXT: return %[[O0]], %[[O1]]
func.func @select(%r: tensor<1x8x1x8x2xi32>, %c: tensor<1x8x1xi32>, %s: tensor<1x8x1x8xf32>,
    %r2: tensor<1x8x1x4x2xi32>, %c2: tensor<1x8x1xi32>) -> (tensor<1x8x1x4x2xi32>, tensor<1x8x1xi32>) {
  %0:2 = hip.select ins(%r, %c, %s : tensor<1x8x1x8x2xi32>, tensor<1x8x1xi32>, tensor<1x8x1x8xf32>)
    outs(%r2, %c2 : tensor<1x8x1x4x2xi32>, tensor<1x8x1xi32>) {keep = 4} -> tensor<1x8x1x4x2xi32>, tensor<1x8x1xi32>
  return %0#0, %0#1 : tensor<1x8x1x4x2xi32>, tensor<1x8x1xi32>
}

// CHECK-LABEL: func @blocks
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x1x8xi32>, %[[O1:[a-z0-9]+]]: memref<1x8x1xi32>)
// CHECK: hip.blocks {{.*}} outs(%[[O0]], %[[O1]] : memref<1x8x1x8xi32>, memref<1x8x1xi32>)
// CHECK-NEXT: return %[[O0]], %[[O1]]
func.func @blocks(%r: tensor<1x8x1x8x2xi32>, %c: tensor<1x8x1xi32>,
    %b: tensor<1x8x1x8xi32>, %c2: tensor<1x8x1xi32>) -> (tensor<1x8x1x8xi32>, tensor<1x8x1xi32>) {
  %0:2 = hip.blocks ins(%r, %c : tensor<1x8x1x8x2xi32>, tensor<1x8x1xi32>)
    outs(%b, %c2 : tensor<1x8x1x8xi32>, tensor<1x8x1xi32>) {granule = 2, block_k = 2} -> tensor<1x8x1x8xi32>, tensor<1x8x1xi32>
  return %0#0, %0#1 : tensor<1x8x1x8xi32>, tensor<1x8x1xi32>
}

// A view is one of the buffer.
// CHECK-LABEL: func @views
// CHECK: hip.kv.contiguous %{{.*}} : memref<1x2x64x64xf16>
// CHECK: hip.kv.ragged %{{.*}}[%{{.*}}] : memref<?x2x64xf16>, memref<2xi32>
// CHECK: hip.kv.paged %{{.*}}[%{{.*}}] lengths(%{{.*}}) : memref<?x16x2x64xf16>, memref<1x4xi32>, memref<1xi32>
func.func @views(%k: tensor<1x2x64x64xf16>, %rows: tensor<?x2x64xf16>, %offsets: tensor<2xi32>, %pages: tensor<?x16x2x64xf16>,
                 %table: tensor<1x4xi32>, %lengths: tensor<1xi32>)
    -> (!hip.kv<1x2x64x64xf16>, !hip.kv<1x2x?x64xf16>, !hip.kv<1x2x?x64xf16>) {
  %0 = hip.kv.contiguous %k : tensor<1x2x64x64xf16>
  %1 = hip.kv.ragged %rows[%offsets] : tensor<?x2x64xf16>, tensor<2xi32>
  %2 = hip.kv.paged %pages[%table] lengths(%lengths) : tensor<?x16x2x64xf16>, tensor<1x4xi32>, tensor<1xi32>
  return %0, %1, %2 : !hip.kv<1x2x64x64xf16>, !hip.kv<1x2x?x64xf16>, !hip.kv<1x2x?x64xf16>
}

// Storage written after the last use of its view is written in place.
// CHECK-LABEL: func @written_after
// CHECK-NOT: memref.alloc
// CHECK: hip.attention
// CHECK: memref.store
func.func @written_after(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %o: tensor<1x8x64x64xf16>, %x: f16, %i: index) -> (tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>) {
  %v = hip.kv.contiguous %k : tensor<1x2x64x64xf16>
  %0 = hip.attention ins(%q, %v, %v : tensor<1x8x64x64xf16>, !hip.kv<1x2x64x64xf16>, !hip.kv<1x2x64x64xf16>) outs(%o : tensor<1x8x64x64xf16>)
    policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  %k2 = tensor.insert %x into %k[%i, %i, %i, %i] : tensor<1x2x64x64xf16>
  return %0, %k2 : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>
}

// CHECK-LABEL: func @check_list
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x1xi32>)
// CHECK: hip.check_list {{.*}} outs(%[[O0]] : memref<1x8x1xi32>)
// CHECK-NEXT: return %[[O0]]
func.func @check_list(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %b: tensor<1x8x1x4xi32>,
    %c: tensor<1x8x1xi32>, %o: tensor<1x8x1xi32>) -> tensor<1x8x1xi32> {
  %0 = hip.check_list ins(%q, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>) list(%b, %c : tensor<1x8x1x4xi32>, tensor<1x8x1xi32>)
    outs(%o : tensor<1x8x1xi32>) band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8} -> tensor<1x8x1xi32>
  return %0 : tensor<1x8x1xi32>
}

// CHECK-LABEL: func @union
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<1x8x1x8xi32>, %[[O1:[a-z0-9]+]]: memref<1x8x1xi32>)
// CHECK: hip.union {{.*}} outs(%[[O0]], %[[O1]] : memref<1x8x1x8xi32>, memref<1x8x1xi32>)
// CHECK-NEXT: return %[[O0]], %[[O1]]
func.func @union(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %b: tensor<1x8x1x8xi32>, %c: tensor<1x8x1xi32>,
    %o: tensor<1x8x1x8xi32>, %n: tensor<1x8x1xi32>) -> (tensor<1x8x1x8xi32>, tensor<1x8x1xi32>) {
  %0:2 = hip.union ins(%q, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>) lists(%b : tensor<1x8x1x8xi32>)
    counts(%c : tensor<1x8x1xi32>) outs(%o, %n : tensor<1x8x1x8xi32>, tensor<1x8x1xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64, block_k = 8, list_block_k = array<i64: 8>}
    -> tensor<1x8x1x8xi32>, tensor<1x8x1xi32>
  return %0#0, %0#1 : tensor<1x8x1x8xi32>, tensor<1x8x1xi32>
}

// CHECK-LABEL: func @mask_blocks
// CHECK-SAME: %[[D:[a-z0-9]+]]: memref<64xi32>, %[[O0:[a-z0-9]+]]: memref<1x1x1x8xi32>, %[[O1:[a-z0-9]+]]: memref<1x1x1xi32>)
// CHECK: hip.mask_blocks {{.*}} outs(%[[O0]], %[[O1]] : memref<1x1x1x8xi32>, memref<1x1x1xi32>)
// CHECK: memref.load %[[D]][%{{.*}}]
// CHECK: return %[[O0]], %[[O1]]
func.func @mask_blocks(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>, %d: tensor<64xi32>,
    %o: tensor<1x1x1x8xi32>, %n: tensor<1x1x1xi32>) -> (tensor<1x1x1x8xi32>, tensor<1x1x1xi32>) {
  %0:2 = hip.mask_blocks ins(%q, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%o, %n : tensor<1x1x1x8xi32>, tensor<1x1x1xi32>) band #hip.band<block_q = 64, chunk = 8>
    mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %x = tensor.extract %d[%j] : tensor<64xi32>
      %y = arith.index_cast %i : index to i32
      %m = arith.cmpi eq, %x, %y : i32
      hip.yield %m : i1
    } {block_q = 64, block_k = 8} -> tensor<1x1x1x8xi32>, tensor<1x1x1xi32>
  return %0#0, %0#1 : tensor<1x1x1x8xi32>, tensor<1x1x1xi32>
}

// CHECK-LABEL: func @check_keys
// CHECK-SAME: %[[O0:[a-z0-9]+]]: memref<4xi32>)
// CHECK: hip.kv.ragged {{.*}} : memref<9x2x64xf16>, memref<5xi32>
// CHECK: hip.check_keys ins(%{{.*}} : !hip.kv<4x2x?x64xf16>) outs(%[[O0]] : memref<4xi32>)
func.func @check_keys(%rows: tensor<9x2x64xf16>, %offsets: tensor<5xi32>, %o0: tensor<4xi32>) -> tensor<4xi32> {
  %k = hip.kv.ragged %rows[%offsets] : tensor<9x2x64xf16>, tensor<5xi32>
  %0 = hip.check_keys ins(%k : !hip.kv<4x2x?x64xf16>) outs(%o0 : tensor<4xi32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}
