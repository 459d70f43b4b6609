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
    In: `hip.attention` on tensors. Out: `hip.prune`, if the policy makes a list, and
    `hip.block_sparse_attention`. Where the policy keeps all keys and the score region has a
    mask, a list of blocks of 128 keys is made from that by `hip.mask_blocks` (S18c), for each
    query head where the mask asks for it, else one for all. The policy `#hip.auto` becomes an `scf.if` on the numbers of
    keys and rows, with dense attention in one branch and its policy in the other (S14d). Fails
    on memrefs: expand before bufferising. Numerics: none. Does nothing if there is no
    `hip.attention`.
  }];
}

def HipExpandPrune : Hip_Pass<"hip-expand-prune"> {
  let summary = "hip.prune to the composition its policy stands for";
  let description = [{
    In: `hip.prune` on tensors. Out: `hip.partition`, `hip.split`, `hip.score` or
    `hip.descend`, `hip.select` and `hip.blocks`, with `hip.summarize` for boxes that come
    without summaries (S13 to S15). The steps of a tree are an `scf.for` of ceil(log2(longest
    chunk)) rounds. A union becomes all summaries, then the steps of each part on arrays of
    its own, then the `hip.union` of their lists (S14c). Fails on memrefs. Numerics: none.
    Does nothing if there is no `hip.prune`.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

def HipMultiversion : Hip_Pass<"hip-multiversion"> {
  let summary = "Versions of ops for few query rows";
  let description = [{
    In: hip ops on memrefs. Out: an `scf.if` on the number of query rows, which hosts know,
    with the ops and a `hip.schedule` for few rows, as in a decode step, in one branch and
    the ops for any number in the other. Where the number is known there is no branch.

    Attention of so few rows that those of all heads that share keys fit a tile of `rows`
    is by parts of the keys (`split_keys` of the schedule, S21); `hip-schedule`'s schedule
    for more rows is written here. A search (`hip.partition`, `hip.split`, `hip.score`,
    `hip.descend`, `hip.select`, `hip.blocks`, `hip.union` and loops of them) of few rows and few
    lists gets, on a GPU, up to 16 warps a list and 256 ranges at a time, as far as shared
    memory allows; its schedules have `few_rows`, which keeps tiles of query rows small.
    Allocations and index arithmetic between its steps move in front of them.

    Ops that have a `hip.schedule` are left alone. Numerics: parts of the keys determine the
    order of the softmax's sums. Does nothing without a chip and `split-keys`, to searches
    without scores, and to those for whose ranges shared memory has no more room than
    `hip-schedule` takes.
  }];
  let options = [Option<"rows", "rows", "int64_t", "16",
                        "the most query rows that count as few, of attention over all "
                        "heads together">,
                 Option<"lists", "lists", "int64_t", "256",
                        "the most lists that count as few: batch entries times "
                        "selection heads times query blocks">,
                 Option<"splitKeys", "split-keys", "int64_t", "-1",
                        "keys of a thread block of attention if rows are few; 0 for "
                        "all, -1 for as many as suit the target">,
                 Option<"chip", "chip", "std::string", "\"\"",
                        "GPU, one of dialect/gpu/Chips.h; empty for a CPU">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipSchedule : Hip_Pass<"hip-schedule"> {
  let summary = "Tile sizes and threads of each kernel";
  let description = [{
    In: expanded hip ops. Out: the same with a `hip.schedule` each, which `hip-tile` reads.
    Existing schedules are kept. Attention to every key whose policy sets no `block_q` gets
    query blocks of as many rows as a tile has. The decisions follow from the shapes and from
    the chip's row of `dialect/gpu/Chips.h`; without a chip they are those for CPUs. Numerics:
    tile sizes determine the order of the softmax's sums. A remark says why, for attention on a
    GPU one each for the unit, rows, keys and stages, and producers, with registers and bytes
    of shared memory. Does nothing if there are no hip ops.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"\"",
                        "GPU, one of dialect/gpu/Chips.h; empty for a CPU">];
}

def HipCheckGpu : Hip_Pass<"hip-check-gpu"> {
  let summary = "Refuses what has no kernel on a GPU, in the words of the program";
  let description = [{
    In: the hip ops of a program. Out: the same. Fails on head sizes above 1024, on values
    whose head size is not a multiple of 8 (a thread holds pairs of numbers from 16-byte
    rows), and on scores of queries whose head size is 1. Numerics: none.
  }];
}

def HipTile : Hip_Pass<"hip-tile"> {
  let summary = "hip ops on memrefs to kernels of tile ops";
  let description = [{
    In: every expanded hip op on memrefs. Out: a `hip.tile.kernel` for each, whose thread blocks
    write disjoint parts of the result: a list (query block, selection head, batch entry), a
    box, a row of `hip.merge`, or, for attention, a query block of as many heads as fit a
    tile. If the schedule splits keys, attention has a second form for few query rows, one
    kernel for partial results and one that merges them, and the host chooses between the
    two. Scores and attention are programs of `hip.tile` ops on
    64 ranges or keys at a time; everything else is scalar. Fails on tensors and on views made
    in another function. Numerics: f32; dot products are `fma` over ascending d from +0; the
    softmax keeps a running maximum and sum over tiles of 64 keys in the order sinks, list,
    band. Selections equal those of `hip-reference-loops` bit for bit. Does nothing if there
    are no hip ops.
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
    In: kernels of `hip-tile`. Out: consecutive kernels become one if they have a thread block
    for each list, equal grids and equally many threads, and if no thread block reads a list
    but its own. Loops of such kernels, as the rounds of a tree are, become loops in the
    kernel. Thread blocks of several threads get a `hip.tile.phase` between two steps.
    Allocations and index arithmetic between the kernels move in front of them. A step that
    reads another thread block's list (a split into finer query blocks) begins a new kernel,
    and so does a search that follows another one: each then has the registers and the shared
    memory that it needs itself. The union of searches of few rows is a kernel of its own,
    too, since the searches may run side by side. Numerics: none. Does nothing if there are no
    two such kernels in a row.
  }];
  let dependentDialects = ["::mlir::hip::HipDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipFuseHorizontally : Hip_Pass<"hip-fuse-horizontally"> {
  let summary = "Independent kernels of few thread blocks side by side";
  let description = [{
    In: kernels for few query rows (`few_rows` of their schedule), which have fewer thread
    blocks than the chip has room for. Out: consecutive kernels become one if their grids
    differ at most in the first number and none uses what another one writes. Its thread
    blocks are theirs in a row, and each does the work of the kernel that it belongs to: the
    parts of a union are searched at the same time. Allocations and index arithmetic between
    the kernels move in front of them. Kernels that would need more than 4,096 bytes of
    arguments stay apart. Numerics: none. Does nothing if there are no two such kernels in a
    row.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::hip::HipDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipSplitArrays : Hip_Pass<"hip-split-arrays"> {
  let summary = "Arrays of each version of a kernel";
  let description = [{
    In: kernels in branches that exclude each other, as versions for few and for many query
    rows, and arrays [z, y, x, ...] of which thread block {x, y, z} of each reads and writes
    its own part and which nothing else uses. Out: an array for each kernel, in its branch:
    a call needs room for those of one version. Kernels without a schedule stay as they are.
    Numerics: none.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def HipPromoteArrays : Hip_Pass<"hip-promote-arrays"> {
  let summary = "Short arrays to shared memory";
  let description = [{
    In: kernels for few query rows (`few_rows` of their schedule), and arrays [z, y, x, ...]
    that one of them alone uses and of which thread block {x, y, z} reads and writes its own
    part, as the ranges of a search after `hip-split-arrays`. Out: parts of a size that is known
    are arrays [...] in the kernel's shared memory, 16 KiB of them at most: a thread block that
    waits for little else waits for them a tenth as long. Of a result that the kernel reads
    again, as the counts of a list, what is written is written to both. Kernels of one thread
    stay as they are, and so do arrays that tiles are stored to. Numerics: none.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::memref::MemRefDialect"];
}

def HipCluster : Hip_Pass<"hip-cluster"> {
  let summary = "Lists that clusters of thread blocks work on";
  let description = [{
    In: kernels whose schedule has `cluster = n` and whose loops store a tile in each
    iteration, as those that score the ranges of a list do. Out: `cluster(n)`; the thread
    blocks of a cluster interleave such a loop's iterations and wait for each other before
    the phase ends. All else each of them does for itself: an array [...] that a thread block
    reads and writes its own part of becomes [n, ...], a part for each.

    An array that is divided and has a known size, 8 KiB at most with all others, is in the
    shared memory of each thread block: `hip.gpu.multicast` sends what one stores to all, and an
    mbarrier counts the bytes that come, since a barrier of the cluster that orders memory takes
    six times as long. A longer one stays one array for all of them, and is double-buffered where
    a loop fills it anew, so that a cluster waits once for each filling.

    A kernel that reads what it cannot have a copy of, or that stores tiles in another way,
    stays as it is. For chips that have clusters (sm_90a and later). Numerics: none.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::hip::HipDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect"];
}

def HipHoistLoads : Hip_Pass<"hip-hoist-loads"> {
  let summary = "Tiles that every iteration loads, loaded once";
  let description = [{
    In: kernels of `hip-tile`. Out: a `hip.tile.load` whose view is the same in each iteration
    of the loops around it stands before the outermost of them, such as the query's of a search
    by levels, also if a branch there is not taken. The program does not write such an array.
    Numerics: none. Does nothing if there are no such loads.
  }];
}

def HipSinkLoads : Hip_Pass<"hip-sink-loads"> {
  let summary = "What the host would read of arrays, to the kernels that need it";
  let description = [{
    In: kernels of `hip-tile`, and host code with `memref.load`s of the function's arguments
    that are only read, at constant places, such as the counter of decode steps (S17). The
    host of a GPU cannot know what they give. Out: a kernel that needs such a number, or
    arithmetic on it, loads it itself. An `scf.if` whose condition is such a number goes: its
    kernels do their work under the condition, which is the same for all threads, and
    allocations and arithmetic of its branches stand where it stood. A step that is not due
    so costs a launch and a load, and one captured graph serves all steps.

    Refuses by name what it cannot move: a load of an argument that the program writes, or of a
    place that is no constant, a branch with results or with anything but kernels, allocations,
    arithmetic, and loops and branches of these, and any other use of such a number on the
    host, as in a grid or a size. Loads of arrays that the program makes stay. Numerics: none.
    Does nothing to a function without kernels, or whose host loads nothing.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::hip::HipDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipShareArrays : Hip_Pass<"hip-share-arrays"> {
  let summary = "Arrays that thread blocks use in turns";
  let description = [{
    In: kernels, and arrays [z, y, x, ...] that one of them alone uses and of which thread
    block {x, y, z} reads and writes its own part, as the ranges and scores of a search.
    Out: arrays [n, ...], n the number of thread blocks but at most `parts`. A thread block
    takes a free part at its start, waits for one where there is none, and gives it back at its
    end; a kernel before sets all free. With as many parts as a GPU runs thread blocks at a
    time none waits, and a search of 1M keys needs megabytes and not gigabytes.

    An array that only another version of the kernel still uses is made in the branch of that
    one. Kernels for few query rows (`few_rows` of their schedule), which have few thread
    blocks, those without a schedule and those of one thread stay as they are. Numerics: none.
  }];
  let options = [
    Option<"parts", "parts", "int64_t", /*default=*/"1024",
           "the most thread blocks that a GPU runs at a time">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::hip::HipDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def HipDeferRowSums : Hip_Pass<"hip-defer-row-sums"> {
  let summary = "Row sums of a loop that wait for its end";
  let description = [{
    In: loops of tile programs that carry a sum over rows, from 0: `fma(sum, x, fold)` of a
    `hip.tile.reduce <sum>` of a tile with a multiple of 8 columns. Out: the loop carries
    sums of every eighth column, and one `hip.tile.reduce` after it adds these. Threads that
    share a row then exchange nothing in an iteration. Numerics: the order in which a row's
    weights are added; what the map `changes` is forgotten. Does nothing to other loops.
  }];
}

def HipTileToVector : Hip_Pass<"hip-tile-to-vector"> {
  let summary = "Tile ops to vectors over scratch";
  let description = [{
    In: `hip.tile.kernel`. Out: the same kernels on `vector`, `scf` and stack
    scratch. Lanes are the rows of a tile, so that a dot is a register-blocked `fma` with one
    broadcast for each key. Rows past the limit up to which a kernel stores are not computed,
    as far as whole vectors of them go. Fails if any other op takes a tile. Numerics: none, except that
    `math.exp2` becomes a polynomial that is exact at integers. Does nothing if there are no
    tile ops.
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
    In: `hip.tile.kernel`. Out: a private `func @NAME(!llvm.ptr, i64 x, i64 y, i64 z, i64
    worker)`, which runs one thread block as one task, and a call of `hip.cpu_launch`, which
    runs all thread blocks and returns. Captured numbers and memrefs are passed in 8-byte
    slots. Fails on thread blocks of several threads. Numerics: none. Does nothing if there
    are no kernels.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect", "::mlir::LLVM::LLVMDialect"];
}

// What kernels are made of after hip-assign-layouts.
class Hip_GpuPass<string argument> : Hip_Pass<argument> {
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::hip::HipDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def HipPersist : Hip_GpuPass<"hip-persist"> {
  let summary = "Thread blocks that go on with the next one's work";
  let description = [{
    In: kernels whose schedule is `persistent`, of one phase. Out: the same over at most so
    many thread blocks, which are numbered through: block b does the work of blocks b, b + n,
    b + 2 n and so on of the n blocks that there are, in a loop. What a loop has in flight for
    the next block's work needs no other one on the multiprocessor. Kernels of several phases
    are left as they are. Numerics: none. Does nothing if no schedule is persistent.
  }];
}

def HipAssignLayouts : Hip_GpuPass<"hip-assign-layouts"> {
  let summary = "A place on the GPU for every tile";
  let description = [{
    In: `hip.tile.kernel`. Out: the same on tiles with layouts, with the unit of each dot, and
    with a `hip.tile.convert_layout` wherever an op reads a tile in another layout than it
    has. Dots and what is computed with them are accumulators over a grid of warps; loaded and
    gathered tiles are in shared memory; vectors lie as do the matrices that they are used
    with. A `hip.gpu.vote` tells each warp whether a map `changes` any of its rows. Fails on
    tiles that cannot be distributed over the kernel's warps, and on vectors that are per row
    for one op and per column for another. Numerics: none. Does nothing if there are no tile
    ops.
  }];
}

def HipPromoteShared : Hip_GpuPass<"hip-promote-shared"> {
  let summary = "Tiles in shared memory to memory";
  let description = [{
    In: kernels of tile ops with layouts. Out: each tile in `#hip.shared` is a `hip.gpu.alloc`
    at the start of its phase, which `hip.gpu` ops read and write. Loads and gathers become
    copies, layout conversions become loads and stores of registers, dots become
    `hip.gpu.mma`, reductions across warps `hip.gpu.reduce`, and matrices that are computed in
    place `hip.gpu.fill`. Rows are padded, or swizzled where the kernel's schedule says so,
    and lie in one strip where they may come in boxes, such that reading eight of them at
    once meets no bank twice. Fails on tiles without layouts and on loops that carry tiles in
    shared memory. Numerics: none. Does nothing if no tile needs shared memory.
  }];
}

def HipScheduleLoops : Hip_GpuPass<"hip-schedule-loops"> {
  let summary = "Stages for loops that copy ahead";
  let description = [{
    In: kernels of `hip.gpu` ops. Out: the same, with stages on loops whose gathers depend on
    nothing that the loop carries. Each op of such a loop has a `hip.stage`: 0 for what
    computes row numbers, 1 for the gathers, 2 for the rest. The loop has `hip.stages`, the
    number of iterations whose rows are in shared memory at the same time: as many as the
    kernel's schedule asks for, or as there is room for. Numerics: none. Does nothing if there
    are no gathers in loops.
  }];
  let options = [Option<"shared", "shared-bytes", "int64_t", "232448",
                        "shared memory that a kernel can ask for">,
                 Option<"stages", "stages", "int64_t", "2",
                        "iterations whose rows are in shared memory at a time, in "
                        "kernels that have no hip.schedule">];
}

def HipPipelineLoops : Hip_GpuPass<"hip-pipeline-loops"> {
  let summary = "Loops with stages to loops that copy ahead";
  let description = [{
    In: loops with `hip.stages`. Out: loops that copy rows asynchronously, `hip.stages` - 1
    iterations ahead, and compute row numbers one iteration before that. Arrays get stages,
    the loop gets a prologue, and each iteration waits for its rows and passes a barrier
    before it starts the next copies. Fails on stages that cannot run ahead as they are.
    Numerics: none. Does nothing if no loop has `hip.stages`.
  }];
}

def HipSpecializeWarps : Hip_GpuPass<"hip-specialize-warps"> {
  let summary = "Loops with stages to two roles of warps";
  let description = [{
    In: kernels whose schedule has `producers` and that have one loop with `hip.stages`.
    Out: `hip.gpu.roles` in its place: so many more threads run its first two stages, as far
    ahead as there are slots; the others run the third one, and all that makes tiles. An
    mbarrier for each slot says when it is full, another one when it is empty. The loop may be
    in one over the work of several thread blocks, which both roles then have. With
    `engine = tma` in the schedule, rows of one head that come in runs are copied by
    `hip.gpu.gather_boxes`, for which the host makes a `hip.tensor_map`. Kernels that
    cannot be split, with a remark that says why, are left to `hip-pipeline-loops`. Numerics:
    none. Does nothing if no schedule has producers.
  }];
}

def HipOverlapProducts : Hip_GpuPass<"hip-overlap-products"> {
  let summary = "Loops in which a product runs beside the next iteration";
  let description = [{
    In: loops of consumers that end with a product by wgmma whose sum they carry, and that
    have a product before it that depends on nothing carried. Out: the last product of an
    iteration is started after the first one of the next, and waited for where its sum is
    used: what is computed of the first one in the meantime costs no time of the unit. The
    first iteration comes before the loop, the last product after it. Numerics: none. Does
    nothing if there is no such loop.
  }];
}

def HipAllocateShared : Hip_GpuPass<"hip-allocate-shared"> {
  let summary = "An offset for each array in shared memory";
  let description = [{
    In: kernels with `hip.gpu.alloc`. Out: each has an `offset`, and the launch requests as
    many bytes of dynamic shared memory, after those that it requested before. Two arrays
    share bytes if all threads meet at a barrier between the uses of one and the uses of the
    other. Fails on arrays outside kernels, on kernels in which only some arrays have offsets,
    and if the number of bytes requested before is not a constant. Numerics: none. Does
    nothing if there are no arrays, or if all have offsets.
  }];
}

def HipInsertBarriers : Hip_GpuPass<"hip-insert-barriers"> {
  let summary = "Barriers where threads read what others wrote";
  let description = [{
    In: kernels whose `hip.gpu.alloc` ops have offsets. Out: a `gpu.barrier` before each
    access to shared memory that overlaps an earlier access since the last barrier, if at
    least one of the two writes. They are found by a forward dataflow over bytes, through
    branches and around loops. If the earlier access precedes a branch or a loop, so does the
    barrier. Stages of one array are left to the pass that made them. Fails if a barrier is
    needed inside a branch or loop that not all threads take together. Numerics: none. Does
    nothing if there are no such accesses.
  }];
}

def HipInsertFences : Hip_GpuPass<"hip-insert-fences"> {
  let summary = "Fences where wgmma reads what threads wrote";
  let description = [{
    In: kernels with `hip.gpu.mma <wgmma>`. Out: a `hip.gpu.fence` before each that may read
    what a thread or a copy wrote since the last fence, by a forward pass over branches and
    loops: wgmma reads through the async proxy, all but TMA write through the generic one.
    Numerics: none. Does nothing if there is no wgmma.
  }];
}

def HipOverlapLaunches : Hip_GpuPass<"hip-overlap-launches"> {
  let summary = "Kernels that start while the one before them ends";
  let description = [{
    In: host code with `hip.tile.kernel`. Out: the same, in which a kernel that follows another
    one has `hip.dependent_launch`, so that the GPU starts it as soon as the one before leaves
    room (programmatic dependent launch). Such a kernel begins with `hip.gpu.await_grids`: all
    threads wait before their first access to global memory. The one before it lets it start by
    `hip.gpu.launch_dependents` at its end. A kernel follows another one where on some
    way through branches nothing but arithmetic, views and allocations is between the two, and
    no copy, call or loop; on other ways the launcher has it wait for all that is before. Rounds
    of loops, and kernels of part of a warp, stay apart. Numerics: none. Does nothing for chips
    before sm_90a.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_90a\"",
                        "the GPU whose launches they are">];
}

def HipGpuToNvvm : Hip_GpuPass<"hip-gpu-to-nvvm"> {
  let summary = "Tile programs to what one GPU thread does";
  let description = [{
    In: kernels of `hip.gpu` ops and `hip.tile` ops on registers. Out: the same kernels as
    programs of one thread. A tile is a `vector` of the elements that the thread holds,
    `mma_sync` becomes `ldmatrix` and `mma.sync`, reductions become shuffles, and shared
    memory is the launch's dynamic shared memory. Fails on tiles that are not in registers of
    the kernel's threads, on arrays without offsets and on what the chip does not have.
    Numerics: f32 accumulation; an mma adds in its own order. Does nothing if there are no
    such ops.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_90a\"",
                        "the GPU whose instructions there are">];
}

def HipOutlineGpuKernels : Hip_Pass<"hip-outline-gpu-kernels", "::mlir::ModuleOp"> {
  let summary = "Kernels to functions of a gpu.module each";
  let description = [{
    In: `hip.tile.kernel`. Out: for each a `gpu.module` with an `llvm.func` of the same name,
    so that threads of the compiler can take one kernel each from here on, and a
    `gpu.launch_func`. A kernel takes numbers and pointers: for a memref its first element,
    and its sizes and strides in elements as `i64`. If shared memory is exhausted before
    registers are, `nvvm.minctasm` says how many thread blocks the registers have to leave
    room for. Numerics: none. Does nothing if there are no kernels.
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
    In: `gpu.module`. Out: `exp`, `exp2`, `log2` and `tanh` by `ex2.approx` and `lg2.approx`;
    `fma`, `absf`, and the sum and the minimum of an i32 over a warp by the instruction for
    each; `extf` of 8 bits two at a time, through f16. Numerics: 2 units in the last place;
    `tanh` within a relative 2^-20. Does nothing if there are no such ops.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::vector::VectorDialect"];
}

def HipEmitPtx : Hip_Pass<"hip-emit-ptx", "::mlir::ModuleOp"> {
  let summary = "Kernels to PTX text";
  let description = [{
    In: `gpu.module` ops in the LLVM and NVVM dialects with one kernel each. Out: one
    `gpu.binary @kernels` with the PTX of all of them for the chip. Threads of the context
    compile one kernel each; the text does not depend on how many there are. Fails on calls
    that are not instructions. Numerics: none. Does nothing if there are no kernels.
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
    In: every expanded hip op on memrefs. Out: `scf.for`, `arith`, `math` and `memref`; no hip
    op is left. All that it shares with the tiled path is where keys lie, which of them are
    candidates, and score regions. Fails on tensors, on unexpanded ops, and on views made in
    another function. Numerics: f32; each dot product is `fma` over ascending d from +0; the
    softmax subtracts the greatest score of the row. Does nothing if there are no hip ops.
  }];
}

def HipExpandFloat8 : Hip_Pass<"hip-expand-float8"> {
  let summary = "Numbers of 8 bits by integer arithmetic";
  let description = [{
    In: `arith.extf` of f8E4M3FN and f8E5M2 to f32, of numbers and vectors. Out: the bits as
    those of an f16, and its `arith.extf`; of f8E4M3FN times 2^8. For CPUs, and chips without
    an instruction. Numerics: none. Does nothing if there are no such ops.
  }];
}

def HipCopyLoops : Hip_Pass<"hip-copy-loops"> {
  let summary = "memref.copy to loops";
  let description = [{
    In: `memref.copy`. Out: a nest of `scf.for` that copies element by element; for arrays
    with strides upstream would call a runtime function. Numerics: none. Does nothing if there
    are no copies.
  }];
}

def HipCpuAllocations : Hip_Pass<"hip-cpu-allocations", "::mlir::ModuleOp"> {
  let summary = "Memory of compiled code from the runtime";
  let description = [{
    In: `memref.alloc` and `memref.dealloc` in host functions and kernels. Out: calls of
    `hipc_cpu_alloc`, which ends the run with a status if there is not enough memory, and of
    `hipc_cpu_free`. The number of bytes requested does not wrap. Arrays with a layout are
    left to upstream. Numerics: none. Does nothing if there are no allocations.
  }];
}

def HipNameFunctions : Hip_Pass<"hip-name-functions", "::mlir::ModuleOp"> {
  let summary = "Functions under names that nothing else has";
  let description = [{
    In: `func.func @NAME`. Out: `func.func @fn.NAME`, and calls of it by that name: a
    program's `@malloc` or `@main` does not become the C library's, and no entry of
    `hip-host-entry` collides with another function. Declarations keep their names. Numerics:
    none.
  }];
}

def HipHostEntry : Hip_Pass<"hip-host-entry"> {
  let summary = "A packed entry point for every public function";
  let description = [{
    In: the LLVM dialect with `_mlir_ciface_NAME` functions (from `llvm.emit_c_interface`).
    Out: for each, an `llvm.func @hipc_NAME(%args: !llvm.ptr) -> i32` beside it: `args[i]`
    points to a strided memref descriptor, first those of the inputs, then one for each
    result, which the function fills in. A `fn.` in front of NAME is dropped. Numerics: none.
    Does nothing if there are no C interfaces.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // HIP_PASSES_TD
