// RUN: hip-opt %s --hip-gpu-to-nvvm --canonicalize --cse --split-input-file | FileCheck %s

// What one thread does with tiles and memory that are written by hand.

#rows = #hip.mma<row_warps = 1, column_warps = 1>

// A thread has four numbers of a row block and two of its rows; four lanes fold
// a row, and the first of them stores it. Rows past the tenth are padding.
// CHECK-LABEL: func @registers
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1.0{{.*}} : f32
// CHECK: %[[A:.*]] = arith.addf %arg1, %[[ONE]]
// CHECK-NOT: arith.addf
// CHECK: arith.maximumf
// CHECK: gpu.shuffle{{ +}}xor
// CHECK: gpu.shuffle{{ +}}xor
// CHECK: arith.cmpi ult, %{{.*}}, %c10
// CHECK: %[[COPY:.*]] = arith.remui %{{.*}}, %c4
// CHECK: arith.cmpi eq, %[[COPY]], %c0
// CHECK: scf.if
// CHECK-NEXT: memref.store %{{.*}}, %arg0[%c0, %c0, %{{.*}}]
// CHECK-NOT: hip.
func.func @registers(%o: memref<1x1x?xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %s = hip.tile.splat %x : !hip.tile<10x8xf32, #rows>
    %t = hip.tile.map %s : !hip.tile<10x8xf32, #rows> {
    ^bb0(%a: f32):
      %one = arith.constant 1.0 : f32
      %b = arith.addf %a, %one : f32
      hip.tile.yield %b : f32
    } -> !hip.tile<10x8xf32, #rows>
    %m = hip.tile.reduce <max> %t {axis = 1 : i64}
      : !hip.tile<10x8xf32, #rows> -> !hip.tile<10xf32, #hip.slice<1, #rows>>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c16 : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view : !hip.tile<10xf32, #hip.slice<1, #rows>>, !hip.rows<f32>
  }
  return
}

// -----

// Of two columns a lane keeps one, and folds it with the lane that keeps the other; then both lanes have their column. Warps
// write a row of scratch each, one lane for those that have the same, and meet.
// CHECK-LABEL: func @over_warps
// CHECK: %[[BIT:.*]] = arith.andi %{{.*}}, %c4
// CHECK: %[[UPPER:.*]] = arith.cmpi ne, %[[BIT]], %c0
// CHECK: %[[MINE:.*]] = arith.select %[[UPPER]], %[[HIGH:.*]], %[[LOW:.*]] : f32
// CHECK: %[[OTHER:.*]] = arith.select %[[UPPER]], %[[LOW]], %[[HIGH]] : f32
// CHECK: %[[GOT:.*]], %{{.*}} = gpu.shuffle{{ +}}xor %[[OTHER]], %c4
// CHECK: arith.maxnumf %[[MINE]], %[[GOT]]
// CHECK-COUNT-2: gpu.shuffle{{ +}}xor
// CHECK-NOT: gpu.shuffle
// CHECK: %[[COPY:.*]] = arith.andi %{{.*}}, %c24
// CHECK: arith.cmpi eq, %[[COPY]], %c0
// CHECK: scf.if
// CHECK: llvm.store %{{.*}} : f32, !llvm.ptr<3>
// CHECK: gpu.barrier
// CHECK: %[[W0:.*]] = llvm.load %{{.*}} : !llvm.ptr<3> -> f32
// CHECK: %[[W1:.*]] = llvm.load %{{.*}} : !llvm.ptr<3> -> f32
// CHECK: arith.maxnumf %[[W0]], %[[W1]]
func.func @over_warps(%o: memref<1x1x?xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  hip.tile.kernel grid(%c1) threads(64) (%bx) {
    %scratch = hip.gpu.alloc {offset = 64} : !hip.smem<2x8xf32, pitch = 32>
    %memory = hip.gpu.alloc {offset = 128} : !hip.smem<32x8xf32, pitch = 32>
    %s = hip.gpu.local_load %memory : !hip.smem<32x8xf32, pitch = 32> -> !hip.tile<32x8xf32, #hip.mma<row_warps = 2, column_warps = 1>>
    %m = hip.gpu.reduce <max_number> %s scratch(%scratch)
      : !hip.tile<32x8xf32, #hip.mma<row_warps = 2, column_warps = 1>>,
        !hip.smem<2x8xf32, pitch = 32> -> !hip.tile<8xf32, #hip.threads<64>>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c64 : memref<1x1x?xf32> -> !hip.rows<f32>
    hip.tile.store %m, %view : !hip.tile<8xf32, #hip.threads<64>>, !hip.rows<f32>
  }
  return
}

