//===- HipInterfaces.td - Interfaces of the hip dialect -------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_INTERFACES_TD
#define HIP_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Hip_PolicyAttr : AttrInterface<"PolicyAttrInterface"> {
  let cppNamespace = "::mlir::hip";
  let summary = "a pruning policy";
  let description = [{
    What every pruning policy tells (spec section 4): the geometry of its
    candidates (S3) and of the block list it makes (S16).
  }];
  let methods = [
    InterfaceMethod<"Coarsest chunk in keys: c of S3.",
                    "int64_t", "getChunk", (ins)>,
    InterfaceMethod<"Query rows that share the band: block_q of the first stage.",
                    "int64_t", "getBandBlockQ", (ins)>,
    InterfaceMethod<"Query rows that share a list: block_q of the last stage.",
                    "int64_t", "getListBlockQ", (ins)>,
    InterfaceMethod<"Keys in a block of the list: b_k.",
                    "int64_t", "getListBlockK", (ins)>,
    InterfaceMethod<"Keys kept at most, or ShapedType::kDynamic for all.",
                    "int64_t", "getKeptKeys", (ins)>,
    InterfaceMethod<"Blocks that a list has room for, of so many keys (S16); "
                    "ShapedType::kDynamic where only a run knows.",
                    "int64_t", "getListRoom", (ins "int64_t":$keys), "", [{
      return ::mlir::hip::roomFor($_attr.getKeptKeys(),
                                  $_attr.getListBlockK(), keys);
    }]>,
    InterfaceMethod<"Whether the policy makes a list at all.",
                    "bool", "makesList", (ins), "", "return true;">,
    InterfaceMethod<"What the number of sink keys has to be a multiple of (S3).",
                    "::mlir::hip::SinkUnit", "getSinkUnit", (ins), "", [{
      return ::mlir::hip::SinkUnit{$_attr.getListBlockK(), "block_k"};
    }]>,
    InterfaceMethod<"Whether no step can drop one of so many candidates.",
                    "bool", "keepsAll", (ins "int64_t":$candidates)>,
    InterfaceMethod<"Levels of bounds, each of which reads a summary of the keys "
                    "(S14b).",
                    "::llvm::SmallVector<::mlir::hip::Level>",
                    "getSummaryLevels", (ins), "", "return {};">,
    InterfaceMethod<"Makes the steps of the search and gives {blocks, counts}.",
                    "::llvm::SmallVector<::mlir::Value>", "expand",
                    (ins "::mlir::hip::PruneSteps &":$steps)>
  ];
}

def Hip_ScoreAttr : AttrInterface<"ScoreAttrInterface"> {
  let cppNamespace = "::mlir::hip";
  let summary = "what a range of keys is scored by";
  let description = [{
    A kind of `hip.score`. Its rule as loops and as a tile program is where the lowerings
    visit all kinds (`dialect/HipScores.h`).
  }];
  let methods = [
    InterfaceMethod<"Refuses a `hip.score` whose arrays or attributes are not what this "
                    "kind reads; keys of four dimensions where a kind does not say.",
                    "::llvm::LogicalResult", "verifyScore",
                    (ins "::mlir::Operation *":$op), "",
                    "return ::mlir::hip::verifyKeyScore($_attr, op);">
  ];
  let constBuilderCall = "$0";
}

def Hip_RegisterLayoutAttr : AttrInterface<"RegisterLayoutAttrInterface"> {
  let cppNamespace = "::mlir::hip";
  let summary = "where the elements of a tile are in the registers of threads";
  let methods = [
    InterfaceMethod<"Registers of threads to elements of a tile of `shape`.",
                    "::mlir::hip::layout::Layout", "getLayout",
                    (ins "::llvm::ArrayRef<int64_t>":$shape)>
  ];
}

#endif // HIP_INTERFACES_TD
