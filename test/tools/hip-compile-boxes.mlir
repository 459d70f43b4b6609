// RUN: hip-compile %s --format=ptx | FileCheck %s --check-prefix=PTX
// RUN: rm -rf %t && mkdir %t
// RUN: hip-compile %s -o %t/f.hipc
// RUN: hip-run %t/f.hipc --emit package | FileCheck %s --check-prefix=PACKAGE
// RUN: not hip-compile %s --format=ptx --chip=sm_80 2>&1 | FileCheck %s --check-prefix=OLD

// A schedule that copies by TMA: keys and values are mapped, each map an argument of 128 bytes.
// PTX: .param .align 64 .b8 f_kernel_0_param_{{[0-9]+}}[128]
// PTX: cp.async.bulk.tensor.5d.shared::cluster.global
// Its axes are columns of a swizzle, rows, heads, batch entries, and the columns beside them.
// PACKAGE: launch f_kernel_0 {{.*}} threads [384, 1, 1]
// PACKAGE: maps &in1 as bf16 sizes [64, in1.dim[2], 2, in1.dim[0], 2] strides [in1.stride[2] * 2, in1.stride[1] * 2, in1.stride[0] * 2, 128] bytes box [64, 128, 1, 1, 2] swizzle 128
// PACKAGE: maps &in2 as bf16
// OLD: error: {{.*}}needs sm_90a or newer, but the chip is sm_80; take producers = 0 in #hip.schedule
func.func @f(%q: tensor<?x4x?x128xbf16>, %k: tensor<?x2x?x128xbf16>, %v: tensor<?x2x?x128xbf16>) -> tensor<?x4x?x128xbf16> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x4x?x128xbf16>
  %t = tensor.dim %q, %c2 : tensor<?x4x?x128xbf16>
  %o = tensor.empty(%b, %t) : tensor<?x4x?x128xbf16>
  %r = hip.attention ins(%q, %k, %v : tensor<?x4x?x128xbf16>, tensor<?x2x?x128xbf16>, tensor<?x2x?x128xbf16>)
    outs(%o : tensor<?x4x?x128xbf16>) policy #hip.window<block_q = 128>
    {causal, window = 4096, hip.schedule = #hip.schedule<threads = 256, rows = 128, columns = 128, stages = 3, producers = 128, unit = wgmma, engine = tma>}
    -> tensor<?x4x?x128xbf16>
  return %r : tensor<?x4x?x128xbf16>
}
