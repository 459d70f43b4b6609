// RUN: hip-compile %s --chip=sm_90a --format=ptx | FileCheck %s --check-prefix=PTX
// RUN: rm -rf %t && mkdir %t
// RUN: hip-compile %s --chip=sm_90a -o %t/step.hipc
// RUN: hip-run %t/step.hipc --emit package | FileCheck %s --check-prefix=PLAN

// A step of a decode that searches each eighth time (S17): where no search is due its kernel, here a cluster of eight thread
// blocks, loads the counter and ends.
// PTX: .entry step_kernel_0(
// PTX: .reqnctapercluster 8, 1, 1
// PTX: ld.global.{{[bsu]}}{{8|32}} %[[STEP:r[s0-9]+]], [%rd{{[0-9]+}}]
// PTX-NEXT: and.b{{16|32}} %[[AGE:r[s0-9]+]], %[[STEP]], 7
// PTX-NEXT: setp.ne.b{{16|32}} %[[WAITS:p[0-9]+]], %[[AGE]], 0
// PTX-NEXT: @%[[WAITS]] bra

// Lists are outputs that start as inputs; the versions of the search are for the host to choose as ever.
// PLAN: copy in4 to out1
// PLAN: copy in5 to out2
// PLAN: the next 1 steps in0.dim[0] * 2 <= 32 times
// PLAN: launch step_kernel_0 grid [8, 2, in0.dim[0]] {{.*}}(&in3, {{.*}}&out1
func.func @step(%q: tensor<?x4x1x64xf16>, %k: tensor<?x2x?x64xf16>, %v: tensor<?x2x?x64xf16>,
                %counter: tensor<1xi32>, %blocks: tensor<?x2x1x16xi32>, %counts: tensor<?x2x1xi32>)
    -> (tensor<?x4x1x64xf16>, tensor<?x2x1x16xi32>, tensor<?x2x1xi32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %every = arith.constant 8 : i32
  %w = arith.constant 48 : i32
  %batch = tensor.dim %q, %c0 : tensor<?x4x1x64xf16>
  %n = tensor.extract %counter[%c0] : tensor<1xi32>
  %age = arith.remui %n, %every : i32
  %due = arith.cmpi eq, %age, %zero : i32
  %l:2 = scf.if %due -> (tensor<?x2x1x16xi32>, tensor<?x2x1xi32>) {
    %p:2 = hip.prune ins(%q, %k : tensor<?x4x1x64xf16>, tensor<?x2x?x64xf16>)
      outs(%blocks, %counts : tensor<?x2x1x16xi32>, tensor<?x2x1xi32>)
      policy #hip.tree<block_q = 64, block_k = 2, keep = 32> {sink = 32 : i64, window = 48 : i64, causal}
      -> tensor<?x2x1x16xi32>, tensor<?x2x1xi32>
    scf.yield %p#0, %p#1 : tensor<?x2x1x16xi32>, tensor<?x2x1xi32>
  } else {
    scf.yield %blocks, %counts : tensor<?x2x1x16xi32>, tensor<?x2x1xi32>
  }
  %window = arith.addi %w, %age : i32
  %room = tensor.empty(%batch) : tensor<?x4x1x64xf16>
  %out = hip.block_sparse_attention ins(%q, %k, %v : tensor<?x4x1x64xf16>, tensor<?x2x?x64xf16>, tensor<?x2x?x64xf16>)
    list(%l#0, %l#1 : tensor<?x2x1x16xi32>, tensor<?x2x1xi32>) window(%window : i32)
    outs(%room : tensor<?x4x1x64xf16>) band #hip.band<block_q = 64, chunk = 2, sink = 32, window = 0, causal = true>
    {block_q = 64 : i64, block_k = 2 : i64} -> tensor<?x4x1x64xf16>
  return %out, %l#0, %l#1 : tensor<?x4x1x64xf16>, tensor<?x2x1x16xi32>, tensor<?x2x1xi32>
}
