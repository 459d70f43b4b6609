// REQUIRES: ptxas
// RUN: rm -rf %t && mkdir %t
// RUN: hip-compile %s --format=cubin --chip=sm_89 -o %t/f.cubin
// RUN: llvm-readelf -h %t/f.cubin | FileCheck %s --check-prefix=ELF
// RUN: hip-compile %s --cubin -o %t/f.hipc
// RUN: hip-run %t/f.hipc --emit package | FileCheck %s --check-prefix=PACKAGE
// RUN: hip-compile %t/f.hipc --explain | FileCheck %s
// RUN: ls %t | count 2

// ELF: Machine: NVIDIA CUDA architecture
// The launcher takes the first code that fits.
// PACKAGE: code cubin for sm_90a
// PACKAGE: code ptx for sm_90a
// CHECK: kernels, by ptxas {{[0-9.]+}}
// CHECK: f_kernel_0: hip.block_sparse_attention, 32 threads, {{[0-9]+}} registers, 0 bytes spilled, 0 bytes of stack, {{[0-9]+}} bytes of shared memory; occupancy {{[0-9]+}} of 64 warps ({{[0-9]+}} %), limited by
func.func @f(%q: tensor<1x2x?x32xf16>, %k: tensor<1x1x?x32xf16>,
             %o: tensor<1x2x?x32xf16>) -> tensor<1x2x?x32xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x?x32xf16>, tensor<1x1x?x32xf16>,
                         tensor<1x1x?x32xf16>)
    outs(%o : tensor<1x2x?x32xf16>) policy #hip.window<block_q = 16>
    {sink = 4, window = 16, causal} -> tensor<1x2x?x32xf16>
  return %0 : tensor<1x2x?x32xf16>
}
