// RUN: hip-opt %s --hip-expand-float8 | FileCheck %s

// The bits of f8E5M2 are the upper half of an f16.
// CHECK-LABEL: func @e5m2
// CHECK-SAME: (%[[X:.*]]: f8E5M2)
// CHECK: %[[BITS:.*]] = arith.bitcast %[[X]] : f8E5M2 to i8
// CHECK: %[[WORD:.*]] = arith.extui %[[BITS]] : i8 to i16
// CHECK: %[[HIGH:.*]] = arith.shli %[[WORD]], %c8_i16 : i16
// CHECK: %[[HALF:.*]] = arith.bitcast %[[HIGH]] : i16 to f16
// CHECK: %[[WIDE:.*]] = arith.extf %[[HALF]] : f16 to f32
// CHECK: return %[[WIDE]]
func.func @e5m2(%x: f8E5M2) -> f32 {
  %0 = arith.extf %x : f8E5M2 to f32
  return %0 : f32
}

// Of f8E4M3FN they are 2^-8 times the number, where they are not NaN, and of vectors all at once.
// CHECK-LABEL: func @e4m3
// CHECK: %[[X:.*]] = arith.bitcast %{{.*}} : vector<4xi8> to vector<4xf8E4M3FN>
// CHECK: %[[BITS:.*]] = arith.bitcast %[[X]] : vector<4xf8E4M3FN> to vector<4xi8>
// CHECK: %[[WORD:.*]] = arith.extui %[[BITS]] : vector<4xi8> to vector<4xi16>
// CHECK: %[[MAGNITUDE:.*]] = arith.andi %[[WORD]], %{{.*}} : vector<4xi16>
// CHECK: %[[REST:.*]] = arith.xori %[[WORD]], %[[MAGNITUDE]]
// CHECK: %[[SIGN:.*]] = arith.shli %[[REST]]
// CHECK: %[[IS_NAN:.*]] = arith.cmpi eq, %[[MAGNITUDE]]
// CHECK: %[[NAN:.*]] = arith.constant dense<32256> : vector<4xi16>
// CHECK: %[[MOVED:.*]] = arith.shli %[[MAGNITUDE]]
// CHECK: %[[NUMBER:.*]] = arith.select %[[IS_NAN]], %[[NAN]], %[[MOVED]]
// CHECK: %[[ALL:.*]] = arith.ori %[[NUMBER]], %[[SIGN]]
// CHECK: %[[HALF:.*]] = arith.bitcast %[[ALL]] : vector<4xi16> to vector<4xf16>
// CHECK: %[[WIDE:.*]] = arith.extf %[[HALF]] : vector<4xf16> to vector<4xf32>
// CHECK: %[[SCALE:.*]] = arith.constant dense<2.560000e+02> : vector<4xf32>
// CHECK: %[[PRODUCT:.*]] = arith.mulf %[[WIDE]], %[[SCALE]]
// CHECK: return %[[PRODUCT]]
func.func @e4m3(%bits: vector<4xi8>) -> vector<4xf32> {
  %x = arith.bitcast %bits : vector<4xi8> to vector<4xf8E4M3FN>
  %0 = arith.extf %x : vector<4xf8E4M3FN> to vector<4xf32>
  return %0 : vector<4xf32>
}

// CHECK-LABEL: func @wider
// CHECK-NEXT: arith.extf %{{.*}} : f16 to f32
func.func @wider(%x: f16) -> f32 {
  %0 = arith.extf %x : f16 to f32
  return %0 : f32
}
