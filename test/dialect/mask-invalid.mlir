// RUN: hip-opt %s --split-input-file --verify-diagnostics

// S3 chunk
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x1x4x8xi32>, %n: memref<1x1x4xi32>) {
  // expected-error @below {{S3: band chunk = 16 is not a multiple of block_k = 32; use 32}}
  hip.mask_blocks ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>) outs(%o, %n : memref<1x1x4x8xi32>, memref<1x1x4xi32>)
    band #hip.band<block_q = 64, chunk = 16>
    mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %m = arith.cmpi sle, %j, %i : index
      hip.yield %m : i1
    } {block_q = 64, block_k = 32}
  return
}

// -----
// S5 counts of other lists
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x1x4x8xi32>, %n: memref<1x1x3xi32>) {
  // expected-error @below {{S5: counts dimension 2 is 3, but the same dimension of the list is 4}}
  hip.mask_blocks ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>) outs(%o, %n : memref<1x1x4x8xi32>, memref<1x1x3xi32>)
    band #hip.band<block_q = 64, chunk = 32>
    mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %m = arith.cmpi sle, %j, %i : index
      hip.yield %m : i1
    } {block_q = 64, block_k = 32}
  return
}

// -----
// S16 heads of the lists
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x3x4x8xi32>, %n: memref<1x3x4xi32>) {
  // expected-error @below {{S16: the list has 3 selection heads, but it takes 8 (one per query head), 2 (one per key head) or 1 (one for all)}}
  hip.mask_blocks ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>) outs(%o, %n : memref<1x3x4x8xi32>, memref<1x3x4xi32>)
    band #hip.band<block_q = 64, chunk = 32>
    mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %m = arith.cmpi sle, %j, %i : index
      hip.yield %m : i1
    } {block_q = 64, block_k = 32}
  return
}

// -----
// S16c room
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x1x4x7xi32>, %n: memref<1x1x4xi32>) {
  // expected-error @below {{S16c: the result holds 7 blocks, but there may be 8; make its dimension 3 at least that}}
  hip.mask_blocks ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>) outs(%o, %n : memref<1x1x4x7xi32>, memref<1x1x4xi32>)
    band #hip.band<block_q = 64, chunk = 32>
    mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %m = arith.cmpi sle, %j, %i : index
      hip.yield %m : i1
    } {block_q = 64, block_k = 32}
  return
}

// -----
// S16c no block
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x1x4x8xi32>, %n: memref<1x1x4xi32>) {
  // expected-error @below {{S16c: the mask region has one block, got 0}}
  hip.mask_blocks ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>) outs(%o, %n : memref<1x1x4x8xi32>, memref<1x1x4xi32>)
    band #hip.band<block_q = 64, chunk = 32>
    mask {
    } {block_q = 64, block_k = 32}
  return
}

// -----
// S16c arguments
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x1x4x8xi32>, %n: memref<1x1x4xi32>) {
  // expected-error @below {{S16c: the mask region takes (b, h, i, j index), got ('f32', 'index')}}
  hip.mask_blocks ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>) outs(%o, %n : memref<1x1x4x8xi32>, memref<1x1x4xi32>)
    band #hip.band<block_q = 64, chunk = 32>
    mask {
    ^bb0(%s: f32, %b: index):
      %m = arith.constant true
      hip.yield %m : i1
    } {block_q = 64, block_k = 32}
  return
}

// -----
// S16c type
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x1x4x8xi32>, %n: memref<1x1x4xi32>) {
  // expected-error @below {{S16c: the mask region yields 'i1', got 'f32'}}
  hip.mask_blocks ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>) outs(%o, %n : memref<1x1x4x8xi32>, memref<1x1x4xi32>)
    band #hip.band<block_q = 64, chunk = 32>
    mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %m = arith.constant 1.0 : f32
      hip.yield %m : f32
    } {block_q = 64, block_k = 32}
  return
}

// -----
// S16c end
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x1x4x8xi32>, %n: memref<1x1x4xi32>) {
  // expected-error @below {{S16c: the mask region ends with hip.yield}}
  hip.mask_blocks ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>) outs(%o, %n : memref<1x1x4x8xi32>, memref<1x1x4xi32>)
    band #hip.band<block_q = 64, chunk = 32>
    mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %m = arith.constant true
      scf.yield
    } {block_q = 64, block_k = 32}
  return
}

// -----
// S18 ops
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x1x4x8xi32>, %n: memref<1x1x4xi32>) {
  // expected-error @below {{S18: the mask region has gpu.thread_id, which a mask may not contain; use arith, scf.if, scf.for, loads and what S18b has of math}}
  hip.mask_blocks ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>) outs(%o, %n : memref<1x1x4x8xi32>, memref<1x1x4xi32>)
    band #hip.band<block_q = 64, chunk = 32>
    mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %t = gpu.thread_id x
      %m = arith.cmpi sle, %j, %t : index
      hip.yield %m : i1
    } {block_q = 64, block_k = 32}
  return
}

// -----
// S18b numbers
func.func @f(%q: memref<1x8x256x64xf16>, %k: memref<1x2x256x64xf16>, %o: memref<1x1x4x8xi32>, %n: memref<1x1x4xi32>) {
  // expected-error @below {{S18b: arith.index_cast of the mask region gives 'i128', but the numbers of a mask are f16, bf16, f32, f64, index and integers of up to 64 bits}}
  hip.mask_blocks ins(%q, %k : memref<1x8x256x64xf16>, memref<1x2x256x64xf16>) outs(%o, %n : memref<1x1x4x8xi32>, memref<1x1x4xi32>)
    band #hip.band<block_q = 64, chunk = 32>
    mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %t = arith.index_cast %j : index to i128
      %m = arith.cmpi eq, %t, %t : i128
      hip.yield %m : i1
    } {block_q = 64, block_k = 32}
  return
}
