// RUN: hip-opt %s --hip-to-tile --hip-debug=expand,schedule,tile 2>&1 >/dev/null | FileCheck %s
// RUN: hip-opt %s --hip-to-tile 2>&1 >/dev/null | count 0
// RUN: not hip-opt %s --hip-debug=tiel 2>&1 | FileCheck %s --check-prefix=TAG
// RUN: hip-opt --hip-debug=help | FileCheck %s --check-prefix=HELP
// RUN: hip-run run %s --emit=llvm --hip-debug=tile 2>&1 >/dev/null | FileCheck %s --check-prefix=DECIDED
// RUN: not hip-run run %s --hip-debug=tiel 2>&1 | FileCheck %s --check-prefix=RUNTAG

// HELP: expand    what composite ops become
// HELP: layout    where tiles lie
// DECIDED: [tile] {{.*}}: hip.score: one kernel
// RUNTAG: hip-run: error: --hip-debug: no tag 'tiel', only expand, schedule, tile, layout
// TAG: hip-opt: error: --hip-debug: no tag 'tiel', only expand, schedule, tile, layout

// CHECK: [expand] {{.*}}hip-debug.mlir{{.*}}: hip.attention: #hip.tree<{{.*}} with a list, #hip.band<
// CHECK: [expand] {{.*}}hip-debug.mlir{{.*}}: hip.prune: #hip.tree<block_q = 16, {{.*}} with #hip.band<block_q = 16, chunk = 2
// CHECK: [schedule] {{.*}}: hip.score: #hip.schedule<threads = 1,
// CHECK: [tile] {{.*}}: hip.select: one kernel, thread blocks of 1 threads
func.func @f(%q: tensor<1x2x?x32xf32>, %k: tensor<1x1x?x32xf32>,
             %o: tensor<1x2x?x32xf32>) -> tensor<1x2x?x32xf32> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x?x32xf32>, tensor<1x1x?x32xf32>,
                         tensor<1x1x?x32xf32>)
    outs(%o : tensor<1x2x?x32xf32>) policy #hip.tree<block_q = 16, block_k = 2, keep = 16>
    {causal} -> tensor<1x2x?x32xf32>
  return %0 : tensor<1x2x?x32xf32>
}
