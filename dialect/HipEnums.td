//===- HipEnums.td - Keywords of the hip dialect --------------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_ENUMS_TD
#define HIP_ENUMS_TD

include "mlir/IR/EnumAttr.td"

class Hip_Enum<string name, string text, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, text, cases> {
  let cppNamespace = "::mlir::hip";
  let genSpecializedAttr = 0;
}

class Hip_EnumAttr<EnumAttrInfo info, string name>
    : EnumAttr<Hip_Dialect, info, name> {
  let assemblyFormat = "`<` $value `>`";
}

def Hip_Representative : Hip_Enum<"Representative",
    "which granule stands for a range (S8)",
    [I32EnumAttrCase<"First", 0, "first">,
     I32EnumAttrCase<"Center", 1, "center">,
     I32EnumAttrCase<"Last", 2, "last">]>;
def Hip_RepresentativeAttr
    : Hip_EnumAttr<Hip_Representative, "representative"> {
  let summary = "which granule stands for a range: first, center or last";
  let description = "S8: of n granules from s: s, s + floor(n/2) or s + n - 1.";
}

def Hip_RowReduce : Hip_Enum<"RowReduce",
    "how the rows of a query block are sampled (S9)",
    [I32EnumAttrCase<"Max", 0, "max">, I32EnumAttrCase<"Mean", 1, "mean">]>;
def Hip_RowReduceAttr : Hip_EnumAttr<Hip_RowReduce, "reduce"> {
  let summary = "how the rows of a query block are sampled: max or mean";
  let description = [{
    S9: `max` scores rows 0, q_stride, 2 q_stride, ...; `mean` scores the mean
    of each q_stride consecutive live rows, rounded to the input type.
  }];
}

def Hip_Heads : Hip_Enum<"Heads", "which heads own a list",
    [I32EnumAttrCase<"Query", 0, "query">, I32EnumAttrCase<"Kv", 1, "kv">,
     I32EnumAttrCase<"All", 2, "all">]>;
def Hip_HeadsAttr : Hip_EnumAttr<Hip_Heads, "heads"> {
  let summary = "selection heads: a list for each query head, each KV head, or all";
  let description = [{
    Hs is Hq for `query`, Hkv for `kv`, the default, and 1 for `all`.
  }];
}

def Hip_PathScore : Hip_Enum<"PathScore", "the score a descent reports (S11)",
    [I32EnumAttrCase<"Leaf", 0, "leaf">, I32EnumAttrCase<"Path", 1, "path">]>;
def Hip_PathScoreAttr : Hip_EnumAttr<Hip_PathScore, "path_score"> {
  let summary = "the score a descent reports: leaf or path";
  let description = [{
    S11: `leaf` is the score of the last representative kept, `path` the
    greatest score on the path to it.
  }];
}

def Hip_KvLayout : Hip_Enum<"KvLayout", "order of a stored K or V array",
    [I32EnumAttrCase<"Bhtd", 0, "bhtd">, I32EnumAttrCase<"Bthd", 1, "bthd">]>;
def Hip_KvLayoutAttr : Hip_EnumAttr<Hip_KvLayout, "kv_layout"> {
  let summary = "order of a stored K or V array: bhtd or bthd";
  let description = "b = batch, h = KV heads, t = keys, d = head size.";
}

def Hip_TileReduceKind : Hip_Enum<"TileReduceKind", "how a tile is reduced",
    [I32EnumAttrCase<"Max", 0, "max">, I32EnumAttrCase<"Sum", 1, "sum">,
     I32EnumAttrCase<"MaxNumber", 2, "max_number">]>;
def Hip_TileReduceKindAttr : Hip_EnumAttr<Hip_TileReduceKind, "tile_reduce"> {
  let summary = "how a tile is reduced: max, sum or max_number";
  let description = "`max` propagates NaN, `max_number` ignores it.";
}

def Hip_Boundary : Hip_Enum<"Boundary", "what is read past the end of a view",
    [I32EnumAttrCase<"Zero", 0, "zero">, I32EnumAttrCase<"Clamp", 1, "clamp">]>;
def Hip_BoundaryAttr : Hip_EnumAttr<Hip_Boundary, "boundary"> {
  let summary = "what is read past the end of a view: zero or clamp";
  let description = [{
    `zero`: rows of zeros. `clamp`: the last row again, which leaves maxima over rows unchanged.
  }];
}

def Hip_BlockOrder : Hip_Enum<"BlockOrder", "which query blocks come first",
    [I32EnumAttrCase<"Ascending", 0, "ascending">,
     I32EnumAttrCase<"Descending", 1, "descending">]>;
def Hip_BlockOrderAttr : Hip_EnumAttr<Hip_BlockOrder, "block_order"> {
  let summary = "which query blocks come first: ascending or descending";
  let description = [{
    `descending`: the last one first, because it sees the most keys in causal attention.
  }];
}

def Hip_MatrixUnit : Hip_Enum<"MatrixUnit", "what multiplies matrices on a GPU",
    [I32EnumAttrCase<"Fma", 0, "fma">, I32EnumAttrCase<"MmaSync", 1, "mma_sync">,
     I32EnumAttrCase<"Wgmma", 2, "wgmma">]>;
def Hip_MatrixUnitAttr : Hip_EnumAttr<Hip_MatrixUnit, "matrix_unit"> {
  let summary = "what multiplies matrices on a GPU: fma, mma_sync or wgmma";
  let description = [{
    `fma`: each thread computes its accumulators, one fused multiply-add for each product.
    `mma_sync`: Tensor Cores, m16n8k16 for f16 and bf16, one warp for each instruction.
    `wgmma`: Tensor Cores of sm_90a, m64nNk16 for f16 and bf16, four warps together, with
    operands in shared memory. The table is in `dialect/MatrixUnits.h`.
  }];
}

def Hip_CopyEngine : Hip_Enum<"CopyEngine", "what copies rows to shared memory",
    [I32EnumAttrCase<"CpAsync", 0, "cp_async">, I32EnumAttrCase<"Tma", 1, "tma">]>;
def Hip_CopyEngineAttr : Hip_EnumAttr<Hip_CopyEngine, "copy_engine"> {
  let summary = "what copies rows to shared memory: cp_async or tma";
  let description = [{
    `cp_async`: each thread copies 16-byte vectors of any rows. `tma`: the tensor memory
    accelerator of sm_90a copies boxes of consecutive rows, which a single thread requests.
  }];
}

def Hip_Sign : Hip_Enum<"Sign", "sign of the numbers that are multiplied",
    [I32EnumAttrCase<"Positive", 0, "positive">,
     I32EnumAttrCase<"Negative", 1, "negative">]>;
def Hip_SignAttr : Hip_EnumAttr<Hip_Sign, "sign"> {
  let summary = "sign of the numbers that are multiplied: positive or negative";
  let description = [{
    S10b: `positive` is max(x, 0), `negative` is min(x, 0). NaN stays NaN.
  }];
}

#endif // HIP_ENUMS_TD
