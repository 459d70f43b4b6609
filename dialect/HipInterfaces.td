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
    What every pruning policy defines: the geometry of its candidates (S3) and
    of the block list that it makes (S16).
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
    InterfaceMethod<"The most keys kept, or ShapedType::kDynamic for all.",
                    "int64_t", "getKeptKeys", (ins)>,
    InterfaceMethod<"Capacity in blocks of a list for this many keys (S16); "
                    "ShapedType::kDynamic if it is known only at run time.",
                    "int64_t", "getListCapacity", (ins "int64_t":$keys), "", [{
      return ::mlir::hip::capacityFor($_attr.getKeptKeys(),
                                      $_attr.getListBlockK(), keys);
    }]>,
    InterfaceMethod<"Whether the policy makes a list at all.",
                    "bool", "makesList", (ins), "", "return true;">,
    InterfaceMethod<"What the number of sink keys has to be a multiple of (S3).",
                    "::mlir::hip::SinkUnit", "getSinkUnit", (ins), "", [{
      return ::mlir::hip::SinkUnit{$_attr.getListBlockK(), "block_k"};
    }]>,
    InterfaceMethod<"Whether no step can drop one of this many candidates.",
                    "bool", "keepsAll", (ins "int64_t":$candidates)>,
    InterfaceMethod<"Levels of bounds, each of which reads a summary of the keys "
                    "(S14b).",
                    "::llvm::SmallVector<::mlir::hip::Level>",
                    "getSummaryLevels", (ins), "", "return {};">,
    InterfaceMethod<"Makes the steps of the search and returns {blocks, counts}.",
                    "::llvm::SmallVector<::mlir::Value>", "expand",
                    (ins "::mlir::hip::PruneSteps &":$steps)>
  ];
}

def Hip_ScoreAttr : AttrInterface<"ScoreAttrInterface"> {
  let cppNamespace = "::mlir::hip";
  let summary = "how a range of keys is scored";
  let description = [{
    A kind of `hip.score`. Its lowerings to loops and to a tile program are written where
    these visit all kinds (`dialect/HipScores.h`).
  }];
  let methods = [
    InterfaceMethod<"Rejects a `hip.score` whose arrays or attributes this kind cannot "
                    "read. By default keys have four dimensions.",
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
    InterfaceMethod<"Maps registers of threads to elements of a tile of `shape`.",
                    "::mlir::hip::layout::Layout", "getLayout",
                    (ins "::llvm::ArrayRef<int64_t>":$shape)>
  ];
}

#endif // HIP_INTERFACES_TD
