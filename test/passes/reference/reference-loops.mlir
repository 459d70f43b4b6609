// RUN: hip-opt %s --hip-reference-loops --split-input-file --verify-diagnostics | FileCheck %s

// S12 by rank: how many ranges come before this one.
// CHECK-LABEL: func @select
// CHECK: scf.for
// CHECK: arith.cmpf ogt
// CHECK: arith.cmpf uno
// CHECK: memref.store
// CHECK-NOT: hip.
func.func @select(%r: memref<1x1x1x8x2xi32>, %c: memref<1x1x1xi32>, %s: memref<1x1x1x8xf32>,
                  %r2: memref<1x1x1x4x2xi32>, %c2: memref<1x1x1xi32>) {
  hip.select ins(%r, %c, %s : memref<1x1x1x8x2xi32>, memref<1x1x1xi32>, memref<1x1x1x8xf32>)
    outs(%r2, %c2 : memref<1x1x1x4x2xi32>, memref<1x1x1xi32>) {keep = 4 : i64}
  return
}

// -----

// A paged key: page table[b, j / page], row j mod page (S23).
// CHECK-LABEL: func @paged
// CHECK-SAME: %[[PAGES:[a-z0-9]+]]: memref<?x16x1x32xf32>, %[[TABLE:[a-z0-9]+]]: memref<1x?xi32>, %[[LEN:[a-z0-9]+]]: memref<1xi32>
// CHECK: memref.load %[[LEN]]
// CHECK: %[[PAGE:.*]] = arith.divui
// CHECK: memref.load %[[TABLE]][%{{.*}}, %[[PAGE]]]
// CHECK: arith.remui
// CHECK: memref.load %[[PAGES]]
// CHECK: math.fma
// CHECK-NOT: hip.
func.func @paged(%q: memref<1x1x1x32xf32>, %pages: memref<?x16x1x32xf32>, %table: memref<1x?xi32>,
                 %lengths: memref<1xi32>, %o: memref<1x1x1x32xf32>) {
  %k = hip.kv.paged %pages[%table] lengths(%lengths) : memref<?x16x1x32xf32>, memref<1x?xi32>, memref<1xi32>
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x1x1x32xf32>, !hip.kv<1x1x?x32xf32>, !hip.kv<1x1x?x32xf32>)
    outs(%o : memref<1x1x1x32xf32>) band #hip.band<block_q = 1, chunk = 1> {block_q = 1 : i64, block_k = 1 : i64}
  return
}

// -----

func.func @tensors(%o: tensor<1x8x1x64xf32>, %l: tensor<1x8x1xf32>) -> tensor<1x8x1x64xf32> {
  // expected-error @below {{is on tensors; bufferise first}}
  %0 = hip.merge ins(%o : tensor<1x8x1x64xf32>) lse(%l : tensor<1x8x1xf32>)
    outs(%o : tensor<1x8x1x64xf32>) -> tensor<1x8x1x64xf32>
  return %0 : tensor<1x8x1x64xf32>
}

// -----

func.func @composite(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x8x256x64xf16>) {
  // expected-error @below {{is not lowered to loops; run hip-expand-attention and hip-expand-prune first}}
  hip.attention ins(%q, %k, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>, memref<1x2x256x64xf16>)
    outs(%o : memref<1x8x256x64xf16>) policy #hip.dense<block_q = 64>
  return
}

// -----

func.func @elsewhere(%q: memref<1x1x1x32xf32>, %k: !hip.kv<1x1x?x32xf32>, %o: memref<1x1x1x32xf32>) {
  // expected-error @below {{reads a KV view that is made elsewhere}}
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x1x1x32xf32>, !hip.kv<1x1x?x32xf32>, !hip.kv<1x1x?x32xf32>)
    outs(%o : memref<1x1x1x32xf32>) band #hip.band<block_q = 1, chunk = 1> {block_q = 1 : i64, block_k = 1 : i64}
  return
}

// -----

func.func @queries_from_elsewhere(%q: !hip.query<1x1x?x32xf32>, %k: memref<1x1x9x32xf32>, %o: memref<1x1x?x32xf32>) {
  // expected-error @below {{reads a view of queries that is made elsewhere; make it with hip.query.ragged in the same function}}
  hip.block_sparse_attention ins(%q, %k, %k : !hip.query<1x1x?x32xf32>, memref<1x1x9x32xf32>, memref<1x1x9x32xf32>)
    outs(%o : memref<1x1x?x32xf32>) band #hip.band<block_q = 1, chunk = 1> {block_q = 1 : i64, block_k = 1 : i64}
  return
}

