// RUN: hip-opt %s --canonicalize | FileCheck %s

!q = tensor<1x8x1024x64xf16>
!k = tensor<1x2x1024x64xf16>
!r = tensor<1x8x16x8x2xi32>
!c = tensor<1x8x16xi32>

// S4: 1024 - 128 - 384 = 512 candidates fit the budget.
// CHECK-LABEL: func @covered
// CHECK: policy #hip.dense<block_q = 64> {causal}
func.func @covered(%q: !q, %k: !k, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
    {causal, sink = 128, window = 384, heads = #hip.heads<all>} -> !q
  return %0 : !q
}

// One candidate too many.
// CHECK-LABEL: func @not_covered
// CHECK: policy #hip.tree
func.func @not_covered(%q: !q, %k: !k, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512> {causal, sink = 128, window = 382} -> !q
  return %0 : !q
}

// A coarse level that drops keys is not dense, whatever is kept in the end.
// CHECK-LABEL: func @coarse_level
// CHECK: policy #hip.boxes
func.func @coarse_level(%q: !q, %k: !k, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 512)], keep = 1024> {causal} -> !q
  return %0 : !q
}

// CHECK-LABEL: func @trivial_split
// CHECK-SAME: (%[[R:.*]]: tensor<1x8x16x8x2xi32>, %[[C:.*]]: tensor<1x8x16xi32>,
// CHECK-NEXT: return %[[R]], %[[C]]
func.func @trivial_split(%r: !r, %c: !c, %ro: !r, %co: !c) -> (!r, !c) {
  %0:2 = hip.split ins(%r, %c : !r, !c) outs(%ro, %co : !r, !c) {ways = 1} -> !r, !c
  return %0#0, %0#1 : !r, !c
}

// CHECK-LABEL: func @split_of_split
// CHECK: hip.split {{.*}}{ways = 32 : i64}
// CHECK-NOT: hip.split
func.func @split_of_split(%r: !r, %c: !c, %r8: tensor<1x8x16x64x2xi32>, %co: !c,
                          %r32: tensor<1x8x16x256x2xi32>) -> (tensor<1x8x16x256x2xi32>, !c) {
  %0:2 = hip.split ins(%r, %c : !r, !c) outs(%r8, %co : tensor<1x8x16x64x2xi32>, !c) {ways = 8}
    -> tensor<1x8x16x64x2xi32>, !c
  %1:2 = hip.split ins(%0#0, %0#1 : tensor<1x8x16x64x2xi32>, !c)
    outs(%r32, %co : tensor<1x8x16x256x2xi32>, !c) {ways = 4} -> tensor<1x8x16x256x2xi32>, !c
  return %1#0, %1#1 : tensor<1x8x16x256x2xi32>, !c
}

// Halves of halves may be unequal (S7).
// CHECK-LABEL: func @halves
// CHECK-COUNT-2: hip.split
func.func @halves(%r: !r, %c: !c, %r2: tensor<1x8x16x16x2xi32>, %co: !c,
                  %r4: tensor<1x8x16x32x2xi32>) -> (tensor<1x8x16x32x2xi32>, !c) {
  %0:2 = hip.split ins(%r, %c : !r, !c) outs(%r2, %co : tensor<1x8x16x16x2xi32>, !c) {ways = 2}
    -> tensor<1x8x16x16x2xi32>, !c
  %1:2 = hip.split ins(%0#0, %0#1 : tensor<1x8x16x16x2xi32>, !c)
    outs(%r4, %co : tensor<1x8x16x32x2xi32>, !c) {ways = 2} -> tensor<1x8x16x32x2xi32>, !c
  return %1#0, %1#1 : tensor<1x8x16x32x2xi32>, !c
}

// CHECK-LABEL: func @merge_of_one
// CHECK-SAME: (%[[O:.*]]: tensor<1x8x1x64xf32>, %[[L:.*]]: tensor<1x8x1xf32>)
// CHECK-NEXT: return %[[O]], %[[L]]
func.func @merge_of_one(%o: tensor<1x8x1x64xf32>, %l: tensor<1x8x1xf32>)
    -> (tensor<1x8x1x64xf32>, tensor<1x8x1xf32>) {
  %0:2 = hip.merge ins(%o : tensor<1x8x1x64xf32>) lse(%l : tensor<1x8x1xf32>)
    outs(%o, %l : tensor<1x8x1x64xf32>, tensor<1x8x1xf32>) -> tensor<1x8x1x64xf32>, tensor<1x8x1xf32>
  return %0#0, %0#1 : tensor<1x8x1x64xf32>, tensor<1x8x1xf32>
}

// Rounding to f16 stays.
// CHECK-LABEL: func @merge_converts
// CHECK: hip.merge
func.func @merge_converts(%o: tensor<1x8x1x64xf32>, %l: tensor<1x8x1xf32>, %h: tensor<1x8x1x64xf16>)
    -> tensor<1x8x1x64xf16> {
  %0 = hip.merge ins(%o : tensor<1x8x1x64xf32>) lse(%l : tensor<1x8x1xf32>)
    outs(%h : tensor<1x8x1x64xf16>) -> tensor<1x8x1x64xf16>
  return %0 : tensor<1x8x1x64xf16>
}

// Every stage keeps all candidates.
// CHECK-LABEL: func @stages_covered
// CHECK: policy #hip.dense<block_q = 32>
func.func @stages_covered(%q: !q, %k: !k, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.stages<[(64, 64, all, 1), (32, 8, 1024, 1)]> {causal} -> !q
  return %0 : !q
}

// An early stage drops candidates.
// CHECK-LABEL: func @early_stage
// CHECK: policy #hip.stages
func.func @early_stage(%q: !q, %k: !k, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.stages<[(64, 64, 960, 1), (32, 8, 1024, 1)]> {causal} -> !q
  return %0 : !q
}

// CHECK-LABEL: func @boxes_covered
// CHECK: policy #hip.dense<block_q = 64>
func.func @boxes_covered(%q: !q, %k: !k, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 1024)], keep = 1024> {causal} -> !q
  return %0 : !q
}

