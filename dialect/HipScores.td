//===- HipScores.td - What a range of keys is scored by -------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_SCORES_TD
#define HIP_SCORES_TD

include "dialect/HipBase.td"
include "dialect/HipInterfaces.td"
include "mlir/IR/AttrTypeBase.td"

// A kind of `hip.score`.
class Hip_Score<string name, string attrMnemonic, list<string> overrides = []>
    : Hip_Attr<name # "Score", attrMnemonic,
        [DeclareAttrInterfaceMethods<Hip_ScoreAttr, overrides>]>;

def Hip_TokenScoreAttr : Hip_Score<"Token", "token"> {
  let summary = "A range's score by single keys";
  let description = [{
    S10: the greatest dot product with a sampled key of the representative granule.

    Example: `#hip.token`.
  }];
}

def Hip_MeanScoreAttr : Hip_Score<"Mean", "mean"> {
  let summary = "A range's score by the mean of its keys";
  let description = [{
    S10c: the product with the mean of the sampled keys of the representative granule, as
    MoBA (arXiv 2502.13189) pools blocks: products are summed key by key, each from the
    sum of those before, and divided by the number of keys.

    Example: `#hip.mean`.
  }];
}

def Hip_BoxScoreAttr : Hip_Score<"Box", "box", ["verifyScore"]> {
  let summary = "A range's score by a bound from a box around its keys";
  let description = [{
    S10b: the upper bound from the elementwise minimum and maximum of the range's keys.
    `keys` is the number of keys of a box: the granule of the `hip.summarize`.

    Example: `#hip.box<64>`.
  }];
  let parameters = (ins "int64_t":$keys);
  let assemblyFormat = "`<` $keys `>`";
  let genVerifyDecl = 1;
}

#endif // HIP_SCORES_TD
