// RUN: hip-run %s --pipeline ptx --emit package | FileCheck %s

// Inputs are only read. One that an op writes and that is given back is copied first; another is left out.
// CHECK: package 'f' for sm_90a
// CHECK-NOT: &in2
// CHECK-NOT: &in3
// CHECK: copy in3 to out0
// CHECK-NOT: &in2
// CHECK-NOT: &in3
// CHECK: &out0
// CHECK-NOT: &in2
// CHECK-NOT: &in3
func.func @f(%q: tensor<1x4x?x64xf16>, %k: tensor<1x4x?x64xf16>, %o: tensor<1x4x?x64xf16>,
             %p: tensor<1x4x?x64xf16>) -> tensor<1x4x?x64xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x4x?x64xf16>, tensor<1x4x?x64xf16>, tensor<1x4x?x64xf16>)
    outs(%o : tensor<1x4x?x64xf16>) policy #hip.dense<block_q = 64> {causal} -> tensor<1x4x?x64xf16>
  %1 = hip.attention ins(%0, %k, %k : tensor<1x4x?x64xf16>, tensor<1x4x?x64xf16>, tensor<1x4x?x64xf16>)
    outs(%p : tensor<1x4x?x64xf16>) policy #hip.dense<block_q = 64> {causal} -> tensor<1x4x?x64xf16>
  return %1 : tensor<1x4x?x64xf16>
}
