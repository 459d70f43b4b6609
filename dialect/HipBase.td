//===- HipBase.td - The hip dialect and its base classes ------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_BASE_TD
#define HIP_BASE_TD

include "mlir/IR/OpBase.td"

def Hip_Dialect : Dialect {
  let name = "hip";
  let cppNamespace = "::mlir::hip";
  let summary = "Hierarchically pruned (HiP) attention and related methods";
  let description = [{
    Hierarchical pruning of keys, and attention to those that remain, as in HiP
    Attention (Lee et al., arXiv 2406.09827) and InfiniteHiP (arXiv 2502.08910).

    The logical order of every dense array is `[batch, heads, rows, head size]`;
    strides are free at run time and the last dimension is dense. Every op is
    destination style: it writes its `outs` and, on tensors, returns them.

    Range lists (S5) are ordinary i32 arrays: `ranges [B, Hs, M, N, 2]` of
    (start, length) in granules counted from key 0, and `counts [B, Hs, M]`.
    Entries past a count are unspecified and never read. Rules S1 to S24 are in
    `docs/semantics.md`.
  }];
  let hasOperationAttrVerify = 1;
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
    void registerTypes();
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

class Hip_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Hip_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

class Hip_Type<string name, string typeMnemonic, list<Trait> traits = []>
    : TypeDef<Hip_Dialect, name, traits> {
  let mnemonic = typeMnemonic;
}

// Attributes without a dialect's prefix are those of the op, and sizes are
// numbers that positions can be (S5).
def Hip_WellFormed : NativeOpTrait<"WellFormed"> {
  let cppNamespace = "::mlir::hip";
}

// `attr-dict` of an op that has a place of their own for the attributes `besides`, or for
// groups of operands: what is written there would win over what is written here.
class Hip_Attributes<list<string> besides = []> {
  list<string> quoted = !foreach(name, besides, "\\\"" # name # "\\\"");
  string text = "attr-dict `` custom<Besides>(ref(attr-dict), \"{"
                # !interleave(quoted, ", ") # "}\")";
}

class Hip_Op<string mnemonic, list<Trait> traits = []>
    : Op<Hip_Dialect, mnemonic, !listconcat([Hip_WellFormed], traits)>;

#endif // HIP_BASE_TD
