// RUN: hip-run %s --pipeline ptx --emit package | FileCheck %s
// RUN: not hip-run %S/hip-run-ptx.mlir --pipeline ptx --chip sm_75 --emit package 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: env HIPC_CUDA_LIBRARY=/none/libcuda.so not hip-run %s --device cuda 2>&1 | FileCheck %s --check-prefix=DRIVER
// RUN: not hip-run %S/Inputs/host-op.mlir --pipeline ptx --emit package 2>&1 | FileCheck %s --check-prefix=HOST

// CHIP: --chip sm_75, but there are only native, sm_80, {{.*}}; it is older than sm_80, which code needs
// DRIVER: hip-run: error: no CUDA driver: /none/libcuda.so: {{.*}}; install one, or run on the CPU
// HOST: has no place in a launch plan, which is kernels, index arithmetic and buffers; run the program on the CPU

// The whole tree of a KV head is one kernel, others for a few rows; of few lists a cluster of eight thread blocks works on each. An argument that is written to and given back is an output with its first contents.
// CHECK: package 'f' for sm_90a
// CHECK: code ptx for sm_90a
// CHECK: output {{.*}}: 1x2x?x64xf16 = [1, 2, in3.dim[2], 64]
// CHECK: copy in3 to out0, 64 * (in3.dim[2] * 4) bytes
// CHECK: launch f_kernel_0 grid [ceildiv(in0.dim[2], 32) * 8, 1, 1] threads [256, 1, 1]
// CHECK: launch f_kernel_1 grid [ceildiv(in0.dim[2], 32), 1, 1] threads [512, 1, 1]
// CHECK: launch f_kernel_4 grid [ceildiv(in0.dim[2], 32), 1, 1] threads [128, 1, 1]
// CHECK: the next 2 steps in0.dim[2] <= 8 times
// CHECK: launch f_kernel_7 grid [ceildiv(in0.dim[2], 32), 2, 1] threads [32, 1, 1]
func.func @f(%q: tensor<1x2x?x64xf16>, %k: tensor<1x1x?x64xf16>, %v: tensor<1x1x?x64xf16>,
             %o: tensor<1x2x?x64xf16>) -> tensor<1x2x?x64xf16> {
  %0 = hip.attention ins(%q, %k, %v : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>,
                         tensor<1x1x?x64xf16>)
    outs(%o : tensor<1x2x?x64xf16>) policy #hip.tree<block_q = 32, block_k = 2, keep = 64>
    {causal} -> tensor<1x2x?x64xf16>
  return %0 : tensor<1x2x?x64xf16>
}
