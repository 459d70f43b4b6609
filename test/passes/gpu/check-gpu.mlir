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
