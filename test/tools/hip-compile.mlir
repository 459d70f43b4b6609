// RUN: hip-compile %s --format=ptx | FileCheck %s --check-prefix=PTX
// RUN: hip-compile %s --format=ptx --chip=sm_80 | FileCheck %s --check-prefix=OLD
// RUN: hip-compile %s --format=nvvm -o - | FileCheck %s --check-prefix=NVVM
// RUN: hip-compile %s --format=tile | FileCheck %s --check-prefix=TILE
// RUN: hip-compile %s --format=tile --chip=cpu | FileCheck %s --check-prefix=CPUTILE
// RUN: hip-compile %s --format=mlir | FileCheck %s --check-prefix=MLIR
// RUN: hip-compile %s --format=ptx --hip-debug=tile 2>&1 >/dev/null | FileCheck %s --check-prefix=DEBUG

// PTX: .target sm_90a
// PTX: .visible .entry f_kernel_0(
// PTX: mma.sync
// OLD: .target sm_80
// NVVM: gpu.module @f_kernel_0
// NVVM: nvvm.mma.sync
// NVVM-NOT: gpu.binary
// TILE: hip.tile.kernel {{.*}} threads(32)
// TILE: hip.tile.dot
// CPUTILE: hip.tile.kernel {{.*}} threads(1)
// CPUTILE: hip.tile.dot
// MLIR: hip.attention
// DEBUG: [tile] {{.*}}hip.block_sparse_attention: {{.*}}thread blocks of 32 threads
// DEBUG: [tile] {{.*}}f_kernel_0: hip.block_sparse_attention

// Packages: what is in them, the source that explains them later, and machine code on request.
// RUN: rm -rf %t && mkdir %t
// RUN: hip-compile %s -o %t/f.hipc
// RUN: hip-run %t/f.hipc --emit package | FileCheck %s --check-prefix=PACKAGE
// RUN: hip-run %t/f.hipc --emit mlir | diff %s -
// RUN: hip-compile %t/f.hipc --explain | FileCheck %s --check-prefix=EXPLAIN
// RUN: hip-compile %s --explain | FileCheck %s --check-prefix=EXPLAIN
// RUN: hip-compile %s --chip=cpu --explain -o %t/cpu.hipc | FileCheck %s --check-prefix=CPU
// RUN: hip-compile %t/cpu.hipc --explain | FileCheck %s --check-prefix=CPU
// RUN: env HIPC_CUDA_LIBRARY=/none not hip-run %t/f.hipc 2>&1 | FileCheck %s --check-prefix=NOGPU
// RUN: not hip-run %t/f.hipc --device cpu 2>&1 | FileCheck %s --check-prefix=DEVICE
// RUN: not hip-run %t/f.hipc --chip sm_80 2>&1 | FileCheck %s --check-prefix=FLAG
// RUN: not hip-run %t/f.hipc --emit tile 2>&1 | FileCheck %s --check-prefix=EMIT

// PACKAGE: package 'f' for sm_90a
// PACKAGE: code ptx for sm_90a
// PACKAGE-NOT: cubin
// EXPLAIN: launch f_kernel_0
// EXPLAIN: kernels
// EXPLAIN: f_kernel_0: hip.block_sparse_attention, 32 threads
// EXPLAIN: what was chosen
// EXPLAIN: hip.attention at {{[0-9]+:[0-9]+}}: #hip.window<block_q = 16>
// EXPLAIN: hip.block_sparse_attention at {{[0-9:]+}}: #hip.schedule<threads = 32, rows = 16, {{.*}}>: a warp has as many rows
// EXPLAIN: hip.block_sparse_attention at {{[0-9:]+}}: unit = mma_sync, not wgmma: block_q = 16 is not a multiple of 64 rows
// EXPLAIN: hip.block_sparse_attention at {{[0-9:]+}}: rows = 16: blocks of 16 query rows, 16 rows per warp
// EXPLAIN: hip.block_sparse_attention at {{[0-9:]+}}: columns = {{[0-9]+}}, stages = 2: {{[0-9]+}} bytes of rows, of 232448 bytes
// EXPLAIN: hip.tile.dot at {{[0-9:]+}}: TensorCores: mma.sync m16n8k16 on f16 ({{[0-9]+}} times)
// EXPLAIN-NOT: what did not apply
// CPU: call hipc_f
// CPU: #hip.schedule<threads = 1, {{.*}}: a thread block has one thread
// NOGPU: hip-run: error: {{.*}}f.hipc (code for sm_90a): no CUDA driver
// DEVICE: f.hipc: is code for sm_90a, but --device is cpu
// FLAG: f.hipc: is compiled, so that --chip has nothing to do; leave it out
// EMIT: f.hipc: is compiled; --emit package and --emit mlir show it

// RUN: hip-compile attention --dtype f32 --query-heads 4 --kv-heads 2 --head-size 32 --policy 'tree<block_q = 16, block_k = 2, keep = 16>' --lse --list --heads kv --value-size 64 --explain --format=mlir -o - | FileCheck %s --check-prefix=FLAGS
// FLAGS: func.func @attention(%{{.*}}: tensor<?x4x?x32xf32>, %{{.*}}: tensor<?x2x?x32xf32>, %{{.*}}: tensor<?x2x?x64xf32>) -> (tensor<?x4x?x64xf32>, tensor<?x4x?xf32>, tensor<?x2x?x8xi32>, tensor<?x2x?xi32>)
// FLAGS: package 'attention' for sm_90a
// FLAGS: what did not apply
// FLAGS: hip.tile.dot at {{[0-9:]+}}: no TensorCores: the operands hold f32 and f32
func.func @f(%q: tensor<1x2x?x32xf16>, %k: tensor<1x1x?x32xf16>,
             %o: tensor<1x2x?x32xf16>) -> tensor<1x2x?x32xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x?x32xf16>, tensor<1x1x?x32xf16>,
                         tensor<1x1x?x32xf16>)
    outs(%o : tensor<1x2x?x32xf16>) policy #hip.window<block_q = 16>
    {sink = 4, window = 16, causal} -> tensor<1x2x?x32xf16>
  return %0 : tensor<1x2x?x32xf16>
}
