// RUN: hip-opt %s --hip-tile --canonicalize --cse --split-input-file | FileCheck %s

// The last query blocks first; 64 keys a tile; softmax in base 2 (S18, S19).
// CHECK-LABEL: func @attention
// CHECK: hip.tile.kernel grid(%[[M:.*]], %{{.*}}, %{{.*}}) {{.*}} (%[[X:.*]], %[[H:.*]], %[[B:.*]]) {
// CHECK:   hip.tile.load %{{.*}} -> <64x32xf32>
// CHECK:   scf.for {{.*}} -> (!hip.tile<64xf32>, !hip.tile<64xf32>, !hip.tile<64x32xf32>)
// CHECK:     hip.tile.gather {{.*}} -> <64x32xf32>
// CHECK:     hip.tile.dot {{.*}} {transpose_b}
// CHECK:     hip.tile.reduce <max> {{.*}} {axis = 1
// CHECK:     math.exp2
// CHECK:     hip.tile.reduce <sum>
// CHECK:     %[[DECAYS:.*]] = hip.tile.map %[[DECAY:.*]] : !hip.tile<64xf32> {
// CHECK:     arith.cmpf une
// CHECK:     } -> <64xi1>
// CHECK:     hip.tile.map %{{.*}}, %[[DECAY]] per row : {{.*}} changes(%[[DECAYS]] : !hip.tile<64xi1>)
// CHECK:     hip.tile.dot
// CHECK:     scf.yield
// CHECK:   arith.divf
// CHECK:   hip.tile.store
// CHECK-NOT: hip.block_sparse_attention ins
func.func @attention(%q: memref<1x4x?x32xf32>, %k: memref<1x2x?x32xf32>,
                     %v: memref<1x2x?x32xf32>, %o: memref<1x4x?x32xf32>) {
  hip.block_sparse_attention
    ins(%q, %k, %v : memref<1x4x?x32xf32>, memref<1x2x?x32xf32>, memref<1x2x?x32xf32>)
    outs(%o : memref<1x4x?x32xf32>)
    band #hip.band<block_q = 64, chunk = 1, sink = 0, window = 64, causal = true>
    {block_q = 64 : i64, block_k = 1 : i64}
  return
}

// -----

// 64 ranges at a time; the two heads that share a list are stacked (S10).
// CHECK-LABEL: func @score
// CHECK: hip.tile.kernel
// CHECK:   memref.subview %arg0[0, 0, %{{.*}}, 0] {{.*}} [1, 1, 1, 1]
// CHECK:   hip.tile.view {{.*}} rows (d0) -> (0, d0 mod 2, d0 floordiv 2) to
// CHECK:   hip.tile.load {{.*}} boundary <clamp> {{.*}} -> <128x32xf32>
// CHECK:   scf.for
// CHECK:     hip.tile.gather {{.*}} -> <64x32xf32>
// CHECK:     hip.tile.dot {{.*}} {transpose_b} : <128x64xf32>
// CHECK:     hip.tile.reduce <max_number> {{.*}} {axis = 0
// CHECK:   hip.tile.store
// CHECK-NOT: hip.score ins
func.func @score(%q: memref<1x4x?x32xf32>, %k: memref<1x2x?x32xf32>,
                 %r: memref<1x2x?x256x2xi32>, %c: memref<1x2x?xi32>, %s: memref<1x2x?x256xf32>) {
  hip.score ins(%q, %k, %r, %c : memref<1x4x?x32xf32>, memref<1x2x?x32xf32>,
                memref<1x2x?x256x2xi32>, memref<1x2x?xi32>)
    outs(%s : memref<1x2x?x256xf32>) {block_q = 64 : i64, granule = 1 : i64}
  return
}

// -----