// -----

// A swizzle moves the 16-byte vectors of a row by the row; padding does not.
// Numbers at known distances share a register, swizzled ones those of whole
// atoms: of eight rows, or of the swizzle's bytes.
// CHECK-LABEL: func @memory
// CHECK: arith.xori
// CHECK: llvm.load %{{.*}} : !llvm.ptr<3> -> i32
// CHECK: llvm.getelementptr %[[AT:.*]][512]
// CHECK: llvm.store %{{.*}} : i32, !llvm.ptr<3>
// CHECK: llvm.getelementptr %[[AT]][516]
func.func @memory() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %a = hip.gpu.alloc {offset = 0} : !hip.smem<16x8xi32, pitch = 32, swizzle = 32>
    %b = hip.gpu.alloc {offset = 512} : !hip.smem<16x8xi32, pitch = 48>
    %t = hip.gpu.local_load %a : !hip.smem<16x8xi32, pitch = 32, swizzle = 32>
      -> !hip.tile<16x8xi32, #hip.mma<row_warps = 1, column_warps = 1>>
    hip.gpu.local_store %t, %b
      : !hip.tile<16x8xi32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x8xi32, pitch = 48>
  }
  return
}

// -----

// Addresses of both gathers first, then their copies in a row, then the commit;
// of a row that is not live 0 bytes.
// CHECK-LABEL: func @group
// CHECK: llvm.load %{{.*}} : !llvm.ptr<3> -> i32
// CHECK: arith.cmpi sge
// CHECK: arith.select %{{.*}}, %c16{{.*}}, %c0{{.*}} : i32
// CHECK: nvvm.cp.async.shared.global %[[K:.*]], %{{.*}}, 16, cache = cg, %{{.*}}
// CHECK-NEXT: nvvm.cp.async.shared.global %[[V:.*]], %{{.*}}, 16, cache = cg, %{{.*}}
// CHECK-NEXT: nvvm.cp.async.commit.group
// CHECK-NEXT: nvvm.cp.async.wait.group 1
func.func @group(%k: memref<1x1x?x8xbf16>, %i: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %rows = hip.gpu.alloc {offset = 0} : !hip.smem<32xi32, pitch = 128>
    %both = hip.gpu.alloc {offset = 128} : !hip.smem<32x8xbf16, pitch = 16, stages = 2>
    %a = hip.gpu.slot %both[%i] : !hip.smem<32x8xbf16, pitch = 16, stages = 2>
    %b = hip.gpu.slot %both[%c1] : !hip.smem<32x8xbf16, pitch = 16, stages = 2>
    %view = hip.tile.view %k[%c0, %c0, %c0] : memref<1x1x?x8xbf16> -> !hip.rows<8xbf16>
    hip.gpu.gather %view rows(%rows), %a {async}
      : !hip.rows<8xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x8xbf16, pitch = 16>
    hip.gpu.gather %view rows(%rows), %b {async}
      : !hip.rows<8xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x8xbf16, pitch = 16>
    hip.gpu.commit
    hip.gpu.wait {pending = 1}
  }
  return
}

// -----

