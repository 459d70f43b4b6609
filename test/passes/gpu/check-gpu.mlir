// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-check-gpu
// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-to-ptx -o /dev/null

func.func @values(%q: tensor<1x1x?x64xf16>, %v: tensor<1x1x?x50xf16>) -> tensor<1x1x?x50xf16> {
  // expected-error @below {{'hip.attention' op S18: the head size of the values is 50, but a GPU takes multiples of 8; pad values and out to 56, or run on the CPU}}
  %0 = hip.attention ins(%q, %q, %v : tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x50xf16>)
    outs(%v : tensor<1x1x?x50xf16>) policy #hip.dense<block_q = 64> -> tensor<1x1x?x50xf16>
  return %0 : tensor<1x1x?x50xf16>
}

// -----

// Queries and keys of any head size are multiplied.
func.func @queries(%q: tensor<1x1x?x46xf16>, %v: tensor<1x1x?x64xf16>) -> tensor<1x1x?x64xf16> {
  %0 = hip.attention ins(%q, %q, %v : tensor<1x1x?x46xf16>, tensor<1x1x?x46xf16>, tensor<1x1x?x64xf16>)
    outs(%v : tensor<1x1x?x64xf16>) policy #hip.dense<block_q = 64> -> tensor<1x1x?x64xf16>
  return %0 : tensor<1x1x?x64xf16>
}

// -----

func.func @long(%q: tensor<1x1x?x2048xf16>) -> tensor<1x1x?x2048xf16> {
  // expected-error @below {{'hip.attention' op S1: the head size of the queries is 2048, but a GPU takes 1 to 1024; run on the CPU}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x1x?x2048xf16>, tensor<1x1x?x2048xf16>, tensor<1x1x?x2048xf16>)
    outs(%q : tensor<1x1x?x2048xf16>) policy #hip.dense<block_q = 64> -> tensor<1x1x?x2048xf16>
  return %0 : tensor<1x1x?x2048xf16>
}

// -----

func.func @scored(%q: tensor<1x1x?x1xf32>, %v: tensor<1x1x?x8xf32>) -> tensor<1x1x?x8xf32> {
  // expected-error @below {{'hip.attention' op S1: the head size of the queries is 1, but a GPU takes 2 to 1024}}
  %0 = hip.attention ins(%q, %q, %v : tensor<1x1x?x1xf32>, tensor<1x1x?x1xf32>, tensor<1x1x?x8xf32>)
    outs(%v : tensor<1x1x?x8xf32>) policy #hip.tree<block_q = 64, block_k = 2, keep = 8> -> tensor<1x1x?x8xf32>
  return %0 : tensor<1x1x?x8xf32>
}

// -----

func.func @score(%q: tensor<1x1x?x64xf16>) -> tensor<1x1x?x64xf16> {
  // expected-error @below {{S18b: a GPU has no instructions for math.sin of the score region; compose it of those that S18b lists for a GPU, or run on the CPU}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    outs(%q : tensor<1x1x?x64xf16>) policy #hip.dense<block_q = 64> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %x = math.sin %s : f32
      hip.yield %x : f32
    } -> tensor<1x1x?x64xf16>
  return %0 : tensor<1x1x?x64xf16>
}

// -----

func.func @remainder(%q: tensor<1x1x?x64xf16>) -> tensor<1x1x?x64xf16> {
  // expected-error @below {{S18b: a GPU has no instructions for arith.remf of the score region}}
  %0 = hip.attention ins(%q, %q, %q : tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    outs(%q : tensor<1x1x?x64xf16>) policy #hip.dense<block_q = 64> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %c = arith.constant 2.0 : f32
      %x = arith.remf %s, %c : f32
      hip.yield %x : f32
    } -> tensor<1x1x?x64xf16>
  return %0 : tensor<1x1x?x64xf16>
}

// -----

func.func @mask(%q: tensor<1x1x?x64xf16>, %o: tensor<1x1x?x?xi32>, %n: tensor<1x1x?xi32>) {
  // expected-error @below {{S18b: a GPU has no instructions for math.sin of the mask region; compose it of those}}
  %0:2 = hip.mask_blocks ins(%q, %q : tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    outs(%o, %n : tensor<1x1x?x?xi32>, tensor<1x1x?xi32>) band #hip.band<block_q = 64, chunk = 32> mask {
    ^bb0(%b: index, %h: index, %i: index, %j: index):
      %c = arith.constant 1.0 : f32
      %x = math.sin %c : f32
      %m = arith.cmpf ogt, %x, %c : f32
      hip.yield %m : i1
    } {block_q = 64, block_k = 32} -> tensor<1x1x?x?xi32>, tensor<1x1x?xi32>
  return
}

// -----

// What S18b lists for a GPU.
func.func @scores(%q: tensor<1x1x?x64xf16>) -> tensor<1x1x?x64xf16> {
  %0 = hip.attention ins(%q, %q, %q : tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    outs(%q : tensor<1x1x?x64xf16>) policy #hip.dense<block_q = 64> score {
    ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
      %0 = math.absf %s : f32
      %1 = math.ceil %0 : f32
      %2 = math.copysign %1, %s : f32
      %3 = math.exp %2 : f32
      %4 = math.exp2 %3 : f32
      %5 = math.floor %4 : f32
      %6 = math.fma %5, %s, %0 : f32
      %7 = math.log %6 : f32
      %8 = math.log2 %7 : f32
      %9 = math.roundeven %8 : f32
      %10 = math.rsqrt %9 : f32
      %11 = math.sqrt %10 : f32
      %12 = math.tanh %11 : f32
      %13 = math.trunc %12 : f32
      hip.yield %13 : f32
    } -> tensor<1x1x?x64xf16>
  return %0 : tensor<1x1x?x64xf16>
}