// -----

// S16b: each block that is a candidate to its place, unless it is there.
// CHECK-LABEL: func @union
// CHECK: scf.for {{.*}} iter_args
// CHECK:   scf.for {{.*}} iter_args
// CHECK:     scf.for {{.*}} iter_args
// CHECK:       arith.cmpi slt
// CHECK:       arith.cmpi eq
// CHECK:     scf.if
// CHECK-NOT: hip.
func.func @union(%q: memref<1x1x64x32xf32>, %k: memref<1x1x64x32xf32>, %l: memref<1x1x1x8xi32>, %c: memref<1x1x1xi32>,
                 %o: memref<1x1x1x16xi32>, %n: memref<1x1x1xi32>) {
  hip.union ins(%q, %k : memref<1x1x64x32xf32>, memref<1x1x64x32xf32>) lists(%l : memref<1x1x1x8xi32>)
    counts(%c : memref<1x1x1xi32>) outs(%o, %n : memref<1x1x1x16xi32>, memref<1x1x1xi32>)
    band #hip.band<block_q = 64, chunk = 4> {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 4>}
  return
}

// -----

// S18: a division by what may be 0 or -1, also one that a select leaves out.
// CHECK-LABEL: func @score
// CHECK: %[[ZERO:.*]] = arith.cmpi eq, %[[H:.*]], %{{.*}} : index
// CHECK: %[[MINUS:.*]] = arith.cmpi eq, %[[H]], %{{.*}} : index
// CHECK: %[[UNSAFE:.*]] = arith.ori %[[ZERO]], %[[MINUS]] : i1
// CHECK: %[[DIVISOR:.*]] = arith.select %[[UNSAFE]], %{{.*}}, %[[H]] : index
// CHECK: arith.remsi %{{.*}}, %[[DIVISOR]] : index
// CHECK: arith.addi %{{[^:]*}} : index
// CHECK-NOT: overflow
func.func @score(%q: memref<1x2x8x32xf32>, %k: memref<1x2x8x32xf32>, %o: memref<1x2x8x32xf32>) {
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x2x8x32xf32>, memref<1x2x8x32xf32>, memref<1x2x8x32xf32>)
    outs(%o : memref<1x2x8x32xf32>) band #hip.band<block_q = 8, chunk = 1, window = 8> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %rest = arith.remsi %j, %h : index
      %sum = arith.addi %rest, %i overflow<nsw> : index
      %word = arith.index_cast %sum : index to i32
      %number = arith.sitofp %word : i32 to f32
      %t = arith.addf %s, %number : f32
      hip.yield %t : f32
    } {block_q = 8 : i64, block_k = 1 : i64}
  return
}

// -----

// S18b: a place past an end of an array is the one at that end.
// CHECK-LABEL: func @lookup
// CHECK-SAME: %[[A:[^ ]*]]: memref<?xf32>
// CHECK: %[[SIZE:.*]] = memref.dim %[[A]]
// CHECK: %[[LAST:.*]] = arith.subi %[[SIZE]], %{{.*}} : index
// CHECK: %[[MOST:.*]] = arith.minsi %{{.*}}, %[[LAST]] : index
// CHECK: %[[PLACE:.*]] = arith.maxsi %{{.*}} : index
// CHECK: memref.load %[[A]][%[[PLACE]]]
func.func @lookup(%a: memref<?xf32>, %q: memref<1x2x8x32xf32>, %k: memref<1x2x8x32xf32>, %o: memref<1x2x8x32xf32>) {
  hip.block_sparse_attention ins(%q, %k, %k : memref<1x2x8x32xf32>, memref<1x2x8x32xf32>, memref<1x2x8x32xf32>)
    outs(%o : memref<1x2x8x32xf32>) band #hip.band<block_q = 8, chunk = 1, window = 8> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %d = arith.subi %i, %j : index
      %x = memref.load %a[%d] : memref<?xf32>
      %t = arith.addf %s, %x : f32
      hip.yield %t : f32
    } {block_q = 8 : i64, block_k = 1 : i64}
  return
}