// Accumulators of one product are the left operand of the next; under a mask
// all threads look for NaN and infinity, and then skip them.
// CHECK-LABEL: func @products
// CHECK: scf.for
// CHECK: nvvm.ldmatrix
// CHECK: nvvm.mma.sync
// CHECK: %[[FOUND:.*]] = scf.if %arg2
// CHECK: nvvm.barrier{{.*}}or
// CHECK: scf.if %[[FOUND]]
// CHECK: arith.truncf %{{.*}} : vector<2xf32> to vector<2xbf16>
// CHECK-COUNT-3: nvvm.mma.sync
// CHECK: } else {
// CHECK: nvvm.mma.sync
func.func @products(%o: memref<1x1x?x8xf32>, %x: f32, %masked: i1, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %q = hip.gpu.alloc {offset = 0} : !hip.smem<16x16xbf16, pitch = 48>
    %k = hip.gpu.alloc {offset = 768} : !hip.smem<16x16xbf16, pitch = 48>
    %v = hip.gpu.alloc {offset = 1536} : !hip.smem<16x8xbf16, pitch = 16>
    %zero = hip.tile.splat %x : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    %acc = hip.tile.splat %x : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    %sum = scf.for %i = %c0 to %n step %c1 iter_args(%last = %acc)
        -> (!hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>) {
      %s = hip.gpu.mma <mma_sync> %zero, %q, %k {transpose_b}
        : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>,
          !hip.smem<16x16xbf16, pitch = 48>, !hip.smem<16x16xbf16, pitch = 48>
      %p = hip.tile.map %s : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>> {
      ^bb0(%wide: f32):
        %narrow = arith.truncf %wide : f32 to bf16
        hip.tile.yield %narrow : bf16
      } -> !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>
      %next = hip.gpu.mma <mma_sync> %last, %p, %v skip_zero(%masked)
        : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>,
          !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x8xbf16, pitch = 16>
      scf.yield %next : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    }
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c16 : memref<1x1x?x8xf32> -> !hip.rows<8xf32>
    hip.tile.store %sum, %view
      : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.rows<8xf32>
  }
  return
}

// -----

// Loops carry numbers: one fma for each number and product, operands widened.
// CHECK-LABEL: func @fma
// CHECK: scf.for {{.*}} -> (f32, f32, f32, f32)
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK-COUNT-4: math.fma
func.func @fma(%o: memref<1x1x?x8xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %q = hip.gpu.alloc {offset = 0} : !hip.smem<16x12xbf16, pitch = 24>
    %k = hip.gpu.alloc {offset = 384} : !hip.smem<8x12xf32, pitch = 48>
    %acc = hip.tile.splat %x : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    %s = hip.gpu.mma <fma> %acc, %q, %k {transpose_b}
      : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>,
        !hip.smem<16x12xbf16, pitch = 24>, !hip.smem<8x12xf32, pitch = 48>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c16 : memref<1x1x?x8xf32> -> !hip.rows<8xf32>
    hip.tile.store %s, %view
      : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.rows<8xf32>
  }
  return
}

// -----

