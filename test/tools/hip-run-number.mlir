// RUN: hip-run %s --entry f --pipeline ptx --emit package | FileCheck %s
// RUN: hip-run %s --entry h --pipeline ptx --emit package | FileCheck %s --check-prefix=WINDOW
// RUN: hip-run %s --entry g --pipeline ptx --emit package | FileCheck %s --check-prefix=KERNEL

// A scale that the call gives goes to the kernel as it is.
// CHECK: input {{.*}}: a number, f32
// CHECK: launch f_kernel_0 {{.*}}in3
func.func @f(%q: tensor<1x2x?x64xf16>, %k: tensor<1x1x?x64xf16>, %o: tensor<1x2x?x64xf16>, %s: f32)
    -> tensor<1x2x?x64xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    scale(%s : f32) outs(%o : tensor<1x2x?x64xf16>) policy #hip.dense<block_q = 64> {causal} -> tensor<1x2x?x64xf16>
  return %0 : tensor<1x2x?x64xf16>
}

// What is computed of it each kernel computes.
// KERNEL: input {{.*}}: a number, f32
// KERNEL: launch g_kernel_{{[0-9]+}} {{.*}}in3
func.func @g(%q: tensor<1x2x?x64xf16>, %k: tensor<1x1x?x64xf16>, %o: tensor<1x2x?x64xf16>, %s: f32)
    -> tensor<1x2x?x64xf16> {
  %half = arith.mulf %s, %s : f32
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    scale(%half : f32) outs(%o : tensor<1x2x?x64xf16>) policy #hip.dense<block_q = 64> {causal} -> tensor<1x2x?x64xf16>
  return %0 : tensor<1x2x?x64xf16>
}

// So does a window.
// WINDOW: input {{.*}}: a number, i32
// WINDOW: launch h_kernel_{{[0-9]+}} {{.*}}in3
func.func @h(%q: tensor<1x2x?x64xf16>, %k: tensor<1x1x?x64xf16>, %o: tensor<1x2x?x64xf16>, %w: i32)
    -> tensor<1x2x?x64xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    window(%w : i32) outs(%o : tensor<1x2x?x64xf16>) policy #hip.window<block_q = 64> {causal} -> tensor<1x2x?x64xf16>
  return %0 : tensor<1x2x?x64xf16>
}
