// RUN: hip-opt %s --hip-math-to-nvvm | FileCheck %s

// Outside kernels math stays.
// CHECK-LABEL: func @host
// CHECK: math.exp2
func.func @host(%x: f32) -> f32 {
  %0 = math.exp2 %x : f32
  return %0 : f32
}

gpu.module @kernels {
  // CHECK-LABEL: llvm.func @f
  // CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"(%{{.*}}) : (f32) -> f32
  // CHECK: llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"(%{{.*}}) : (f32) -> f32
  // CHECK: llvm.intr.fma
  // CHECK: llvm.intr.maxnum
  // CHECK: arith.divf
  // CHECK: llvm.call_intrinsic "llvm.fabs"
  // CHECK-NOT: math.
  llvm.func @f(%x: f32, %p: !llvm.ptr<1>) {
    %0 = math.exp2 %x : f32
    %1 = math.log2 %0 : f32
    %2 = math.fma %1, %x, %0 : f32
    %3 = arith.maxnumf %2, %x : f32
    %4 = math.tanh %3 : f32
    %6 = math.absf %4 : f32
    %5 = math.exp %6 : f32
    llvm.store %5, %p : f32, !llvm.ptr<1>
    llvm.return
  }

  // Numbers of 8 bits two at a time; one is both of a pair.
  // CHECK-LABEL: llvm.func @narrow
  // CHECK: %[[BITS:.*]] = arith.bitcast %{{.*}} : vector<4xf8E4M3FN> to vector<4xi8>
  // CHECK: %[[WORDS:.*]] = vector.bitcast %[[BITS]] : vector<4xi8> to vector<2xi16>
  // CHECK-COUNT-2: nvvm.convert.f8x2.to.f16x2 %{{.*}} : vector<2xi8>(f8E4M3FN) -> vector<2xf16>
  // CHECK: arith.extf %{{.*}} : vector<4xf16> to vector<4xf32>
  // CHECK: %[[PAIR:.*]] = nvvm.convert.f8x2.to.f16x2 %{{.*}} : vector<2xi8>(f8E5M2) -> vector<2xf16>
  // CHECK: %[[ONE:.*]] = vector.extract %[[PAIR]][0]
  // CHECK: arith.extf %[[ONE]] : f16 to f32
  llvm.func @narrow(%x: vector<4xi8>, %y: i8, %p: !llvm.ptr<1>) {
    %0 = arith.bitcast %x : vector<4xi8> to vector<4xf8E4M3FN>
    %1 = arith.extf %0 : vector<4xf8E4M3FN> to vector<4xf32>
    llvm.store %1, %p : vector<4xf32>, !llvm.ptr<1>
    %2 = arith.bitcast %y : i8 to f8E5M2
    %3 = arith.extf %2 : f8E5M2 to f32
    llvm.store %3, %p : f32, !llvm.ptr<1>
    llvm.return
  }

  // CHECK-LABEL: llvm.func @rounded
  // CHECK: llvm.call_intrinsic "llvm.ceil"
  // CHECK: llvm.call_intrinsic "llvm.floor"
  // CHECK: llvm.call_intrinsic "llvm.trunc"
  // CHECK: llvm.call_intrinsic "llvm.roundeven"
  // CHECK: llvm.call_intrinsic "llvm.copysign"
  // CHECK: llvm.call_intrinsic "llvm.sqrt"
  // CHECK: %[[ROOT:.*]] = llvm.call_intrinsic "llvm.sqrt"
  // CHECK: arith.divf %{{.*}}, %[[ROOT]]
  // CHECK: llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"
  // CHECK: arith.mulf
  // CHECK-NOT: math.
  llvm.func @rounded(%x: f32, %p: !llvm.ptr<1>) {
    %0 = math.ceil %x : f32
    %1 = math.floor %0 : f32
    %2 = math.trunc %1 : f32
    %3 = math.roundeven %2 : f32
    %4 = math.copysign %3, %x : f32
    %5 = math.sqrt %4 : f32
    %6 = math.rsqrt %5 : f32
    %7 = math.log %6 : f32
    llvm.store %7, %p : f32, !llvm.ptr<1>
    llvm.return
  }

  // CHECK-LABEL: llvm.func @sum
  // CHECK: nvvm.redux.sync add %{{.*}}, %{{.*}} : i32 -> i32
  llvm.func @sum(%x: i32) -> i32 {
    %0 = gpu.subgroup_reduce add %x uniform : (i32) -> (i32)
    llvm.return %0 : i32
  }

  // CHECK-LABEL: llvm.func @least
  // CHECK: nvvm.redux.sync min %{{.*}}, %{{.*}} : i32 -> i32
  llvm.func @least(%x: i32) -> i32 {
    %0 = gpu.subgroup_reduce minsi %x uniform : (i32) -> (i32)
    llvm.return %0 : i32
  }

  // CHECK-LABEL: llvm.func @ends
  // CHECK: %[[MOST:.*]] = nvvm.redux.sync max
  // CHECK: %[[LEAST:.*]] = nvvm.redux.sync umin %[[MOST]]
  // CHECK: nvvm.redux.sync umax %[[LEAST]]
  llvm.func @ends(%x: i32) -> i32 {
    %0 = gpu.subgroup_reduce maxsi %x uniform : (i32) -> (i32)
    %1 = gpu.subgroup_reduce minui %0 uniform : (i32) -> (i32)
    %2 = gpu.subgroup_reduce maxui %1 uniform : (i32) -> (i32)
    llvm.return %2 : i32
  }
}