// Numbers of one sign: chosen in registers, two at a time, and by fma one by one. NaN stays.
// CHECK-LABEL: func @signs
// CHECK: nvvm.ldmatrix
// CHECK: arith.maximumf %{{.*}}, %{{.*}} : vector<2xbf16>
// CHECK: nvvm.mma.sync
// CHECK: arith.minimumf %{{.*}}, %{{.*}} : f32
// CHECK: math.fma
func.func @signs(%o: memref<1x1x?x8xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %q = hip.gpu.alloc {offset = 0} : !hip.smem<16x16xbf16, pitch = 48>
    %k = hip.gpu.alloc {offset = 768} : !hip.smem<8x16xbf16, pitch = 48>
    %zero = hip.tile.splat %x : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    %high = hip.gpu.mma <mma_sync> %zero, %q, %k {sign = #hip.sign<positive>, transpose_b}
      : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>,
        !hip.smem<16x16xbf16, pitch = 48>, !hip.smem<8x16xbf16, pitch = 48>
    %both = hip.gpu.mma <fma> %high, %q, %k {sign = #hip.sign<negative>, transpose_b}
      : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>,
        !hip.smem<16x16xbf16, pitch = 48>, !hip.smem<8x16xbf16, pitch = 48>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c16 : memref<1x1x?x8xf32> -> !hip.rows<8xf32>
    hip.tile.store %both, %view
      : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.rows<8xf32>
  }
  return
}

// -----

// Folded to fewer columns each thread adds what it has, and exchanges nothing.
// CHECK-LABEL: func @fewer_columns
// CHECK-NOT: nvvm.shfl
// CHECK-COUNT-8: arith.addf
// CHECK-NOT: arith.addf
// CHECK: return
func.func @fewer_columns(%o: memref<1x1x?x8xf32>, %q: memref<1x1x?x24xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %m = hip.gpu.alloc {offset = 0} : !hip.smem<16x24xf32, pitch = 112>
    %t = hip.gpu.local_load %m : !hip.smem<16x24xf32, pitch = 112> -> !hip.tile<16x24xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    %s = hip.tile.reduce <sum> %t {axis = 1 : i64}
      : !hip.tile<16x24xf32, #hip.mma<row_warps = 1, column_warps = 1>> -> !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>
    %view = hip.tile.view %o[%c0, %c0, %c0] to %c16 : memref<1x1x?x8xf32> -> !hip.rows<8xf32>
    hip.tile.store %s, %view
      : !hip.tile<16x8xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.rows<8xf32>
  }
  return
}

// -----

// A thread computes vectors of 16 bytes of what is written, and reads some ahead: 16 x 32 numbers are two vectors of 8 for
// each of 32 threads.
// CHECK-LABEL: func @vectors
// CHECK: %[[A:.*]] = llvm.load %{{.*}} {alignment = 8 : i64} : !llvm.ptr<3> -> vector<8xi8>
// CHECK: %[[B:.*]] = llvm.load %{{.*}} {alignment = 8 : i64} : !llvm.ptr<3> -> vector<8xi8>
// CHECK: %[[WIDE:.*]] = arith.extui %[[A]] : vector<8xi8> to vector<8xi16>
// CHECK: %[[FACTOR:.*]] = vector.broadcast %{{.*}} : i16 to vector<8xi16>
// CHECK: %[[PRODUCT:.*]] = arith.muli %[[WIDE]], %[[FACTOR]] : vector<8xi16>
// CHECK: llvm.store %[[PRODUCT]], %{{.*}} {alignment = 16 : i64} : vector<8xi16>, !llvm.ptr<3>
// CHECK: arith.extui %[[B]]
// CHECK: llvm.store
// CHECK-NOT: llvm.store
func.func @vectors(%factor: i16) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %from = hip.gpu.alloc {offset = 0 : i64} : !hip.smem<16x32xi8, pitch = 48>
    %to = hip.gpu.alloc {offset = 768 : i64} : !hip.smem<16x32xi16, pitch = 80>
    hip.gpu.fill %to from(%from) : !hip.smem<16x32xi16, pitch = 80> from !hip.smem<16x32xi8, pitch = 48> {
    ^bb0(%r: index, %c: index, %x: i8):
      %wide = arith.extui %x : i8 to i16
      %y = arith.muli %wide, %factor : i16
      hip.tile.yield %y : i16
    }
  }
  return
}

// -----

// What depends on its place is computed one by one.
// CHECK-LABEL: func @places
// CHECK: scf.for
// CHECK: llvm.store %{{.*}} : i16, !llvm.ptr<3>
func.func @places() {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%bx) {
    %to = hip.gpu.alloc {offset = 0 : i64} : !hip.smem<16x32xi16, pitch = 80>
    hip.gpu.fill %to : !hip.smem<16x32xi16, pitch = 80> {
    ^bb0(%r: index, %c: index):
      %y = arith.index_cast %c : index to i16
      hip.tile.yield %y : i16
    }
  }
  return
}
