// RUN: hip-opt %s --split-input-file --verify-diagnostics

// S18 score region
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S18: the score region takes (score f32, b, h, i, j index), got ('f32')}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64>
    score {
    ^bb0(%s: f32):
      hip.yield %s : f32
    } -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 type
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S18: the score region yields 'f32', got 'i1'}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64>
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %m = arith.constant true
      hip.yield %m : i1
    } -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 softcap and region
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S18: takes softcap or a score region, not both}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64>
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      hip.yield %s : f32
    } {softcap = 1.0 : f32} -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 blocks of the score region
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S18: the score region has one block, got 2}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64>
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      cf.br ^bb1
    ^bb1:
      hip.yield %s : f32
    } -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 end of the score region
func.func @f(%q: tensor<1x8x64x64xf16>, %k: tensor<1x2x64x64xf16>) {
  // expected-error @below {{S18: the score region ends with hip.yield}}
  hip.attention ins(%q, %k, %k : tensor<1x8x64x64xf16>, tensor<1x2x64x64xf16>, tensor<1x2x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64>
    score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %0 = arith.addf %s, %s : f32
    } -> tensor<1x8x64x64xf16>
  return
}

// -----
// S18 hip.yield belongs to a score region
func.func @f(%s: f32) {
  // expected-error @below {{expects parent op to be one of 'hip.attention, hip.block_sparse_attention, hip.mask_blocks'}}
  hip.yield %s : f32
}

// -----

// S18 ops of the score region
func.func @f(%q: tensor<1x8x64x64xf16>) -> tensor<1x8x64x64xf16> {
  // expected-error @below {{S18: the score region has index.divs, which a score may not contain; use arith, scf.if, scf.for, loads and what S18b has of math}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %x = index.divs %i, %h
      hip.yield %s : f32
    } -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// -----

// S18 stores of the score region
func.func @f(%q: tensor<1x8x64x64xf16>, %m: memref<64xf32>) -> tensor<1x8x64x64xf16> {
  // expected-error @below {{S18: the score region has memref.store}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      memref.store %s, %m[%i] : memref<64xf32>
      hip.yield %s : f32
    } -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// -----

// S18b powers of integers
func.func @f(%q: tensor<1x8x64x64xf16>) -> tensor<1x8x64x64xf16> {
  // expected-error @below {{S18: the score region has math.ipowi, which a score may not contain; use arith, scf.if, scf.for, loads and what S18b has of math}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %x = math.ipowi %i, %j : index
      hip.yield %s : f32
    } -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// -----

// S18b wide integers
func.func @f(%q: tensor<1x8x64x64xf16>) -> tensor<1x8x64x64xf16> {
  // expected-error @below {{S18b: arith.index_cast of the score region gives 'i128', but the numbers of a score are f16, bf16, f32, f64, index and integers of up to 64 bits}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %x = arith.index_cast %i : index to i128
      hip.yield %s : f32
    } -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// -----

// S18b narrow floats, in a nested region
func.func @f(%q: tensor<1x8x64x64xf16>) -> tensor<1x8x64x64xf16> {
  // expected-error @below {{S18b: arith.truncf of the score region gives 'f8E4M3FN', but the numbers of a score are}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %c = arith.cmpi ult, %i, %j : index
      scf.if %c {
        %x = arith.truncf %s : f32 to f8E4M3FN
      }
      hip.yield %s : f32
    } -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}

// -----

// S18b math of another float
func.func @f(%q: tensor<1x8x64x64xf16>) -> tensor<1x8x64x64xf16> {
  // expected-error @below {{S18b: math.exp2 of the score region is of 'f64', but math is of f32 there; convert by arith.truncf or arith.extf}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>, tensor<1x8x64x64xf16>)
    outs(%q : tensor<1x8x64x64xf16>) policy #hip.dense<block_q = 64> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %x = arith.extf %s : f32 to f64
      %y = math.exp2 %x : f64
      hip.yield %s : f32
    } -> tensor<1x8x64x64xf16>
  return %0 : tensor<1x8x64x64xf16>
}
