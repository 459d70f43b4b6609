// RUN: hip-run %s --pipeline ptx --emit package | FileCheck %s
// Sizes that have to agree are conditions of the plan, which a launcher evaluates: one list for each
// 64 rows, and keys and values of one length.

// CHECK: output {{.*}}: 1x2x?xi32
// CHECK-DAG: check in1.dim[2] == in2.dim[2] else "input 2 has Tk = {0} in dimension 2, but input 1 has {1} in dimension 2; pass equal sizes (S24)"
// CHECK-DAG: check in4.dim[2] == ceildiv(in0.dim[2], 64) else "input 4 has M = {0} in dimension 2, but input 0 has {1} rows and a list is for 64 of them; pass ceil(Tq / block_q) lists (S16)"
func.func @f(%q: tensor<1x2x?x64xf16>, %k: tensor<1x1x?x64xf16>, %v: tensor<1x1x?x64xf16>,
             %blocks: tensor<1x2x?x4xi32>, %counts: tensor<1x2x?xi32>)
    -> (tensor<1x2x?x64xf16>, tensor<1x2x?xi32>) {
  %c2 = arith.constant 2 : index
  %t = tensor.dim %q, %c2 : tensor<1x2x?x64xf16>
  %m = tensor.dim %counts, %c2 : tensor<1x2x?xi32>
  %o = tensor.empty(%t) : tensor<1x2x?x64xf16>
  %n = tensor.empty(%m) : tensor<1x2x?xi32>
  %0 = hip.block_sparse_attention ins(%q, %k, %v : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>,
                                      tensor<1x1x?x64xf16>)
    list(%blocks, %counts : tensor<1x2x?x4xi32>, tensor<1x2x?xi32>) outs(%o : tensor<1x2x?x64xf16>)
    band #hip.band<block_q = 64, chunk = 16> {block_q = 64, block_k = 16} -> tensor<1x2x?x64xf16>
  %1 = hip.check_list ins(%q, %k : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>)
    list(%blocks, %counts : tensor<1x2x?x4xi32>, tensor<1x2x?xi32>) outs(%n : tensor<1x2x?xi32>)
    band #hip.band<block_q = 64, chunk = 16> {block_q = 64, block_k = 16} -> tensor<1x2x?xi32>
  return %0, %1 : tensor<1x2x?x64xf16>, tensor<1x2x?xi32>
}
