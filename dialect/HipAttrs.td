//===- HipAttrs.td - Policies and the band --------------------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_ATTRS_TD
#define HIP_ATTRS_TD

include "dialect/HipBase.td"
include "dialect/HipEnums.td"
include "dialect/HipInterfaces.td"
include "dialect/HipScores.td"
include "mlir/IR/AttrTypeBase.td"

class Hip_Policy<string name, string attrMnemonic, list<string> overrides = []>
    : Hip_Attr<name, attrMnemonic,
        [DeclareAttrInterfaceMethods<Hip_PolicyAttr, overrides>]> {
  let genVerifyDecl = 1;
  // Parameters may be left out, all with their `<>`; the printer writes what
  // programs differ in.
  let hasCustomAssemblyFormat = 1;
}

def Hip_TreeAttr : Hip_Policy<"Tree", "tree"> {
  let summary = "HiP: a tree search over the keys";
  let description = [{
    S13, arXiv 2406.09827. Partition the candidates into keep / block_k chunks,
    then, until each range is one block: split in two, score, select keep / block_k.
    c = block_k.

    Example: `#hip.tree<block_q = 64, block_k = 2, keep = 512>`, for which `#hip.tree` is
    short.
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "64">:$block_q,
    DefaultValuedParameter<"int64_t", "2">:$block_k,
    DefaultValuedParameter<"int64_t", "512">:$keep,
    DefaultValuedParameter<"Representative", "Representative::Center">
      :$representative,
    DefaultValuedParameter<"int64_t", "1">:$q_stride,
    DefaultValuedParameter<"int64_t", "1">:$k_stride,
    DefaultValuedParameter<"RowReduce", "RowReduce::Max">:$reduce);
}

def Hip_StagesAttr : Hip_Policy<"Stages", "stages"> {
  let summary = "InfiniteHiP: stages of descents, coarse to fine";
  let description = [{
    S14, arXiv 2502.08910. A stage is (block_q, chunk, keep, q_stride); keep is
    in keys, or `all`. Each stage descends inside every chunk, selects
    keep / chunk of them and splits those into the chunks of the next stage.
    c = the first chunk.

    Example: `#hip.stages<[(64, 256, 32768, 4), (64, 32, 8192, 4), (64, 8, 2048, 1)]>`;
    `#hip.stages` is short for
    `#hip.stages<[(64, 64, 8192, 4), (64, 16, 2048, 2), (64, 4, 512, 1)]>`.
  }];
  let parameters = (ins
    ArrayRefParameter<"Stage">:$stages,
    DefaultValuedParameter<"int64_t", "1">:$granule,
    DefaultValuedParameter<"Representative", "Representative::First">
      :$representative,
    DefaultValuedParameter<"int64_t", "1">:$k_stride,
    DefaultValuedParameter<"PathScore", "PathScore::Leaf">:$score,
    DefaultValuedParameter<"RowReduce", "RowReduce::Max">:$reduce);
}

def Hip_BoxesAttr : Hip_Policy<"Boxes", "boxes", ["getSinkUnit", "getSummaryLevels"]> {
  let summary = "Bounds first, exact scores inside what they keep";
  let description = [{
    S14b. A level is (box, keys kept): score each box of keys by an upper bound of its
    dot products and keep the best. Finally score every key of each block exactly and
    keep `keep` keys. c = the first box.

    Example: `#hip.boxes<block_q = 64, block_k = 8, levels = [(64, 2048)], keep = 512>`,
    for which `#hip.boxes` is short.
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "64">:$block_q,
    DefaultValuedParameter<"int64_t", "8">:$block_k,
    ArrayRefParameter<"Level">:$levels,
    DefaultValuedParameter<"int64_t", "512">:$keep,
    DefaultValuedParameter<"int64_t", "1">:$q_stride);
}

def Hip_WindowAttr : Hip_Policy<"Window", "window", ["makesList"]> {
  let summary = "Sinks and a window, without candidates";
  let description = [{
    S15, StreamingLLM (arXiv 2309.17453): only sinks and band are attended.

    Example: `#hip.window<block_q = 64>`, for which `#hip.window` is short.
  }];
  let parameters = (ins DefaultValuedParameter<"int64_t", "64">:$block_q);
}

def Hip_DenseAttr : Hip_Policy<"Dense", "dense", ["makesList"]> {
  let summary = "All candidates are kept";
  let description = [{
    S15: every visible key is attended. `block_q` is the number of query rows of a tile.
    If it is left out, `hip-schedule` chooses one; in a union it is that of the other parts.

    Example: `#hip.dense`, `#hip.dense<block_q = 64>`.
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "::mlir::hip::kAllRows">:$block_q);
}

def Hip_UnionAttr
    : Hip_Policy<"Union", "union",
                 ["getSinkUnit", "getSummaryLevels", "makesList"]> {
  let summary = "Everything that at least one of several policies keeps";
  let description = [{
    S14c. All parts search the same candidates, and a block is kept if any part keeps it.
    The parts have the same block_q; c is the least common multiple of theirs, block_k
    the greatest common divisor, keep the sum. Any policy can be a part except `window`,
    which keeps nothing; with `dense` everything is kept. The order of parts does not
    matter, a union among them is flattened, and a repeated part counts once.
    Parts may be written without `#hip.`.

    Example: `#hip.union<[#hip.tree<keep = 448>, #hip.boxes<keep = 64>]>`.
  }];
  let parameters = (ins
    ArrayRefParameter<"::mlir::hip::PolicyAttrInterface">:$parts);
  let skipDefaultBuilders = 1;
  let builders = [
    AttrBuilder<(ins "::llvm::ArrayRef<::mlir::hip::PolicyAttrInterface>":$parts), [{
      return $_get($_ctxt, ::mlir::hip::distinctParts(parts));
    }]>
  ];
}

def Hip_AutoAttr
    : Hip_Policy<"Auto", "auto",
                 ["getSinkUnit", "getSummaryLevels", "makesList"]> {
  let summary = "Every key as long as that is fast, else a policy";
  let description = [{
    S14d. Calls on up to `until` keys attend to all of them, as `dense` does; so do calls of
    at most 16 query rows, such as decode steps, on up to `step_until` keys. Beyond that,
    `policy` prunes. The number of keys is the capacity Tk. Only `hip.attention` takes this
    policy, since there may be no list. The defaults are the lengths at which dense attention
    and the default policy take equally long on an H200.

    Example: `#hip.auto<#hip.tree<keep = 448>, until = 16384, step_until = 131072>`, for
    which `#hip.auto<tree<keep = 448>>` is short.
  }];
  let parameters = (ins "::mlir::hip::PolicyAttrInterface":$policy,
                        DefaultValuedParameter<"int64_t", "16384">:$until,
                        DefaultValuedParameter<"int64_t", "131072">:$step_until);
  let extraClassDeclaration = [{
    /// The most query rows of a call that counts as a step.
    static constexpr int64_t kStepRows = 16;
  }];
}

def Hip_BandAttr : Hip_Attr<"Band", "band"> {
  let summary = "Which keys are sinks, candidates and band";
  let description = [{
    The geometry of S2 and S3. Sinks are keys [0, sink); the band of a query
    block starts at
    `E = sink + floor(max(0, p_min + 1 - window - sink) / chunk) * chunk`;
    candidates are [sink, E). `block_q` query rows share one E. If an op has `sink` or
    `window` as an operand, the attribute has 0 instead.

    Example: `#hip.band<block_q = 64, chunk = 2, sink = 128, window = 1024, causal = true>`.
  }];
  let parameters = (ins
    "int64_t":$block_q, "int64_t":$chunk,
    DefaultValuedParameter<"int64_t", "0">:$sink,
    DefaultValuedParameter<"int64_t", "0">:$window,
    DefaultValuedParameter<"bool", "true">:$causal);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// E of S3 for a query block whose first position is `firstPosition`.
    int64_t getBandStart(int64_t firstPosition) const;
    /// The most sinks that a call may request: a multiple of the chunk (S3).
    int64_t getMostSinks() const;
    /// This band with the sink and window of a call, clamped and rounded (S3).
    BandAttr with(std::optional<int64_t> sink, std::optional<int64_t> window) const;
  }];
}

def Hip_ScheduleAttr : Hip_Attr<"Schedule", "schedule"> {
  let summary = "Sizes of the kernel that an op becomes";
  let description = [{
    `threads` is the size of a thread block (1 on a CPU), `rows` the most query rows of a
    tile of scores, `columns` the number of keys or ranges of a tile. A kernel has at most
    1024 threads, and a tile at most 1024 rows and 1024 columns.

    `split_keys` is for attention with few query rows, where those of all heads that share
    keys fit one tile of `split_rows` rows: thread blocks work on `split_keys` keys each, in
    parallel, and their partial results are merged (S21). The grid begins with the last
    query block (`order = descending`) or with the first.

    For steps on lists: `few_rows` is the most rows that the query has, or 0 for any
    number. `min_blocks` is the number of thread blocks of a kernel of several fused steps
    that have to fit a multiprocessor, or 0 for any number.

    On a GPU, loops keep the rows of `stages` iterations in shared memory, as far as it has
    the capacity, and so prefetch; with 1 they do not. Rows in shared memory are padded or,
    if `swizzled` is set and their bytes are a multiple of 32, swizzled. With
    `producers = n`, n more threads only copy rows for loops (warp specialization), and
    `threads` counts those that compute. `unit` is the best matrix unit that the kernel may
    use. With `engine = tma`, producers copy boxes of rows where rows come from an array in
    runs (`hip.tile.gather`), and single rows elsewhere. With `persistent = n` there are at
    most n thread blocks, each of which does the work of several, one after another. With
    `cluster = n`, a cluster of n thread blocks works on each list (`hip-cluster`).

    `hip-multiversion` and `hip-schedule` set it as `hip.schedule` on the op. `hip-tile`
    reads it and attaches it to the kernel, for the passes that fuse kernels and for those
    of the device level.

    Example: `#hip.schedule<threads = 128, rows = 64, columns = 64>`.
  }];
  let parameters = (ins "int64_t":$threads, "int64_t":$rows, "int64_t":$columns,
    DefaultValuedParameter<"int64_t", "0">:$split_keys,
    DefaultValuedParameter<"int64_t", "0">:$split_rows,
    DefaultValuedParameter<"int64_t", "0">:$few_rows,
    DefaultValuedParameter<"int64_t", "0">:$min_blocks,
    DefaultValuedParameter<"::mlir::hip::BlockOrder",
                           "::mlir::hip::BlockOrder::Descending">:$order,
    DefaultValuedParameter<"int64_t", "2">:$stages,
    DefaultValuedParameter<"bool", "false">:$swizzled,
    DefaultValuedParameter<"int64_t", "0">:$producers,
    DefaultValuedParameter<"::mlir::hip::MatrixUnit",
                           "::mlir::hip::MatrixUnit::MmaSync">:$unit,
    DefaultValuedParameter<"::mlir::hip::CopyEngine",
                           "::mlir::hip::CopyEngine::CpAsync">:$engine,
    DefaultValuedParameter<"int64_t", "0">:$persistent,
    DefaultValuedParameter<"int64_t", "1">:$cluster);
  let builders = [AttrBuilder<(ins "int64_t":$threads, "int64_t":$rows,
                                   "int64_t":$columns, "int64_t":$splitKeys,
                                   "int64_t":$splitRows, "int64_t":$fewRows,
                                   "int64_t":$minBlocks,
                                   "::mlir::hip::BlockOrder":$order), [{
    return $_get($_ctxt, threads, rows, columns, splitKeys, splitRows, fewRows,
                 minBlocks, order, /*stages=*/int64_t(2), /*swizzled=*/false,
                 /*producers=*/int64_t(0), MatrixUnit::MmaSync,
                 CopyEngine::CpAsync, /*persistent=*/int64_t(0),
                 /*cluster=*/int64_t(1));
  }]>];
  let extraClassDeclaration = [{
    /// For this many threads, without producers and what depends on them.
    ScheduleAttr withThreads(int64_t threads) const;
    ScheduleAttr withMinBlocks(int64_t blocks) const;
  }];
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

// Where the elements of a tile are. A closed set: registers in one of three
// ways, or shared memory (docs/rationale/gpu-level.md).

def Hip_MmaLayoutAttr : Hip_Attr<"MmaLayout", "mma",
    [DeclareAttrInterfaceMethods<Hip_RegisterLayoutAttr, ["getLayout"]>]> {
  let summary = "A matrix in registers, as accumulators of mma m16n8";
  let description = [{
    Warps form a grid of `row_warps` by `column_warps`. Blocks of 16 rows go round-robin to
    the warps of a grid column; each warp of a grid row has a strip of columns. In a block
    of 16 x 8, lane l holds two columns, from 2 (l mod 4) on, of the rows l / 4 and
    l / 4 + 8 (PTX ISA, "Matrix Fragments for mma.m16n8k16").

    Example: `#hip.mma<row_warps = 4, column_warps = 1>`.
  }];
  let parameters = (ins "int64_t":$row_warps, "int64_t":$column_warps);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Hip_SliceLayoutAttr : Hip_Attr<"SliceLayout", "slice",
    [DeclareAttrInterfaceMethods<Hip_RegisterLayoutAttr, ["getLayout"]>]> {
  let summary = "A vector in registers, aligned with the rows or columns of a matrix";
  let description = [{
    The matrix's layout without one axis. With axis 1 a thread holds one number for each row
    of which it has elements, with axis 0 one for each column. Threads that share a row or a
    column hold copies.

    Example: `#hip.slice<1, <row_warps = 4, column_warps = 1>>`.
  }];
  let parameters = (ins "int64_t":$axis, "MmaLayoutAttr":$parent);
  let assemblyFormat = "`<` $axis `,` $parent `>`";
  let genVerifyDecl = 1;
}

def Hip_ThreadsLayoutAttr : Hip_Attr<"ThreadsLayout", "threads",
    [DeclareAttrInterfaceMethods<Hip_RegisterLayoutAttr, ["getLayout"]>]> {
  let summary = "A vector in registers, one element per thread";
  let description = [{
    Thread t holds the elements i with i mod `count` = t mod `count`. If `count` is the
    number of threads, each thread has its own; if it is 32, each warp has all of them.

    Example: `#hip.threads<128>`.
  }];
  let parameters = (ins "int64_t":$count);
  let assemblyFormat = "`<` $count `>`";
  let genVerifyDecl = 1;
}

def Hip_SharedLayoutAttr : Hip_Attr<"SharedLayout", "shared"> {
  let summary = "A tile in shared memory";
  let description = [{
    `hip-promote-shared` turns it into a `!hip.smem` and decides how its rows are stored.

    Example: `#hip.shared`.
  }];
}

#endif // HIP_ATTRS_TD
