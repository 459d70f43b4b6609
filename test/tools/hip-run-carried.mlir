// RUN: not hip-run %s --pipeline ptx --emit package 2>&1 | FileCheck %s
// CHECK: an scf.for carries an array or number from one iteration to the next, which a launch plan cannot; write its iterations one after another, or run the program on the CPU
func.func @f(%q: tensor<1x2x?x16xf32>, %i: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %o = scf.for %n = %c0 to %c2 step %c1 iter_args(%a = %q) -> (tensor<1x2x?x16xf32>) {
    %x = hip.attention ins(%a, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>)
      outs(%i : tensor<1x2x?x16xf32>) policy #hip.dense<block_q = 64> -> tensor<1x2x?x16xf32>
    scf.yield %x : tensor<1x2x?x16xf32>
  }
  return %o : tensor<1x2x?x16xf32>
}
