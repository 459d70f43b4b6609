// No rows: the program needs no kernels, so that its package has no code and runs as nothing.
// RUN: rm -rf %t && mkdir %t
// RUN: hip-run %s --pipeline ptx --emit package | FileCheck %s
// RUN: hip-compile %s --cubin --explain -o %t/f.hipc | FileCheck %s
// RUN: hip-run %t/f.hipc --emit package | FileCheck %s
// RUN: not hip-compile %s --format=ptx 2>&1 | FileCheck %s --check-prefix=PTX

// CHECK: package 'f' for sm_90a
// CHECK-NOT: code
// CHECK: input {{.*}}: 2x4x0x64xf16
// CHECK: output {{.*}}: 2x4x0x64xf16 = [2, 4, 0, 64]
// CHECK-NOT: launch
// CHECK-NOT: kernels
// PTX: hip-run-empty.mlir: needs no kernels, so there is no ptx of it; write a package
func.func @f(%q: tensor<2x4x0x64xf16>, %k: tensor<2x2x?x64xf16>) -> tensor<2x4x0x64xf16> {
  %o = tensor.empty() : tensor<2x4x0x64xf16>
  %0 = hip.attention ins(%q, %k, %k : tensor<2x4x0x64xf16>, tensor<2x2x?x64xf16>, tensor<2x2x?x64xf16>)
    outs(%o : tensor<2x4x0x64xf16>) policy #hip.tree<block_q = 32, block_k = 2, keep = 64>
    {sink = 4, causal} -> tensor<2x4x0x64xf16>
  return %0 : tensor<2x4x0x64xf16>
}
