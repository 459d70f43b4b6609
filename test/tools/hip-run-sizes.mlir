// RUN: split-file %s %t
// RUN: hip-run %t/paged.mlir --pipeline ptx --emit package | FileCheck %t/paged.mlir
// RUN: hip-run %t/ragged.mlir --pipeline ptx --emit package | FileCheck %t/ragged.mlir
// RUN: hip-run %t/steps.mlir --pipeline ptx --emit package | FileCheck %t/steps.mlir
// RUN: hip-run %t/score.mlir --pipeline ptx --emit package | FileCheck %t/score.mlir
// RUN: hip-run %t/prune.mlir --pipeline ptx --emit package | FileCheck %t/prune.mlir
// RUN: hip-run %t/read.mlir --pipeline ptx --emit package | FileCheck %t/read.mlir
// RUN: hip-run %t/mask.mlir --pipeline ptx --emit package | FileCheck %t/mask.mlir
// Sizes of what views and lists are made of are conditions of a call (S24), also of arrays that the
// program makes itself.

//--- paged.mlir
// CHECK-DAG: check in0.dim[0] == in2.dim[0] else "input 2 has B = {0} in dimension 0, but input 0 has {1} in dimension 0; pass equal sizes (S24)"
// CHECK-DAG: check in0.dim[0] == in3.dim[0] else "input 3 has B = {0}
// CHECK-DAG: check in0.dim[0] == in5.dim[0] else "input 5 has B = {0}
// CHECK-DAG: check in0.dim[0] == in4.dim[0] else "input 4 has B = {0}
func.func @f(%q: tensor<?x4x?x16xf32>, %kp: tensor<?x16x2x16xf32>, %t: tensor<?x?xi32>,
             %n: tensor<?xi32>, %v: tensor<?x?x2x16xf32>, %p: tensor<?xi32>) -> tensor<?x4x?x16xf32> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x4x?x16xf32>
  %r = tensor.dim %q, %c2 : tensor<?x4x?x16xf32>
  %i = tensor.empty(%b, %r) : tensor<?x4x?x16xf32>
  %k = hip.kv.paged %kp[%t] lengths(%n) : tensor<?x16x2x16xf32>, tensor<?x?xi32>, tensor<?xi32>
  %w = hip.kv.contiguous %v layout<bthd> : tensor<?x?x2x16xf32>
  %o = hip.attention ins(%q, %k, %w : tensor<?x4x?x16xf32>, !hip.kv<?x2x?x16xf32>, !hip.kv<?x2x?x16xf32>)
    positions(%p : tensor<?xi32>) outs(%i : tensor<?x4x?x16xf32>)
    policy #hip.dense<block_q = 64> {causal} -> tensor<?x4x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}

//--- ragged.mlir
// CHECK: check in1.dim[0] - 1 == in2.dim[0] else "input 2 has B = {0} in dimension 0, but input 1 has offsets for {1}; pass equal sizes (S24)"
func.func @f(%rows: tensor<?x2x64xf16>, %offsets: tensor<?xi32>, %o: tensor<?xi32>) -> tensor<?xi32> {
  %k = hip.kv.ragged %rows[%offsets] : tensor<?x2x64xf16>, tensor<?xi32>
  %0 = hip.check_keys ins(%k : !hip.kv<?x2x?x64xf16>) outs(%o : tensor<?xi32>) -> tensor<?xi32>
  return %0 : tensor<?xi32>
}