// Sinks and window reach every key.
// CHECK-LABEL: func @window_covers
// CHECK: policy #hip.dense<block_q = 64>
func.func @window_covers(%q: !q, %k: !k, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.window<block_q = 64> {causal, sink = 24, window = 1000} -> !q
  return %0 : !q
}

// CHECK-LABEL: func @window_misses_one
// CHECK: policy #hip.window
func.func @window_misses_one(%q: !q, %k: !k, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.window<block_q = 64> {causal, sink = 23, window = 1000} -> !q
  return %0 : !q
}

// The number of keys is known at run time only.
// CHECK-LABEL: func @dynamic_keys
// CHECK: policy #hip.tree
func.func @dynamic_keys(%q: !q, %k: tensor<1x2x?x64xf16>, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>) outs(%o : !q)
    policy #hip.tree<block_q = 64, block_k = 2, keep = 512> {causal} -> !q
  return %0 : !q
}

// A finer split of the query blocks is no identity.
// CHECK-LABEL: func @query_split
// CHECK: hip.split {{.*}}query_ways = 2
func.func @query_split(%r: !r, %c: !c, %ro: tensor<1x8x32x8x2xi32>, %co: tensor<1x8x32xi32>)
    -> (tensor<1x8x32x8x2xi32>, tensor<1x8x32xi32>) {
  %0:2 = hip.split ins(%r, %c : !r, !c) outs(%ro, %co : tensor<1x8x32x8x2xi32>, tensor<1x8x32xi32>)
    {ways = 1, query_ways = 2} -> tensor<1x8x32x8x2xi32>, tensor<1x8x32xi32>
  return %0#0, %0#1 : tensor<1x8x32x8x2xi32>, tensor<1x8x32xi32>
}

