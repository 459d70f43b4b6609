// REQUIRES: mlir-plugin
// RUN: %mlir_opt %s | FileCheck %s --check-prefix=TEXT
// RUN: %mlir_opt %s --pass-pipeline='builtin.module(hip-to-ptx{chip=sm_80})' | FileCheck %s --check-prefix=PTX
// RUN: %mlir_opt %s --pass-pipeline='builtin.module(hip-expand-attention,canonicalize,hip-expand-prune,cse)' | FileCheck %s --check-prefix=STEPS
// RUN: not %mlir_opt %S/Inputs/plugin-invalid.mlir 2>&1 | FileCheck %s --check-prefix=WRONG

// Stock mlir-opt knows the dialect, its verifiers, passes and pipelines from the plug-in, to the PTX of a kernel.
// TEXT: hip.attention
// PTX: gpu.binary @kernels
// PTX-SAME: .target sm_80
// PTX-SAME: .visible .entry f_kernel_0(
// STEPS: hip.block_sparse_attention
// WRONG: error: {{.*}}keep
func.func @f(%q: tensor<1x2x64x32xf16>, %k: tensor<1x1x64x32xf16>, %o: tensor<1x2x64x32xf16>) -> tensor<1x2x64x32xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x64x32xf16>, tensor<1x1x64x32xf16>, tensor<1x1x64x32xf16>)
    outs(%o : tensor<1x2x64x32xf16>) policy #hip.window<block_q = 16> {causal, window = 32} -> tensor<1x2x64x32xf16>
  return %0 : tensor<1x2x64x32xf16>
}
