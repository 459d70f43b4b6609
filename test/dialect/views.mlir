// RUN: hip-opt %s --verify-roundtrip | FileCheck %s
// RUN: hip-opt %s --emit-bytecode | hip-opt | FileCheck %s
// RUN: hip-opt %s --mlir-print-op-generic | hip-opt | FileCheck %s

// Rows follow each other along the last index, which nothing says.
// CHECK-LABEL: @consecutive
// CHECK: hip.tile.view %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] to %{{.*}} : memref<1x8x?x64xbf16> -> <64xbf16>
// CHECK: hip.tile.view %{{.*}}[%{{.*}}, %{{.*}}] : memref<8x?xf32> -> <f32>
// CHECK: hip.tile.view %{{.*}}[%{{.*}}] : memref<?xi32> -> <i32>
func.func @consecutive(%q: memref<1x8x?x64xbf16>, %lse: memref<8x?xf32>, %counts: memref<?xi32>, %i: index) {
  %0 = hip.tile.view %q[%i, %i, %i] rows (d0) -> (0, 0, d0) to %i : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  %1 = hip.tile.view %lse[%i, %i] : memref<8x?xf32> -> !hip.rows<f32>
  %2 = hip.tile.view %counts[%i] : memref<?xi32> -> !hip.rows<i32>
  return
}

// Heads take turns, of every other row; tokens come before heads.
// CHECK-LABEL: @maps
// CHECK: hip.tile.view %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] rows (d0) -> (0, d0 mod 4, d0 floordiv 4) to %{{.*}} :
// CHECK: hip.tile.view %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] rows (d0) -> (0, d0 mod 4, (d0 floordiv 4) * 2) :
// CHECK: hip.tile.view %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] rows (d0) -> (0, d0, 0) :
func.func @maps(%q: memref<1x8x?x64xbf16>, %k: memref<1x?x8x64xf16>, %i: index) {
  %0 = hip.tile.view %q[%i, %i, %i] rows (d0) -> (0, d0 mod 4, d0 floordiv 4) to %i
    : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  %1 = hip.tile.view %q[%i, %i, %i] rows (d0) -> (0, d0 mod 4, (d0 floordiv 4) * 2)
    : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  %2 = hip.tile.view %k[%i, %i, %i] rows (d0) -> (0, d0, 0) : memref<1x?x8x64xf16> -> !hip.rows<64xf16>
  return
}

// Packed sequences by their starts, pages by a table.
// CHECK-LABEL: @tables
// CHECK: hip.tile.view %{{.*}}[%{{.*}}, %{{.*}}] rows (d0, d1) -> (d0 + d1, 0) at %{{.*}}[%{{.*}}] : memref<?x8x64xf16>, memref<5xi32> -> <64xf16>
// CHECK: hip.tile.view %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] rows (d0, d1) -> (d1, d0 mod 16, 0) at %{{.*}}[%{{.*}}] pages of 16 : memref<?x16x8x64xf16>, memref<4x?xi32> -> <64xf16>
func.func @tables(%stored: memref<?x8x64xf16>, %starts: memref<5xi32>, %pages: memref<?x16x8x64xf16>,
                  %table: memref<4x?xi32>, %i: index) {
  %0 = hip.tile.view %stored[%i, %i] rows (d0, d1) -> (d0 + d1, 0) at %starts[%i]
    : memref<?x8x64xf16>, memref<5xi32> -> !hip.rows<64xf16>
  %1 = hip.tile.view %pages[%i, %i, %i] rows (d0, d1) -> (d1, d0 mod 16, 0) at %table[%i] pages of 16
    : memref<?x16x8x64xf16>, memref<4x?xi32> -> !hip.rows<64xf16>
  return
}

// CHECK-LABEL: @moved
// CHECK: hip.tile.load %{{.*}} : <64xbf16> -> <16x64xbf16>
// CHECK: hip.tile.load %{{.*}} boundary <clamp> : <64xbf16> -> <16x64xbf16>
// CHECK: hip.tile.gather %{{.*}} rows(%{{.*}}) : <64xbf16>, <8xi32> -> <8x64xbf16>
// CHECK: hip.tile.store %{{.*}}, %{{.*}} : <16x64xbf16>, <64xbf16>
func.func @moved(%v: !hip.rows<64xbf16>, %j: !hip.tile<8xi32>) {
  %0 = hip.tile.load %v boundary <zero> : !hip.rows<64xbf16> -> !hip.tile<16x64xbf16>
  %1 = hip.tile.load %v boundary <clamp> : !hip.rows<64xbf16> -> !hip.tile<16x64xbf16>
  %2 = hip.tile.gather %v rows(%j) : !hip.rows<64xbf16>, !hip.tile<8xi32> -> !hip.tile<8x64xbf16>
  hip.tile.store %0, %v : !hip.tile<16x64xbf16>, !hip.rows<64xbf16>
  return
}