//--- steps.mlir
// CHECK-DAG: check in1.dim[2] == in0.dim[2] else "input 0 has M = {0} in dimension 2, but input 1 has {1} in dimension 2; pass equal sizes (S24)"
// CHECK-DAG: check in2.dim[2] == in3.dim[2]
// CHECK-DAG: check in2.dim[2] <= in1.dim[2] * 2 else "input 2 has M of the outs = {0} in dimension 2, but input 1 has {1} in dimension 2; pass at most query_ways = 2 lists for each (S14)"
// CHECK-DAG: check in2.dim[3] == in0.dim[3] * 2 else "input 2 has N = {0} in dimension 3, but input 0 has {1} in dimension 3; pass ways = 2 times as many entries (S7)"
// CHECK-DAG: check in3.dim[2] == in4.dim[2]
// CHECK-DAG: check in2.dim[3] == in4.dim[3] else "input 4 has N = {0} in dimension 3, but input 2 has {1} in dimension 3; pass equal sizes (S24)"
// CHECK-DAG: check in3.dim[2] == in5.dim[2]
// CHECK-DAG: check in3.dim[2] == in6.dim[2]
func.func @f(%r: tensor<1x1x?x?x2xi32>, %c: tensor<1x1x?xi32>, %r2: tensor<1x1x?x?x2xi32>, %c2: tensor<1x1x?xi32>,
             %s: tensor<1x1x?x?xf32>, %b: tensor<1x1x?x?xi32>, %c3: tensor<1x1x?xi32>) -> (tensor<1x1x?x?xi32>, tensor<1x1x?xi32>) {
  %0:2 = hip.split ins(%r, %c : tensor<1x1x?x?x2xi32>, tensor<1x1x?xi32>)
    outs(%r2, %c2 : tensor<1x1x?x?x2xi32>, tensor<1x1x?xi32>) {ways = 2 : i64, query_ways = 2 : i64} -> tensor<1x1x?x?x2xi32>, tensor<1x1x?xi32>
  %1:2 = hip.select ins(%0#0, %0#1, %s : tensor<1x1x?x?x2xi32>, tensor<1x1x?xi32>, tensor<1x1x?x?xf32>)
    outs(%r2, %c2 : tensor<1x1x?x?x2xi32>, tensor<1x1x?xi32>) {keep = 2 : i64} -> tensor<1x1x?x?x2xi32>, tensor<1x1x?xi32>
  %2:2 = hip.blocks ins(%1#0, %1#1 : tensor<1x1x?x?x2xi32>, tensor<1x1x?xi32>) outs(%b, %c3 : tensor<1x1x?x?xi32>, tensor<1x1x?xi32>)
    {granule = 2 : i64, block_k = 2 : i64} -> tensor<1x1x?x?xi32>, tensor<1x1x?xi32>
  return %2#0, %2#1 : tensor<1x1x?x?xi32>, tensor<1x1x?xi32>
}

//--- score.mlir
// CHECK-DAG: check in3.dim[2] == ceildiv(in0.dim[2], 16) else "input 3 has M = {0} in dimension 2, but input 0 has {1} rows and a list is for 16 of them; pass ceil(Tq / block_q) lists (S16)"
// CHECK-DAG: check in2.dim[3] == in1.dim[2] else "the outs of hip.score has N = {0} in dimension 3, but input 2 has {1} in dimension 3; pass equal sizes (S24)"
// CHECK-DAG: check in3.dim[2] == in2.dim[2]
func.func @f(%q: tensor<1x1x?x64xf16>, %k: tensor<1x1x?x64xf16>, %r: tensor<1x1x?x?x2xi32>, %c: tensor<1x1x?xi32>) -> tensor<1x1x?x?xf32> {
  %c2 = arith.constant 2 : index
  %m = tensor.dim %r, %c2 : tensor<1x1x?x?x2xi32>
  %n = tensor.dim %k, %c2 : tensor<1x1x?x64xf16>
  %s = tensor.empty(%m, %n) : tensor<1x1x?x?xf32>
  %0 = hip.score ins(%q, %k, %r, %c : tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x?x2xi32>, tensor<1x1x?xi32>)
    outs(%s : tensor<1x1x?x?xf32>) {block_q = 16 : i64, granule = 2 : i64} -> tensor<1x1x?x?xf32>
  return %0 : tensor<1x1x?x?xf32>
}

//--- prune.mlir
// CHECK-DAG: check floordiv(in1.dim[2], 16) <= in2.dim[2] else "input 2 has boxes = {0} in dimension 2, but input 1 has {1} in dimension 2; pass one for each 16 keys (S10b)"
// CHECK-DAG: check in3.dim[1] == 2 else "input 3 has Hs = {0} in dimension 1, but heads = kv gives {1}
func.func @f(%q: tensor<1x4x?x64xf16>, %k: tensor<1x2x?x64xf16>, %s: tensor<1x2x?x2x64xf16>, %b: tensor<1x?x?x4xi32>,
             %c: tensor<1x?x?xi32>) -> (tensor<1x?x?x4xi32>, tensor<1x?x?xi32>) {
  %0:2 = hip.prune ins(%q, %k : tensor<1x4x?x64xf16>, tensor<1x2x?x64xf16>) summaries(%s : tensor<1x2x?x2x64xf16>)
    outs(%b, %c : tensor<1x?x?x4xi32>, tensor<1x?x?xi32>)
    policy #hip.boxes<block_q = 16, block_k = 4, levels = [(16, 32)], keep = 16> {heads = #hip.heads<kv>}
    -> tensor<1x?x?x4xi32>, tensor<1x?x?xi32>
  return %0#0, %0#1 : tensor<1x?x?x4xi32>, tensor<1x?x?xi32>
}

//--- read.mlir
// What a score looks numbers up in has some.
// CHECK: check 1 <= in1.dim[0] else "input 1 has size = {0} in dimension 0, but the score reads it, which takes {1} or more; pass an array with elements (S18b)"
func.func @f(%q: tensor<1x1x8x64xf16>, %a: tensor<?xf32>) -> tensor<1x1x8x64xf16> {
  %0 = hip.attention ins(%q, %q, %q : tensor<1x1x8x64xf16>, tensor<1x1x8x64xf16>, tensor<1x1x8x64xf16>)
    outs(%q : tensor<1x1x8x64xf16>) policy #hip.dense score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %x = tensor.extract %a[%j] : tensor<?xf32>
      hip.yield %x : f32
    } -> tensor<1x1x8x64xf16>
  return %0 : tensor<1x1x8x64xf16>
}

//--- mask.mlir
// CHECK-DAG: check 1 <= in2.dim[0] else "input 2 has size = {0} in dimension 0, but the mask reads it, which takes {1} or more; pass an array with elements (S18b)"
// CHECK-DAG: check in3.dim[2] == ceildiv(in0.dim[2], 64) else "input 3 has M = {0} in dimension 2, but input 0 has {1} rows and a list is for 64 of them
func.func @f(%q: tensor<1x4x?x64xf16>, %k: tensor<1x2x?x64xf16>, %a: tensor<?xi1>, %b: tensor<1x1x?x?xi32>,
             %c: tensor<1x1x?xi32>) -> (tensor<1x1x?x?xi32>, tensor<1x1x?xi32>) {
  %0:2 = hip.mask_blocks ins(%q, %k : tensor<1x4x?x64xf16>, tensor<1x2x?x64xf16>)
    outs(%b, %c : tensor<1x1x?x?xi32>, tensor<1x1x?xi32>) band #hip.band<block_q = 64, chunk = 32> mask {
    ^bb0(%e: index, %h: index, %i: index, %j: index):
      %m = tensor.extract %a[%j] : tensor<?xi1>
      hip.yield %m : i1
    } {block_q = 64, block_k = 32} -> tensor<1x1x?x?xi32>, tensor<1x1x?xi32>
  return %0#0, %0#1 : tensor<1x1x?x?xi32>, tensor<1x1x?xi32>
}
