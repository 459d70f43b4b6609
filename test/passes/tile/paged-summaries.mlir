// RUN: hip-opt %s --hip-to-tile --split-input-file | FileCheck %s
// RUN: hip-opt %s --hip-to-ptx=chip=sm_90a --split-input-file -o /dev/null

// S17b: a thread block for each box that so many rows may complete; the keys of a page are loaded together, and the
// table is read once for them.
// CHECK-LABEL: func @update
// CHECK: %[[BOXES:.*]] = arith.ceildivui %{{.*}}, %c64
// CHECK: hip.tile.kernel grid(%[[BOXES]], %c2{{.*}}, %{{.*}}) {{.*}} steps = ["update_summaries"]
// CHECK: scf.if
// CHECK: memref.load %[[TABLE:arg[0-9]+]]
// CHECK: scf.if
// CHECK: scf.for
// CHECK: memref.load %[[TABLE]]
// CHECK-NOT: memref.load %[[TABLE]]
// CHECK-COUNT-16: memref.load %{{.*}} : memref<?x16x2x64xf16
// CHECK-COUNT-16: arith.minimumf
// CHECK: memref.store %{{.*}} : memref<?x1x2x2x64xf16
func.func @update(%pages: tensor<?x16x2x64xf16>, %table: tensor<1x?xi32>, %lengths: tensor<1xi32>, %n: index,
                  %x: tensor<?x1x2x2x64xf16>) -> tensor<?x1x2x2x64xf16> {
  %k = hip.kv.paged %pages[%table] lengths(%lengths) : tensor<?x16x2x64xf16>, tensor<1x?xi32>, tensor<1xi32>
  %0 = hip.update_summaries ins(%k : !hip.kv<1x2x?x64xf16>) rows(%n) outs(%x : tensor<?x1x2x2x64xf16>)
    {granule = 64 : i64} -> tensor<?x1x2x2x64xf16>
  return %0 : tensor<?x1x2x2x64xf16>
}

// -----

// Boxes of four pages are found with the last of them, by every fourth entry of the table.
// CHECK-LABEL: func @bounds
// CHECK: %[[LAST:.*]] = memref.subview %{{.*}}[0, 3] [1, %{{.*}}] [1, 4]
// CHECK: hip.tile.view %{{.*}}[%c0, %c0, %{{.*}}, %c1] rows (d0, d1) -> (d1, 0, 0, 0) at %[[LAST]][%c0] pages of 1 :
// CHECK: hip.tile.dot {{.*}}sign = #hip.sign<positive>
// CHECK: hip.tile.view %{{.*}}[%c0, %c0, %{{.*}}, %c0] rows (d0, d1) -> (d1, 0, 0, 0) at %[[LAST]][%c0] pages of 1 :
// CHECK: hip.tile.dot {{.*}}sign = #hip.sign<negative>
func.func @bounds(%q: tensor<1x4x?x64xf16>, %kept: tensor<?x1x2x2x64xf16>, %table: tensor<1x?xi32>,
                  %lengths: tensor<1xi32>, %r: tensor<1x2x?x64x2xi32>, %c: tensor<1x2x?xi32>,
                  %s: tensor<1x2x?x64xf32>) -> tensor<1x2x?x64xf32> {
  %x = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 64 : i64, page = 16 : i64}
    : tensor<?x1x2x2x64xf16>, tensor<1x?xi32>, tensor<1xi32>
  %0 = hip.score ins(%q, %x, %r, %c : tensor<1x4x?x64xf16>, !hip.kv<1x2x?x2x64xf16>, tensor<1x2x?x64x2xi32>,
                     tensor<1x2x?xi32>) outs(%s : tensor<1x2x?x64xf32>)
    {block_q = 64 : i64, granule = 8 : i64, kind = #hip.box<64>} -> tensor<1x2x?x64xf32>
  return %0 : tensor<1x2x?x64xf32>
}

// -----

// Four boxes of a page are its rows.
// CHECK-LABEL: func @rows
// CHECK: hip.tile.view %{{.*}}[%c0, %c0, %{{.*}}, %c1] rows (d0, d1) -> (d1, d0 mod 4, 0, 0) at %{{.*}}[%c0] pages of 4 :
func.func @rows(%q: tensor<1x4x?x64xf16>, %kept: tensor<?x4x2x2x64xf16>, %table: tensor<1x?xi32>,
                %lengths: tensor<1xi32>, %r: tensor<1x2x?x64x2xi32>, %c: tensor<1x2x?xi32>,
                %s: tensor<1x2x?x64xf32>) -> tensor<1x2x?x64xf32> {
  %x = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 16 : i64, page = 64 : i64}
    : tensor<?x4x2x2x64xf16>, tensor<1x?xi32>, tensor<1xi32>
  %0 = hip.score ins(%q, %x, %r, %c : tensor<1x4x?x64xf16>, !hip.kv<1x2x?x2x64xf16>, tensor<1x2x?x64x2xi32>,
                     tensor<1x2x?xi32>) outs(%s : tensor<1x2x?x64xf32>)
    {block_q = 64 : i64, granule = 8 : i64, kind = #hip.box<16>} -> tensor<1x2x?x64xf32>
  return %0 : tensor<1x2x?x64xf32>
}