// The inner split hands its lists down, so both stay.
// CHECK-LABEL: func @split_of_query_split
// CHECK-COUNT-2: hip.split
func.func @split_of_query_split(%r: !r, %c: !c, %r4: tensor<1x8x32x32x2xi32>, %co: tensor<1x8x32xi32>,
                                %r16: tensor<1x8x32x128x2xi32>) -> (tensor<1x8x32x128x2xi32>, tensor<1x8x32xi32>) {
  %0:2 = hip.split ins(%r, %c : !r, !c) outs(%r4, %co : tensor<1x8x32x32x2xi32>, tensor<1x8x32xi32>)
    {ways = 4, query_ways = 2} -> tensor<1x8x32x32x2xi32>, tensor<1x8x32xi32>
  %1:2 = hip.split ins(%0#0, %0#1 : tensor<1x8x32x32x2xi32>, tensor<1x8x32xi32>)
    outs(%r16, %co : tensor<1x8x32x128x2xi32>, tensor<1x8x32xi32>) {ways = 4}
    -> tensor<1x8x32x128x2xi32>, tensor<1x8x32xi32>
  return %1#0, %1#1 : tensor<1x8x32x128x2xi32>, tensor<1x8x32xi32>
}

// CHECK-LABEL: func @merge_of_two
// CHECK: hip.merge
func.func @merge_of_two(%o: tensor<1x8x1x64xf32>, %l: tensor<1x8x1xf32>) -> tensor<1x8x1x64xf32> {
  %0 = hip.merge ins(%o, %o : tensor<1x8x1x64xf32>, tensor<1x8x1x64xf32>)
    lse(%l, %l : tensor<1x8x1xf32>, tensor<1x8x1xf32>)
    outs(%o : tensor<1x8x1x64xf32>) -> tensor<1x8x1x64xf32>
  return %0 : tensor<1x8x1x64xf32>
}

// What nobody reads goes; a write to memory stays.
// CHECK-LABEL: func @unused
// CHECK-NEXT: hip.split ins({{.*}}memref
// CHECK-NEXT: return
func.func @unused(%r: !r, %c: !c, %rm: memref<1x8x16x8x2xi32>, %cm: memref<1x8x16xi32>) {
  %0:2 = hip.split ins(%r, %c : !r, !c) outs(%r, %c : !r, !c) {ways = 1} -> !r, !c
  hip.split ins(%rm, %cm : memref<1x8x16x8x2xi32>, memref<1x8x16xi32>)
    outs(%rm, %cm : memref<1x8x16x8x2xi32>, memref<1x8x16xi32>) {ways = 1}
  return
}

!l = tensor<1x8x16x256xi32>
!n = tensor<1x8x16xi32>

// What a search made for the band is in order and holds candidates alone (S5).
// CHECK-LABEL: func @union_of_prune
// CHECK: %[[L:.*]]:2 = hip.prune
// CHECK-NEXT: return %[[L]]#0, %[[L]]#1
func.func @union_of_prune(%q: !q, %k: !k, %l: !l, %n: !n) -> (!l, !n) {
  %0:2 = hip.prune ins(%q, %k : !q, !k) outs(%l, %n : !l, !n) policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
    {causal, sink = 16, window = 32, heads = #hip.heads<query>} -> !l, !n
  %1:2 = hip.union ins(%q, %k : !q, !k) lists(%0#0 : !l) counts(%0#1 : !n)
    outs(%l, %n : !l, !n) band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 32>
    {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2>} -> !l, !n
  return %1#0, %1#1 : !l, !n
}

// CHECK-LABEL: func @union_of_blocks
// CHECK: %[[L:.*]]:2 = hip.blocks
// CHECK-NEXT: return %[[L]]#0, %[[L]]#1
func.func @union_of_blocks(%q: !q, %k: !k, %l: !l, %n: !n, %r: tensor<1x8x16x64x2xi32>,
                            %r2: tensor<1x8x16x128x2xi32>) -> (!l, !n) {
  %p:2 = hip.partition ins(%q, %k : !q, !k) outs(%r, %n : tensor<1x8x16x64x2xi32>, !n)
    band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 32> {granule = 2, chunks = 64} -> tensor<1x8x16x64x2xi32>, !n
  %h:2 = hip.split ins(%p#0, %p#1 : tensor<1x8x16x64x2xi32>, !n) outs(%r2, %n : tensor<1x8x16x128x2xi32>, !n)
    {ways = 2} -> tensor<1x8x16x128x2xi32>, !n
  %0:2 = hip.blocks ins(%h#0, %h#1 : tensor<1x8x16x128x2xi32>, !n) outs(%l, %n : !l, !n)
    {granule = 2, block_k = 2} -> !l, !n
  %1:2 = hip.union ins(%q, %k : !q, !k) lists(%0#0 : !l) counts(%0#1 : !n)
    outs(%l, %n : !l, !n) band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 32>
    {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2>} -> !l, !n
  return %1#0, %1#1 : !l, !n
}

// CHECK-LABEL: func @union_of_union
// CHECK: %[[L:.*]]:2 = hip.union
// CHECK-NEXT: return %[[L]]#0, %[[L]]#1
func.func @union_of_union(%q: !q, %k: !k, %l: !l, %n: !n) -> (!l, !n) {
  %0:2 = hip.union ins(%q, %k : !q, !k) lists(%l : !l) counts(%n : !n)
    outs(%l, %n : !l, !n) band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 32>
    {block_q = 64, block_k = 2, list_block_k = array<i64: 2>} -> !l, !n
  %1:2 = hip.union ins(%q, %k : !q, !k) lists(%0#0 : !l) counts(%0#1 : !n)
    outs(%l, %n : !l, !n) band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 32>
    {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2>} -> !l, !n
  return %1#0, %1#1 : !l, !n
}

// A later step's window may reach into the list; other lists may hold anything.
// CHECK-LABEL: func @union_of_an_earlier_list
// CHECK: hip.prune
// CHECK: hip.union
func.func @union_of_an_earlier_list(%q: !q, %k: !k, %l: !l, %n: !n) -> (!l, !n) {
  %0:2 = hip.prune ins(%q, %k : !q, !k) outs(%l, %n : !l, !n) policy #hip.tree<block_q = 64, block_k = 2, keep = 512>
    {causal, sink = 16, window = 32, heads = #hip.heads<query>} -> !l, !n
  %1:2 = hip.union ins(%q, %k : !q, !k) lists(%0#0 : !l) counts(%0#1 : !n)
    outs(%l, %n : !l, !n) band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 33>
    {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2>} -> !l, !n
  return %1#0, %1#1 : !l, !n
}

// CHECK-LABEL: func @union_of_blocks_of_another_band
// CHECK: hip.blocks
// CHECK: hip.union
func.func @union_of_blocks_of_another_band(%q: !q, %k: !k, %l: !l, %n: !n, %r: tensor<1x8x16x64x2xi32>,
                            %r2: tensor<1x8x16x128x2xi32>) -> (!l, !n) {
  %p:2 = hip.partition ins(%q, %k : !q, !k) outs(%r, %n : tensor<1x8x16x64x2xi32>, !n)
    band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 32> {granule = 2, chunks = 64} -> tensor<1x8x16x64x2xi32>, !n
  %h:2 = hip.split ins(%p#0, %p#1 : tensor<1x8x16x64x2xi32>, !n) outs(%r2, %n : tensor<1x8x16x128x2xi32>, !n)
    {ways = 2} -> tensor<1x8x16x128x2xi32>, !n
  %0:2 = hip.blocks ins(%h#0, %h#1 : tensor<1x8x16x128x2xi32>, !n) outs(%l, %n : !l, !n)
    {granule = 2, block_k = 2} -> !l, !n
  %1:2 = hip.union ins(%q, %k : !q, !k) lists(%0#0 : !l) counts(%0#1 : !n)
    outs(%l, %n : !l, !n) band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 34>
    {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2>} -> !l, !n
  return %1#0, %1#1 : !l, !n
}

// CHECK-LABEL: func @union_of_any_list
// CHECK: hip.union
func.func @union_of_any_list(%q: !q, %k: !k, %l: !l, %n: !n) -> (!l, !n) {
  %1:2 = hip.union ins(%q, %k : !q, !k) lists(%l : !l) counts(%n : !n)
    outs(%l, %n : !l, !n) band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 32>
    {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2>} -> !l, !n
  return %1#0, %1#1 : !l, !n
}

// CHECK-LABEL: func @union_of_equal_lists
// CHECK: hip.union {{.*}} lists(%{{.*}} : tensor<1x8x16x256xi32>) counts(%{{.*}} : tensor<1x8x16xi32>)
// CHECK-SAME: list_block_k = array<i64: 2>
func.func @union_of_equal_lists(%q: !q, %k: !k, %l: !l, %n: !n, %o: tensor<1x8x16x512xi32>)
    -> (tensor<1x8x16x512xi32>, !n) {
  %1:2 = hip.union ins(%q, %k : !q, !k) lists(%l, %l : !l, !l) counts(%n, %n : !n, !n)
    outs(%o, %n : tensor<1x8x16x512xi32>, !n) band #hip.band<block_q = 64, chunk = 2, sink = 16, window = 32>
    {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2, 2>} -> tensor<1x8x16x512xi32>, !n
  return %1#0, %1#1 : tensor<1x8x16x512xi32>, !n
}

// The same list in larger blocks is another one.
// CHECK-LABEL: func @union_of_other_blocks
// CHECK: list_block_k = array<i64: 2, 4>
func.func @union_of_other_blocks(%q: !q, %k: !k, %l: !l, %n: !n, %o: tensor<1x8x16x512xi32>)
    -> tensor<1x8x16x512xi32> {
  %1:2 = hip.union ins(%q, %k : !q, !k) lists(%l, %l : !l, !l) counts(%n, %n : !n, !n)
    outs(%o, %n : tensor<1x8x16x512xi32>, !n) band #hip.band<block_q = 64, chunk = 4, sink = 16, window = 32>
    {block_q = 64, block_k = 2, list_block_k = array<i64: 2, 4>} -> tensor<1x8x16x512xi32>, !n
  return %1#0 : tensor<1x8x16x512xi32>
}

// CHECK-LABEL: func @constant_scale
// CHECK-NOT: scale(
// CHECK: hip.attention {{.*}}scale = 2.500000e-01 : f32
// CHECK: hip.block_sparse_attention {{.*}}scale = 2.500000e-01 : f32
func.func @constant_scale(%q: tensor<1x8x64x64xf16>, %b: tensor<1x1x4x8xi32>, %c: tensor<1x1x4xi32>) -> tensor<1x8x64x64xf16> {
  %s = arith.constant 0.25 : f32
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    scale(%s : f32) outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  %1 = hip.block_sparse_attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    list(%b, %c : tensor<1x1x4x8xi32>, tensor<1x1x4xi32>) scale(%s : f32) outs(%0 : tensor<1x8x64x64xf16>)
    band #hip.band<block_q = 16, chunk = 2> {block_q = 16 : i64, block_k = 2 : i64} -> tensor<1x8x64x64xf16>
  return %1 : tensor<1x8x64x64xf16>
}

// S3: rounded up to the chunk of the band, and held to what counts keys.
// CHECK-LABEL: func @constant_band
// CHECK-NOT: sink(
// CHECK: hip.attention {{.*}} window(%{{.*}} : i32) outs({{.*}}sink = 16 : i64
// CHECK: hip.prune {{.*}}sink = 2147483640 : i64}
// CHECK: hip.block_sparse_attention {{.*}} band <block_q = 16, chunk = 8, sink = 16, window = 9>
func.func @constant_band(%q: tensor<1x8x?x64xf16>, %b: tensor<1x1x?x2xi32>, %c: tensor<1x1x?xi32>, %w: i32) -> tensor<1x8x?x64xf16> {
  %9 = arith.constant 9 : i32
  %most = arith.constant 2147483647 : i32
  %below = arith.constant -1 : i32
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x?x64xf16>, tensor<1x8x?x64xf16>, tensor<1x8x?x64xf16>)
    sink(%9 : i32) window(%w : i32) outs(%q : tensor<1x8x?x64xf16>) policy #hip.tree<block_q = 16, block_k = 8, keep = 16>
    -> tensor<1x8x?x64xf16>
  %1:2 = hip.prune ins(%0, %q : tensor<1x8x?x64xf16>, tensor<1x8x?x64xf16>) sink(%most : i32) window(%below : i32)
    outs(%b, %c : tensor<1x1x?x2xi32>, tensor<1x1x?xi32>) policy #hip.tree<block_q = 16, block_k = 8, keep = 16>
    {heads = #hip.heads<all>} -> tensor<1x1x?x2xi32>, tensor<1x1x?xi32>
  %2 = hip.block_sparse_attention ins(%q, %q, %q : tensor<1x8x?x64xf16>, tensor<1x8x?x64xf16>, tensor<1x8x?x64xf16>)
    list(%1#0, %1#1 : tensor<1x1x?x2xi32>, tensor<1x1x?xi32>) sink(%9 : i32) window(%9 : i32) outs(%0 : tensor<1x8x?x64xf16>)
    band #hip.band<block_q = 16, chunk = 8> {block_q = 16 : i64, block_k = 8 : i64} -> tensor<1x8x?x64xf16>
  return %2 : tensor<1x8x?x64xf16>
}

// S4: a policy that keeps all keys has no use for numbers of the call.
// CHECK-LABEL: func @covered_band
// CHECK-NOT: window(
// CHECK: hip.attention {{.*}} policy #hip.dense<block_q = 16>
func.func @covered_band(%q: tensor<1x8x64x64xf16>, %w: i32) -> tensor<1x8x64x64xf16> {
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    window(%w : i32) outs(%q : tensor<1x8x64x64xf16>) policy #hip.tree<block_q = 16, block_k = 8, keep = 64>
    -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// A list of another window may have what is no candidate.
// CHECK-LABEL: func @union_of_another_window
// CHECK: hip.union
func.func @union_of_another_window(%q: tensor<1x8x64x64xf16>, %b: tensor<1x8x4x8xi32>, %c: tensor<1x8x4xi32>, %w: i32, %x: i32)
    -> tensor<1x8x4x8xi32> {
  %0:2 = hip.prune ins(%q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>) window(%w : i32)
    outs(%b, %c : tensor<1x8x4x8xi32>, tensor<1x8x4xi32>) policy #hip.tree<block_q = 16, block_k = 2, keep = 16>
    -> tensor<1x8x4x8xi32>, tensor<1x8x4xi32>
  %1:2 = hip.union ins(%q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>) lists(%0#0 : tensor<1x8x4x8xi32>)
    counts(%0#1 : tensor<1x8x4xi32>) window(%x : i32) outs(%b, %c : tensor<1x8x4x8xi32>, tensor<1x8x4xi32>)
    band #hip.band<block_q = 16, chunk = 2, causal = false> {block_q = 16, block_k = 2, list_block_k = array<i64: 2>}
    -> tensor<1x8x4x8xi32>, tensor<1x8x4xi32>
  return %1#0 : tensor<1x8x4x8xi32>
}

// The attribute has to be finite.
// CHECK-LABEL: func @infinite_scale
// CHECK: hip.attention {{.*}}scale(%
func.func @infinite_scale(%q: tensor<1x8x64x64xf16>) -> tensor<1x8x64x64xf16> {
  %s = arith.constant 0x7F800000 : f32
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    scale(%s : f32) outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// Casts fold into attention, with and without a score.
// CHECK-LABEL: func @cast_into_attention
// CHECK: hip.attention ins({{.*}} : tensor<1x2x64x64xf16>, {{.*}}) outs({{.*}} : tensor<1x2x64x64xf16>) policy #hip.dense<block_q = 64> {causal}
// CHECK: hip.attention ins({{.*}} : tensor<1x2x64x64xf16>, {{.*}}) outs({{.*}} : tensor<1x2x64x64xf16>) policy #hip.dense<block_q = 64> score {
func.func @cast_into_attention(%q: tensor<1x2x64x64xf16>, %k: tensor<1x1x?x64xf16>)
    -> (tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>) {
  %d = tensor.cast %q : tensor<1x2x64x64xf16> to tensor<1x2x?x64xf16>
  %0 = hip.attention ins(%d, %k, %k : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    outs(%d : tensor<1x2x?x64xf16>) policy #hip.dense<block_q = 64> {causal} -> tensor<1x2x?x64xf16>
  %1 = hip.attention ins(%d, %k, %k : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    outs(%d : tensor<1x2x?x64xf16>) policy #hip.dense<block_q = 64> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      hip.yield %s : f32
    } -> tensor<1x2x?x64xf16>
  return %0, %1 : tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>
}

// CHECK-LABEL: func @cast_into_list_attention
// CHECK: hip.block_sparse_attention ins({{.*}} : tensor<1x2x64x64xf16>
func.func @cast_into_list_attention(%q: tensor<1x2x64x64xf16>, %k: tensor<1x1x?x64xf16>) -> tensor<1x2x?x64xf16> {
  %d = tensor.cast %q : tensor<1x2x64x64xf16> to tensor<1x2x?x64xf16>
  %0 = hip.block_sparse_attention ins(%d, %k, %k : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    outs(%d : tensor<1x2x?x64xf16>) band #hip.band<block_q = 64, chunk = 1> {block_q = 64 : i64, block_k = 1 : i64}
    -> tensor<1x2x?x64xf16>
  return %0 : tensor<1x2x?x64xf16>
}

// More ways than there are keys are no ways of one split.
// CHECK-LABEL: func @many_ways
// CHECK-COUNT-2: hip.split
func.func @many_ways(%r: tensor<1x1x1x?x2xi32>, %c: tensor<1x1x1xi32>) -> (tensor<1x1x1x?x2xi32>, tensor<1x1x1xi32>) {
  %0:2 = hip.split ins(%r, %c : tensor<1x1x1x?x2xi32>, tensor<1x1x1xi32>)
    outs(%r, %c : tensor<1x1x1x?x2xi32>, tensor<1x1x1xi32>) {ways = 1073741824 : i64} -> tensor<1x1x1x?x2xi32>, tensor<1x1x1xi32>
  %1:2 = hip.split ins(%0#0, %0#1 : tensor<1x1x1x?x2xi32>, tensor<1x1x1xi32>)
    outs(%r, %c : tensor<1x1x1x?x2xi32>, tensor<1x1x1xi32>) {ways = 1073741824 : i64} -> tensor<1x1x1x?x2xi32>, tensor<1x1x1xi32>
  return %1#0, %1#1 : tensor<1x1x1x?x2xi32>, tensor<1x1x1xi32>
}

// S14c. The room of a list stays.
// CHECK-LABEL: func @list_of_one
// CHECK: hip.prune {{.*}} : tensor<1x8x16x512xi32>
// CHECK-SAME: policy #hip.tree<block_q = 64, block_k = 2, keep = 256>
func.func @list_of_one(%q: !q, %k: !k, %b: tensor<1x8x16x512xi32>, %c: !c) -> (tensor<1x8x16x512xi32>, !c) {
  %0:2 = hip.prune ins(%q, %k : !q, !k) outs(%b, %c : tensor<1x8x16x512xi32>, !c)
    policy #hip.union<[tree<keep = 256>]> {heads = #hip.heads<query>} -> tensor<1x8x16x512xi32>, !c
  return %0#0, %0#1 : tensor<1x8x16x512xi32>, !c
}

// CHECK-LABEL: func @union_of_one
// CHECK: policy #hip.tree<block_q = 64, block_k = 2, keep = 256>
func.func @union_of_one(%q: !q, %k: !k, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.union<[tree<keep = 256>, union<[tree<keep = 256>]>]> {causal} -> !q
  return %0 : !q
}

// A part that keeps all, of any number of keys or of these.
// CHECK-LABEL: func @union_keeps_all
// CHECK: policy #hip.dense<block_q = 64>
// CHECK: policy #hip.dense<block_q = 64>
// CHECK: policy #hip.dense<block_q = 64>
func.func @union_keeps_all(%q: !q, %k: !k, %any: tensor<1x2x?x64xf16>, %o: !q) -> (!q, !q, !q) {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.union<[tree<keep = 256>, boxes<levels = [(64, 1024)], keep = 1024>]> {causal} -> !q
  %1 = hip.attention ins(%q, %any, %any : !q, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>) outs(%o : !q)
    policy #hip.union<[tree<keep = 256>, stages<[(64, 8, all, 1)]>]> {causal} -> !q
  %2 = hip.attention ins(%q, %any, %any : !q, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16>) outs(%o : !q)
    policy #hip.union<[tree<keep = 256>, dense]> {causal} -> !q
  return %0, %1, %2 : !q, !q, !q
}

// Parts that keep all only together.
// CHECK-LABEL: func @union_of_differing
// CHECK: policy #hip.union<[#hip.tree<block_q = 64, block_k = 2, keep = 512>, #hip.tree<block_q = 64, block_k = 4, keep = 512>]>
func.func @union_of_differing(%q: !q, %k: !k, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) outs(%o : !q)
    policy #hip.union<[tree, tree<block_k = 4>]> {causal} -> !q
  return %0 : !q
}

// Dense attention reads no summaries.
// CHECK-LABEL: func @covered_boxes
// CHECK: hip.attention
// CHECK-NOT: summaries
// CHECK-SAME: policy #hip.dense<block_q = 64>
func.func @covered_boxes(%q: !q, %k: !k, %x: tensor<1x2x16x2x64xf16>, %o: !q) -> !q {
  %0 = hip.attention ins(%q, %k, %k : !q, !k, !k) summaries(%x : tensor<1x2x16x2x64xf16>) outs(%o : !q)
    policy #hip.boxes<keep = 1024> {causal} -> !q
  return %0 : !q
}
