// RUN: hip-opt %s --hip-hoist-loads --split-input-file | FileCheck %s
// RUN: hip-opt %s --hip-hoist-loads --split-input-file --hip-debug=tile -o /dev/null 2>&1 | FileCheck %s --check-prefix=TOLD

// Each level of a search, and each of its tiles, has the same query: it is loaded before, with what says where it lies.
// TOLD: hip.tile.load: is loaded before a loop that reads it in each iteration
// TOLD-NOT: is loaded before
// CHECK-LABEL: func @levels
// CHECK: hip.tile.kernel
// CHECK-NEXT: %[[END:.*]] = arith.minsi
// CHECK-NEXT: %[[VIEW:.*]] = hip.tile.view %{{.*}} to %[[END]]
// CHECK-NEXT: %[[Q:.*]] = hip.tile.load %[[VIEW]] boundary <clamp>
// CHECK-NEXT: scf.for
// CHECK: scf.for
// CHECK-NEXT: %[[KEYS:.*]] = hip.tile.view
// CHECK-NEXT: hip.tile.load %[[KEYS]]
// CHECK-NOT: hip.tile.load
// CHECK: hip.tile.dot %{{.*}}, %[[Q]]
func.func @levels(%q: memref<1x1x?x16xbf16>, %k: memref<1x1x?x16xbf16>, %out: memref<1x1x?xf32>, %n: index, %levels: index,
                  %any: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    scf.for %level = %c0 to %levels step %c1 {
      scf.if %any {
        scf.for %j = %c0 to %n step %c16 {
          %end = arith.minsi %n, %c16 : index
          %view = hip.tile.view %q[%c0, %c0, %c0] to %end : memref<1x1x?x16xbf16> -> <16xbf16>
          %a = hip.tile.load %view boundary <clamp> : <16xbf16> -> <16x16xbf16>
          %keys = hip.tile.view %k[%c0, %c0, %j] to %n : memref<1x1x?x16xbf16> -> <16xbf16>
          %b = hip.tile.load %keys : <16xbf16> -> <16x16xbf16>
          %none = hip.tile.splat %zero : <16x16xf32>
          %s = hip.tile.dot %none, %a, %b {transpose_b} : <16x16xf32>, <16x16xbf16>, <16x16xbf16>
          %m = hip.tile.reduce <max> %s {axis = 0 : i64} : <16x16xf32> -> <16xf32>
          %to = hip.tile.view %out[%c0, %c0, %j] to %n : memref<1x1x?xf32> -> <f32>
          hip.tile.store %m, %to : <16xf32>, <f32>
        }
      }
    }
  }
  return
}

// -----

// What the program writes stays where it is read.
// CHECK-LABEL: func @written
// CHECK: scf.for
// CHECK: hip.tile.load
// CHECK: hip.tile.store
func.func @written(%a: memref<1x1x?x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%x) {
    scf.for %i = %c0 to %n step %c1 {
      %view = hip.tile.view %a[%c0, %c0, %c0] to %n : memref<1x1x?x16xf32> -> <16xf32>
      %t = hip.tile.load %view : <16xf32> -> <16x16xf32>
      %next = hip.tile.view %a[%c0, %c0, %c1] to %n : memref<1x1x?x16xf32> -> <16xf32>
      hip.tile.store %t, %next : <16x16xf32>, <16xf32>
    }
  }
  return
}