// Products of a granule's keys are summed in one tile, and then divided by how many keys there are (S10c).
// CHECK-LABEL: func @mean
// CHECK: hip.tile.kernel
// CHECK:   scf.for {{.*}} iter_args({{.*}}) -> (!hip.tile<128x64xf32>, !hip.tile<64xi32>)
// CHECK:     hip.tile.gather {{.*}} -> <64x32xf32>
// CHECK:     hip.tile.dot {{.*}} {transpose_b} : <128x64xf32>
// CHECK:     hip.tile.map {{.*}} per column
// CHECK:     arith.addi
// CHECK:   arith.divf
// CHECK:   hip.tile.reduce <max_number> {{.*}} {axis = 0
// CHECK:   hip.tile.store
func.func @mean(%q: memref<1x4x?x32xf32>, %k: memref<1x2x?x32xf32>,
                %r: memref<1x2x?x256x2xi32>, %c: memref<1x2x?xi32>, %s: memref<1x2x?x256xf32>) {
  hip.score ins(%q, %k, %r, %c : memref<1x4x?x32xf32>, memref<1x2x?x32xf32>,
                memref<1x2x?x256x2xi32>, memref<1x2x?xi32>)
    outs(%s : memref<1x2x?x256xf32>) {block_q = 64 : i64, granule = 16 : i64, kind = #hip.mean}
  return
}

// -----

// The threshold is built from bit 31 down, ties go to the first (S12).
// CHECK-LABEL: func @select
// CHECK: hip.tile.kernel
// CHECK:   %[[ORDERS:.*]] = memref.alloc
// CHECK:   scf.for %{{.*}} to %c32
// CHECK:     arith.cmpi uge
// CHECK:   arith.cmpi ugt
// CHECK:   memref.dealloc %[[ORDERS]]
// CHECK-NOT: hip.select ins
func.func @select(%r: memref<1x2x?x512x2xi32>, %c: memref<1x2x?xi32>, %s: memref<1x2x?x512xf32>,
                  %ro: memref<1x2x?x256x2xi32>, %co: memref<1x2x?xi32>) {
  hip.select ins(%r, %c, %s : memref<1x2x?x512x2xi32>, memref<1x2x?xi32>, memref<1x2x?x512xf32>)
    outs(%ro, %co : memref<1x2x?x256x2xi32>, memref<1x2x?xi32>) {keep = 256 : i64}
  return
}

// -----

// The greatest lse, the sum of the weights, then each number of the row (S21).
// CHECK-LABEL: func @merge
// CHECK: hip.tile.kernel
// CHECK:   arith.maximumf
// CHECK:   %[[NONE:.*]] = arith.cmpf oeq
// CHECK-COUNT-2: math.exp
// CHECK:   scf.for
// CHECK-COUNT-2: math.fma
// CHECK:     arith.truncf
// CHECK:   math.log2
// CHECK-NOT: hip.merge ins
func.func @merge(%a: memref<1x4x?x32xf32>, %b: memref<1x4x?x32xf32>, %la: memref<1x4x?xf32>,
                 %lb: memref<1x4x?xf32>, %o: memref<1x4x?x32xf16>, %l: memref<1x4x?xf32>) {
  hip.merge ins(%a, %b : memref<1x4x?x32xf32>, memref<1x4x?x32xf32>)
    lse(%la, %lb : memref<1x4x?xf32>, memref<1x4x?xf32>)
    outs(%o, %l : memref<1x4x?x32xf16>, memref<1x4x?xf32>)
  return
}

// -----

// Many threads count scores by 256 steps between the least and the greatest one: each warp finds the step of the last
// that is kept, in which no more than 64 scores are compared with each other. Else they take two bits a pass: three sums
// over the warp, then over the warps by shared memory.
// CHECK-LABEL: func @thread_group
// CHECK: hip.tile.kernel {{.*}} shared(1472)
// CHECK: arith.minui
// CHECK: arith.maxui
// CHECK: gpu.subgroup_reduce minui
// CHECK: gpu.subgroup_reduce maxui
// CHECK: arith.divf
// CHECK: arith.fptosi
// CHECK-COUNT-2: memref.atomic_rmw addi
// CHECK: gpu.barrier
// CHECK-COUNT-2: gpu.subgroup_reduce maxui
// CHECK: memref.atomic_rmw addi
// CHECK: gpu.barrier
// CHECK: arith.cmpi sle, %{{.*}}, %c64
// CHECK: scf.if
// CHECK-COUNT-2: arith.cmpi uge
// CHECK: gpu.subgroup_reduce maxui
// CHECK: } else {
// CHECK: scf.for %{{.*}} to %c16
// CHECK: scf.for %{{.*}} = %thread_id_x
// CHECK-COUNT-3: gpu.subgroup_reduce add
// CHECK-COUNT-3: memref.store {{.*}} #gpu.address_space<workgroup>
// CHECK: gpu.barrier
// CHECK-COUNT-12: memref.load {{.*}} #gpu.address_space<workgroup>
// CHECK: gpu.barrier
// CHECK: gpu.shuffle{{ +}}up
// CHECK-NOT: hip.select ins
func.func @thread_group(%r: memref<1x2x?x512x2xi32>, %c: memref<1x2x?xi32>, %s: memref<1x2x?x512xf32>,
                %ro: memref<1x2x?x256x2xi32>, %co: memref<1x2x?xi32>) {
  hip.select ins(%r, %c, %s : memref<1x2x?x512x2xi32>, memref<1x2x?xi32>, memref<1x2x?x512xf32>)
    outs(%ro, %co : memref<1x2x?x256x2xi32>, memref<1x2x?xi32>)
    {keep = 256 : i64, hip.schedule = #hip.schedule<threads = 128, rows = 1, columns = 64>}
  return
}

// -----

// S16c: keys are the inner loop of a block, its rows go on until one holds.
// CHECK-LABEL: func @mask
// CHECK: hip.tile.kernel {{.*}} {own_lists = true, steps = ["mask_blocks"]}
// CHECK:   scf.for {{.*}} -> (index) {
// CHECK:     scf.for {{.*}} -> (i32) {
// CHECK:       scf.if {{.*}} -> (i32) {
// CHECK:         scf.for {{.*}} to %c32 {{.*}} -> (i32) {
// CHECK:           arith.cmpi sle
// CHECK:           arith.ori
// CHECK-NOT: hip.mask_blocks
func.func @mask(%q: memref<1x2x64x32xf32>, %k: memref<1x1x?x32xf32>, %o: memref<1x1x1x?xi32>, %n: memref<1x1x1xi32>) {
  hip.mask_blocks ins(%q, %k : memref<1x2x64x32xf32>, memref<1x1x?x32xf32>)
    outs(%o, %n : memref<1x1x1x?xi32>, memref<1x1x1xi32>) band #hip.band<block_q = 64, chunk = 32> mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %m = arith.cmpi sle, %j, %i : index
      hip.yield %m : i1
    } {block_q = 64 : i64, block_k = 32 : i64}
  return
}

// -----

// S16b: lists that ascend are merged; of others the least block above the last
// is the next.
// CHECK-LABEL: func @union
// CHECK: hip.tile.kernel {{.*}} {own_lists = true, steps = ["union"]}
// CHECK:   %[[ASCENDS:.*]] = arith.cmpi eq
// CHECK:   scf.if %[[ASCENDS]]
// CHECK:     scf.for {{.*}} -> (index, index, index)
// CHECK:   } else {
// CHECK:     scf.for
// CHECK:       arith.minsi {{.*}} : i32
// CHECK-NOT: hip.union
func.func @union(%q: memref<1x1x64x32xf32>, %k: memref<1x1x?x32xf32>, %a: memref<1x1x1x8xi32>, %b: memref<1x1x1x4xi32>,
                 %c: memref<1x1x1xi32>, %d: memref<1x1x1xi32>, %o: memref<1x1x1x24xi32>, %n: memref<1x1x1xi32>) {
  hip.union ins(%q, %k : memref<1x1x64x32xf32>, memref<1x1x?x32xf32>) lists(%a, %b : memref<1x1x1x8xi32>, memref<1x1x1x4xi32>)
    counts(%c, %d : memref<1x1x1xi32>, memref<1x1x1xi32>) outs(%o, %n : memref<1x1x1x24xi32>, memref<1x1x1xi32>)
    band #hip.band<block_q = 64, chunk = 8> {block_q = 64 : i64, block_k = 2 : i64, list_block_k = array<i64: 2, 8>}
  return
}
