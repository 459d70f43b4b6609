// RUN: hip-opt %s --verify-roundtrip | FileCheck %s
// RUN: hip-opt %s --emit-bytecode | hip-opt | FileCheck %s

// Defaults are left out, but for what programs differ in; names may come in any
// order.

// CHECK-LABEL: func private @defaults
// CHECK-SAME: a = #hip.tree<block_q = 64, block_k = 2, keep = 512>
// CHECK-SAME: b = #hip.tree<block_q = 64, block_k = 2, keep = 1024>
// CHECK-SAME: c = #hip.stages<[(64, 64, 8192, 4), (64, 16, 2048, 2), (64, 4, 512, 1)]>
// CHECK-SAME: d = #hip.stages<[(64, 64, 8192, 4), (64, 16, 2048, 2), (64, 4, 512, 1)], granule = 4>
// CHECK-SAME: e = #hip.stages<[(32, 8, all, 1)], score = path>
// CHECK-SAME: f = #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512>
// CHECK-SAME: g = #hip.boxes<block_q = 64, block_k = 8, levels = [(128, 256)], keep = 512>
// CHECK-SAME: h = #hip.window<block_q = 64>
// CHECK-SAME: i = #hip.dense,
// CHECK-SAME: j = #hip.tree<block_q = 64, block_k = 2, keep = 512>
func.func private @defaults() attributes {
  a = #hip.tree, b = #hip.tree<keep = 1024>, c = #hip.stages,
  d = #hip.stages<granule = 4>, e = #hip.stages<stages = [(32, 8, all, 1)], score = path>,
  f = #hip.boxes, g = #hip.boxes<levels = [(128, 256)]>, h = #hip.window,
  i = #hip.dense, j = #hip.tree<>}

// Dense attention that leaves its tiles to the schedule has the query blocks of the other parts.
// CHECK-LABEL: func private @open
// CHECK-SAME: a = #hip.union<[#hip.dense, #hip.tree<block_q = 32, block_k = 2, keep = 512>]>
func.func private @open() attributes {a = #hip.union<[dense, tree<block_q = 32>]>}

// CHECK-LABEL: func private @schedule
// CHECK-SAME: a = #hip.schedule<threads = 32, rows = 16, columns = 64>
// CHECK-SAME: b = #hip.schedule<threads = 1, rows = 16, columns = 64, split_rows = 8, few_rows = 4, min_blocks = 2, order = ascending>
// CHECK-SAME: c = #hip.schedule<threads = 896, rows = 64, columns = 64, stages = 3, swizzled = true, producers = 128, unit = wgmma, engine = tma, persistent = 132>
// CHECK-SAME: d = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 4, cluster = 8>
func.func private @schedule() attributes {
  a = #hip.schedule<threads = 32, rows = 16, columns = 64, split_keys = 0, order = descending>,
  b = #hip.schedule<threads = 1, rows = 16, columns = 64, split_rows = 8, few_rows = 4, min_blocks = 2, order = ascending>,
  c = #hip.schedule<threads = 896, rows = 64, columns = 64, stages = 3, swizzled = true, producers = 128, unit = wgmma, engine = tma, persistent = 132>,
  d = #hip.schedule<threads = 256, rows = 64, columns = 128, few_rows = 4, cluster = 8>}

// CHECK-LABEL: func private @tree
// CHECK-SAME: a = #hip.tree<block_q = 64, block_k = 2, keep = 512>
// CHECK-SAME: b = #hip.tree<block_q = 32, block_k = 1, keep = 7, representative = last, q_stride = 4, k_stride = 2, reduce = mean>
func.func private @tree() attributes {
  a = #hip.tree<keep = 512, block_q = 64, block_k = 2, representative = center, reduce = max>,
  b = #hip.tree<block_q = 32, block_k = 1, keep = 7, reduce = mean, q_stride = 4, k_stride = 2, representative = last>}

// CHECK-LABEL: func private @stages
// CHECK-SAME: a = #hip.stages<[(64, 256, 32768, 4), (64, 32, 8192, 4), (32, 8, 2048, 1)]>
// CHECK-SAME: b = #hip.stages<[(1, 8, all, 1)], granule = 4, representative = center, k_stride = 2, score = path, reduce = mean>
func.func private @stages() attributes {
  a = #hip.stages<[(64, 256, 32768, 4), (64, 32, 8192, 4), (32, 8, 2048, 1)], granule = 1, score = leaf>,
  b = #hip.stages<[(1, 8, all, 1)], reduce = mean, score = path, k_stride = 2, representative = center, granule = 4>}

// CHECK-LABEL: func private @boxes
// CHECK-SAME: a = #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512>
// CHECK-SAME: b = #hip.boxes<block_q = 16, block_k = 1, levels = [(512, 512), (64, 64)], keep = 1, q_stride = 16>
func.func private @boxes() attributes {
  a = #hip.boxes<keep = 512, levels = [(64, 2048)], block_k = 8, block_q = 64, q_stride = 1>,
  b = #hip.boxes<q_stride = 16, block_q = 16, block_k = 1, levels = [(512, 512), (64, 64)], keep = 1>}

// S14c: parts may stand without `#hip.`; unions among them and equal ones.
// CHECK-LABEL: func private @union
// CHECK-SAME: a = #hip.union<[#hip.tree<block_q = 64, block_k = 2, keep = 448>, #hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 64>]>
// CHECK-SAME: b = #hip.union<[#hip.dense]>
// CHECK-SAME: c = #hip.union<[#hip.stages<[(64, 8, all, 1)]>, #hip.tree<block_q = 64, block_k = 2, keep = 512>]>
// CHECK-SAME: d = #hip.union<[#hip.stages<[(64, 32, 64, 1), (16, 8, 64, 1)]>, #hip.stages<[(64, 16, 32, 1), (16, 4, 16, 1)]>]>
func.func private @union() attributes {
  a = #hip.union<[#hip.tree<keep = 448>, #hip.boxes<keep = 64>]>, b = #hip.union<parts = [dense]>,
  c = #hip.union<[union<[stages<[(64, 8, all, 1)]>, tree]>, tree, #hip.tree<keep = 512>]>,
  d = #hip.union<[stages<[(64, 32, 64, 1), (16, 8, 64, 1)]>, #hip.stages<[(64, 16, 32, 1), (16, 4, 16, 1)]>]>}

// CHECK-LABEL: func private @others
// CHECK-SAME: a = #hip.window<block_q = 1>
// CHECK-SAME: b = #hip.dense<block_q = 128>
// CHECK-SAME: c = #hip.band<block_q = 64, chunk = 2>
// CHECK-SAME: d = #hip.band<block_q = 64, chunk = 2, sink = 128, window = 1024, causal = false>
func.func private @others() attributes {
  a = #hip.window<block_q = 1>, b = #hip.dense<block_q = 128>,
  c = #hip.band<block_q = 64, chunk = 2, causal = true, sink = 0>,
  d = #hip.band<causal = false, block_q = 64, chunk = 2, window = 1024, sink = 128>}

// CHECK-LABEL: func private @keywords
// CHECK-SAME: a = #hip.representative<first>, b = #hip.reduce<mean>, c = #hip.heads<all>
// CHECK-SAME: d = #hip.path_score<path>, e = #hip.box<64>, f = #hip.kv_layout<bthd>
func.func private @keywords() attributes {
  a = #hip.representative<first>, b = #hip.reduce<mean>, c = #hip.heads<all>,
  d = #hip.path_score<path>, e = #hip.box<64>, f = #hip.kv_layout<bthd>}

// CHECK-LABEL: func private @view
// CHECK-SAME: !hip.kv<?x8x?x128xbf16>, !hip.kv<4x1x0x64xf32>
func.func private @view(!hip.kv<?x8x?x128xbf16>, !hip.kv<4x1x0x64xf32>)

// S14d: the policy may stand without `#hip.`.
// CHECK-LABEL: func private @auto
// CHECK-SAME: a = #hip.auto<#hip.tree<block_q = 64, block_k = 2, keep = 448>, until = 16384, step_until = 131072>
// CHECK-SAME: b = #hip.auto<#hip.window<block_q = 64>, until = 5, step_until = 7>
func.func private @auto() attributes {
  a = #hip.auto<tree<keep = 448>>, b = #hip.auto<#hip.window, step_until = 7, until = 5>}
