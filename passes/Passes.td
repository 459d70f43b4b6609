//===- Passes.td - All passes, in the order of the pipelines --------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_PASSES_TD
#define HIP_PASSES_TD

include "mlir/Pass/PassBase.td"

class Hip_Pass<string argument, string anchor = ""> : Pass<argument, anchor> {
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::hip::HipDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::LLVM::LLVMDialect"];
}

def HipExpandAttention : Hip_Pass<"hip-expand-attention"> {
  let summary = "hip.attention to hip.prune and hip.block_sparse_attention";
  let description = [{
    In: `hip.attention` on tensors. Out: `hip.prune`, where the policy makes
    a list, and `hip.block_sparse_attention`. Fails on memrefs: expand
    before bufferising. Numerics: none. No-op without `hip.attention`.
  }];
}

def HipExpandPrune : Hip_Pass<"hip-expand-prune"> {
  let summary = "hip.prune to the composition its policy stands for";
  let description = [{
    In: `hip.prune` on tensors. Out: `hip.partition`, `hip.split`,
    `hip.score` or `hip.descend`, `hip.select` and `hip.blocks`, with
    `hip.summarize` for boxes that come without summaries (S13 to S15). The
    tree's steps are an `scf.for` of ceil(log2(longest chunk)) rounds. Of a union,
    the steps of each part, on arrays of its own, after all summaries, and `hip.union` of
    their lists (S14c). Fails on memrefs. Numerics: none. No-op without `hip.prune`.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

def HipFewRows : Hip_Pass<"hip-few-rows"> {
  let summary = "A search of its own for a few query rows";
  let description = [{
    In: the steps of a search on memrefs (`hip.partition`, `hip.split`, `hip.score`,
    `hip.descend`, `hip.select`, `hip.blocks` and loops of them). Out: an `scf.if`, which
    the host decides, with two copies. Where the query has few rows, as in a decode step, and
    there are few lists, each list gets up to 16 warps and 256 ranges at a time,
    as shared memory has room for (a `hip.schedule` on each step, whose `few_rows`
    keeps tiles of query rows small); else the steps are as before.
    Allocations and index arithmetic between them move in front. Numerics: none.
    No-op without scores, on steps that have a `hip.schedule`, and where there is no room for more
    ranges than `hip-schedule` takes.
  }];
  let options = [Option<"rows", "rows", "int64_t", "16",
                        "how many query rows are few">,
                 Option<"lists", "lists", "int64_t", "256",
                        "how many lists are few: batch entries, selection heads and "
                        "query blocks together">,
                 Option<"chip", "chip", "std::string", "\"sm_90a\"",
                        "GPU, one of dialect/gpu/Chips.h">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipSchedule : Hip_Pass<"hip-schedule"> {
  let summary = "Tile sizes and threads of each kernel";
  let description = [{
    In: expanded hip ops. Out: the same with a `hip.schedule` each, which `hip-tile`
    reads. An op that has one keeps it. Attention to every key whose policy names no
    query rows gets as many as a tile has. What is decided follows from the shapes and
    from the chip's row of `dialect/gpu/Chips.h`, or is for CPUs. Numerics: tile sizes and
    split keys order the sums of the softmax. No-op without hip ops.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"\"",
                        "GPU, one of dialect/gpu/Chips.h; empty for a CPU">,
                 Option<"splitKeys", "split-keys", "int64_t", "-1",
                        "keys a thread block where query rows are few; 0 for "
                        "all, -1 for the target's">,
                 Option<"splitRows", "split-rows", "int64_t", "16",
                        "how many rows are few, those of all heads together">];
}

def HipCheckGpu : Hip_Pass<"hip-check-gpu"> {
  let summary = "Refuses what has no kernel on a GPU, as the program says it";
  let description = [{
    In: hip ops of a program. Out: the same. Fails on head sizes above 1024, on values whose
    head size is no multiple of 8 (a thread has pairs of numbers of 16-byte rows), and on
    scores of queries of one number. Numerics: none.
  }];
}

def HipTile : Hip_Pass<"hip-tile"> {
  let summary = "hip ops on memrefs to kernels of tile ops";
  let description = [{
    In: every expanded hip op on memrefs. Out: one `gpu.launch` each, whose thread blocks
    write disjoint parts of the result: a list (query block, selection head, batch
    entry), a box, a row of `hip.merge`, or for attention a query block of the heads that
    fit a tile. Attention has another form where query rows are few, which the host decides:
    tiles of that many rows, and where the schedule splits keys two kernels, partial results
    and their merge. Scores and attention
    are programs of `hip.tile` ops, 64 ranges or keys at a time; the rest is
    scalar. Fails on tensors and on views made in another function. Numerics: f32, dot
    products `fma` over ascending d from +0; softmax with a running maximum and sum
    over tiles of 64 keys in the order sinks, list, band. Selections are those of
    `hip-reference-loops` bit for bit. No-op without hip ops.
  }];
  let options = [Option<"serial", "serial", "bool", "false",
                        "thread blocks of one thread, as CPUs run them, whatever the "
                        "schedule says">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::gpu::GPUDialect", "::mlir::hip::HipDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"];
}

def HipFuseKernels : Hip_Pass<"hip-fuse-kernels"> {
  let summary = "Steps on the same lists to one kernel";
  let description = [{
    In: kernels of `hip-tile`. Out: kernels one after another that have a thread block for
    each list, equal grids and equally many threads are one kernel, if each thread block reads
    no list but its own; loops of them, such as the rounds of a tree, are loops in the kernel.
    Between two steps there is a barrier in thread blocks of several threads. Allocations and
    index arithmetic between them move in front. A step that reads another thread block's list
    (a split into finer query blocks) begins a new kernel, and so does a search after
    another: each then has the registers and the shared memory that it needs itself.
    The union of searches of few rows, which may run side by side, is a kernel too.
    Numerics: none. No-op without two such kernels in a row.
  }];
  let dependentDialects = ["::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipFuseHorizontally : Hip_Pass<"hip-fuse-horizontally"> {
  let summary = "Independent kernels of few thread blocks side by side";
  let description = [{
    In: kernels of few query rows (`few_rows` of their schedule), which have fewer thread
    blocks than the chip has room for. Out: kernels one after another
    that differ at most in the first number of their grids, none of which uses what another
    writes, are one: its thread blocks are theirs in a row, and each does the work of the
    kernel that it belongs to. So the parts of a union are searched at the same time.
    Allocations and index arithmetic between them move in front. Kernels that would need
    more than 4,096 bytes of arguments stay apart. Numerics: none. No-op without two such
    kernels in a row.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipTileToVector : Hip_Pass<"hip-tile-to-vector"> {
  let summary = "Tile ops to vectors over scratch";
  let description = [{
    In: `gpu.launch` with `hip.tile` ops. Out: the same kernels on `vector`, `scf`
    and stack scratch; lanes are rows of a tile, so that a dot is a register-blocked
    `fma` with one broadcast a key. Fails where a tile reaches another op.
    Numerics: none, but `math.exp2` becomes a polynomial that is exact at
    integers. No-op without tile ops.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", "16",
                        "f32 lanes of a vector register, a power of two">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def HipOutlineCpuKernels : Hip_Pass<"hip-outline-cpu-kernels", "::mlir::ModuleOp"> {
  let summary = "Kernels to functions that a thread pool calls";
  let description = [{
    In: `gpu.launch`. Out: a private `func @NAME(!llvm.ptr, i64 x, i64 y, i64 z, i64
    worker)` that does one thread block as one task, and a call of `hip.cpu_launch`, which
    runs all thread blocks and returns. Captured numbers and memrefs travel in 8-byte slots.
    Fails on thread blocks of several threads. Numerics: none. No-op without kernels.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect", "::mlir::LLVM::LLVMDialect"];
}

def HipAssignLayouts : Hip_Pass<"hip-assign-layouts"> {
  let summary = "A place on the GPU for every tile";
  let description = [{
    In: `gpu.launch` with `hip.tile` ops. Out: the same, each tile op with a
    `hip.layout`: dots and what is computed with them are mma fragments over a grid
    of warps, arrays that are read are in shared memory. Fails on tiles that cannot be
    dealt out to the kernel's warps. Numerics: none. No-op without tile ops.
  }];
}

def HipPipeline : Hip_Pass<"hip-pipeline"> {
  let summary = "Loops that read the next round's keys while they compute";
  let description = [{
    In: kernels of tile ops with layouts. Out: the same; a loop whose gathers depend on
    nothing that it carries has `hip.stages = 2`, where shared memory has room for
    two rounds of them. Numerics: none. No-op without gathers in loops.
  }];
  let options = [Option<"shared", "shared-bytes", "int64_t", "232448",
                        "shared memory that a kernel can ask for">];
}

def HipTileToNvvm : Hip_Pass<"hip-tile-to-nvvm"> {
  let summary = "Tile programs to what one GPU thread does";
  let description = [{
    In: `gpu.launch` with `hip.tile` ops that have a `hip.layout`. Out: the
    same kernels for single threads: `ldmatrix` and `mma.sync` where both operands of a
    dot are f16 or bf16, else `fma`; folds by shuffles; shared memory as dynamic
    shared memory of the launch; barriers where a thread reads what others wrote; one
    branch for maps that follow each other under one condition.
    Numerics: f32 accumulation; an mma adds in an order of its own. No-op without tile ops.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def HipOutlineGpuKernels : Hip_Pass<"hip-outline-gpu-kernels", "::mlir::ModuleOp"> {
  let summary = "Kernels to functions of a gpu.module each";
  let description = [{
    In: `gpu.launch`. Out: for each a `gpu.module` with an `llvm.func` of the same
    name, so that threads take one each from here on, and `gpu.launch_func`. A kernel
    takes numbers and pointers: of a memref its first element, its sizes and its
    strides in elements, as `i64`. Where shared memory is full before registers are,
    `nvvm.minctasm` says for how many blocks registers have to leave room. Numerics:
    none. No-op without kernels.
  }];
  let options = [Option<"shared", "shared-bytes", "int64_t", "232448",
                        "shared memory that a kernel can ask for">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::memref::MemRefDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::NVVM::NVVMDialect"];
}

def HipMathToNvvm : Hip_Pass<"hip-math-to-nvvm"> {
  let summary = "math on f32 in kernels to instructions of the GPU";
  let description = [{
    In: `gpu.module`. Out: `exp`, `exp2`, `log2` and `tanh` as `ex2.approx` and
    `lg2.approx`, `fma`, `absf` and the sum and the least of an i32 over a warp as the instruction. Numerics: 2
    units in the last place; `tanh` within 2^-20, relatively. No-op without these ops.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect"];
}

def HipEmitPtx : Hip_Pass<"hip-emit-ptx", "::mlir::ModuleOp"> {
  let summary = "Kernels to PTX text";
  let description = [{
    In: `gpu.module` ops in the LLVM and NVVM dialects, with a kernel each. Out: one
    `gpu.binary @kernels` with the PTX of all for the chip. Threads of the context take a
    kernel each; the text does not depend on how many there are. Fails on a call that
    is no instruction. Numerics: none. No-op without kernels.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_90a\"",
                        "GPU, one of dialect/gpu/Chips.h">,
                 Option<"optLevel", "opt-level", "int", "3", "0 to 3">];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect"];
}

def HipReferenceLoops : Hip_Pass<"hip-reference-loops"> {
  let summary = "hip on memrefs to plain scalar loops";
  let description = [{
    In: every expanded hip op on memrefs. Out: `scf.for`, `arith`, `math`,
    `memref`; no hip op is left. Shares with the tiled path where keys lie, which
    are candidates and score regions, and nothing else. Fails on tensors, on unexpanded ops, and on views made in another function.
    Numerics: f32, each dot product `fma` over ascending d from +0; the softmax
    subtracts the greatest score of the row. No-op without hip ops.
  }];
}

def HipCopyLoops : Hip_Pass<"hip-copy-loops"> {
  let summary = "memref.copy to loops";
  let description = [{
    In: `memref.copy`. Out: a nest of `scf.for` that copies each element, where
    upstream would call a runtime function for arrays with strides. Numerics:
    none. No-op without copies.
  }];
}

def HipCpuAllocations : Hip_Pass<"hip-cpu-allocations", "::mlir::ModuleOp"> {
  let summary = "Memory of compiled code from the runtime";
  let description = [{
    In: `memref.alloc` and `memref.dealloc` in host functions and kernels. Out:
    calls of `hipc_cpu_alloc`, which ends the run with a status where there is no
    such memory, and of `hipc_cpu_free`. The bytes asked for do not wrap. Arrays
    with a layout are left to upstream. Numerics: none. No-op without
    allocations.
  }];
}

def HipNameFunctions : Hip_Pass<"hip-name-functions", "::mlir::ModuleOp"> {
  let summary = "Functions under names that nothing else has";
  let description = [{
    In: `func.func @NAME`. Out: `func.func @fn.NAME`, called by that name: a program's
    `@malloc` or `@main` is not the C library's, and no entry of `hip-host-entry` meets
    another function. Declarations keep their names. Numerics: none.
  }];
}

def HipHostEntry : Hip_Pass<"hip-host-entry"> {
  let summary = "A packed entry point for every public function";
  let description = [{
    In: the LLVM dialect with `_mlir_ciface_NAME` functions (from
    `llvm.emit_c_interface`). Out: beside each an `llvm.func @hipc_NAME(%args: !llvm.ptr)
    -> i32`: `args[i]` points to a strided memref descriptor, inputs first, then one for
    each result, which the function fills. A `fn.` in front of NAME is left
    out. Numerics: none. No-op without C interfaces.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // HIP_PASSES_TD
