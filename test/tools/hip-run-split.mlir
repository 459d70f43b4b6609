// RUN: hip-run %s --pipeline ptx --emit package | FileCheck %s

// Of the two ways to attend the plan runs one, by the number of rows, and the other's workspace
// takes no bytes. Two heads are 128 rows of 256 threads, with a warpgroup that has TMA copy.
// CHECK: workspace buffer0: (in0.dim[2] <= 8) * (
// CHECK: the next 2 steps in0.dim[2] <= 8 times
// CHECK: launch f_kernel_0 {{.*}} threads [32, 1, 1]
// CHECK: launch f_kernel_1 grid [in3.dim[2], 2, 1] threads [64, 1, 1]
// CHECK: the next 1 steps (in0.dim[2] <= 8) == 0 times
// CHECK: launch f_kernel_2 grid [ceildiv(in0.dim[2], 64), 1, 1] threads [384, 1, 1]
func.func @f(%q: tensor<1x2x?x64xf16>, %k: tensor<1x1x?x64xf16>, %v: tensor<1x1x?x64xf16>,
             %o: tensor<1x2x?x64xf16>) -> tensor<1x2x?x64xf16> {
  %0 = hip.attention ins(%q, %k, %v : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>,
                         tensor<1x1x?x64xf16>)
    outs(%o : tensor<1x2x?x64xf16>) policy #hip.dense<block_q = 64> {causal} -> tensor<1x2x?x64xf16>
  return %0 : tensor<1x2x?x64xf16>
}
