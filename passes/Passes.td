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
  let summary = "Expand hip.attention to hip.prune and hip.block_sparse_attention";
  let description = [{
    In: `hip.attention` on tensors. Out: `hip.prune`, if the policy makes a list, and
    `hip.block_sparse_attention`. If the policy keeps all keys and the score region has a
    mask, `hip.mask_blocks` makes a list of blocks of 128 keys from the mask (S18c): one for
    each query head if the mask depends on the head, else one for all. The policy `#hip.auto`
    becomes an `scf.if` on the numbers of keys and rows, with dense attention in one branch
    and its policy in the other (S14d). Fails on memrefs: expand before bufferizing.
    Numerics: unchanged. Does nothing if there is no `hip.attention`.
  }];
}

def HipExpandPrune : Hip_Pass<"hip-expand-prune"> {
  let summary = "Expand hip.prune to the steps of its policy";
  let description = [{
    In: `hip.prune` on tensors. Out: `hip.partition`, `hip.split`, `hip.score` or
    `hip.descend`, `hip.select` and `hip.blocks`, with `hip.summarize` for boxes that come
    without summaries (S13 to S15). The steps of a tree are an `scf.for` with
    ceil(log2(longest chunk)) iterations. A union becomes all summaries, then the steps of
    each part on arrays of its own, then the `hip.union` of their lists (S14c). Fails on
    memrefs. Numerics: unchanged. Does nothing if there is no `hip.prune`.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

def HipMultiversion : Hip_Pass<"hip-multiversion"> {
  let summary = "Add versions of ops for few query rows (decode)";
  let description = [{
    In: hip ops on memrefs. Out: an `scf.if` on the number of query rows, which the host
    knows. One branch has the ops with a `hip.schedule` for few rows, as in a decode step;
    the other has the ops for any number. If the number is static there is no branch.

    Attention with so few rows that those of all heads that share keys fit one tile of `rows`
    rows is split along the keys (`split_keys` of the schedule, S21); the schedule that
    `hip-schedule` would choose for more rows is written by this pass. A search
    (`hip.partition`, `hip.split`, `hip.score`, `hip.descend`, `hip.select`, `hip.blocks`,
    `hip.union` and loops of them) with few rows and few lists gets, on a GPU, up to 16 warps
    per list and 256 ranges at a time, as far as shared memory allows. Its schedules have
    `few_rows`, which keeps tiles of query rows small. Allocations and index arithmetic
    between its steps move in front of them.

    Ops that have a `hip.schedule` are left alone. Numerics: the split determines the order
    in which the softmax is summed. Does nothing without a chip and `split-keys`, to searches
    without scores, and to searches for which shared memory does not allow more ranges than
    `hip-schedule` takes.
  }];
  let options = [Option<"rows", "rows", "int64_t", "16",
                        "the most query rows that count as few; for attention, over all "
                        "heads together">,
                 Option<"lists", "lists", "int64_t", "256",
                        "the most lists that count as few: batch entries times "
                        "selection heads times query blocks">,
                 Option<"splitKeys", "split-keys", "int64_t", "-1",
                        "keys per thread block of attention with few rows; 0 for all, "
                        "-1 for a number that suits the target">,
                 Option<"chip", "chip", "std::string", "\"\"",
                        "GPU, one of dialect/gpu/Chips.h; empty for a CPU">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipSchedule : Hip_Pass<"hip-schedule"> {
  let summary = "Choose the tile sizes and threads of each kernel";
  let description = [{
    In: expanded hip ops. Out: the same ops, each with a `hip.schedule`, which `hip-tile`
    reads. Existing schedules are kept; on a GPU, here and in `hip-multiversion`, those of
    the module's `hip.tuning`, which is removed, come next. Attention to every key without a
    `block_q` gets query blocks of as many rows as a tile. The other choices follow from shapes
    and the chip's row of `dialect/gpu/Chips.h`; without a chip they are those for CPUs. Remarks
    give the reasons, for attention on a GPU with registers and bytes of shared memory. Numerics:
    tile sizes determine the order in which the softmax is summed. Does nothing without hip ops.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"\"",
                        "GPU, one of dialect/gpu/Chips.h; empty for a CPU">];
}

def HipCheckGpu : Hip_Pass<"hip-check-gpu"> {
  let summary = "Reject ops that have no GPU kernel, in terms of the source program";
  let description = [{
    In: the hip ops of a program. Out: the same. Fails on head sizes above 1024, on values
    whose head size is not a multiple of 8 (a thread holds pairs of numbers from 16-byte
    rows), and on scores of queries whose head size is 1. Numerics: unchanged.
  }];
}

def HipTile : Hip_Pass<"hip-tile"> {
  let summary = "Lower hip ops on memrefs to kernels of tile ops";
  let description = [{
    In: every expanded hip op on memrefs. Out: a `hip.tile.kernel` for each, whose thread
    blocks write disjoint parts of the result: a list (query block, selection head, batch
    entry), a box, a row of `hip.merge`, or, for attention, a query block of as many heads as
    fit a tile. If the schedule splits keys, attention has a second form for few query rows:
    one kernel for partial results and one that merges them. The host chooses between the two
    forms. Scores and attention are programs of `hip.tile` ops on 64 ranges or keys at a
    time; everything else is scalar. Fails on tensors and on views made in another function.
    Numerics: f32; dot products are `fma` over ascending d from +0; the softmax keeps a
    running maximum and sum over tiles of 64 keys in the order sinks, list, band. Selections
    equal those of `hip-reference-loops` bit for bit. Does nothing if there are no hip ops.
  }];
  let options = [Option<"serial", "serial", "bool", "false",
                        "thread blocks of one thread, as on CPUs, whatever the schedule "
                        "says">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::gpu::GPUDialect", "::mlir::hip::HipDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"];
}

def HipFuseKernels : Hip_Pass<"hip-fuse-kernels"> {
  let summary = "Fuse consecutive steps on the same lists into one kernel";
  let description = [{
    In: kernels of `hip-tile`. Out: consecutive kernels become one if they have a thread block
    for each list, equal grids and equally many threads, and if no thread block reads a list
    but its own. Loops of such kernels, like that of a tree, become loops in the kernel.
    Thread blocks of several threads get a `hip.tile.phase` between two steps. Allocations and
    index arithmetic between the kernels move in front of them. A step that reads another
    thread block's list (a split into finer query blocks) begins a new kernel, and so does a
    search that follows another one, so that each gets only the registers and shared memory
    that it needs itself. The union of searches with few rows also is a kernel of its own,
    since the searches may run concurrently. Numerics: unchanged. Does nothing if no two such
    kernels follow each other.
  }];
  let dependentDialects = ["::mlir::hip::HipDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipFuseHorizontally : Hip_Pass<"hip-fuse-horizontally"> {
  let summary = "Fuse independent kernels of few thread blocks into one launch";
  let description = [{
    In: kernels for few query rows (`few_rows` of their schedule), which have fewer thread
    blocks than the chip can run at a time. Out: consecutive kernels become one if their grids
    differ at most in the first dimension and none uses what another one writes. Its thread
    blocks are those of the original kernels one after another, and each does the work of the
    kernel that it comes from: the parts of a union are searched at the same time. Allocations
    and index arithmetic between the kernels move in front of them. Kernels that together
    would need more than 4,096 bytes of arguments are not fused. Numerics: unchanged. Does
    nothing if no two such kernels follow each other.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::hip::HipDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipSplitArrays : Hip_Pass<"hip-split-arrays"> {
  let summary = "Give each version of a kernel its own arrays";
  let description = [{
    In: kernels in branches that exclude each other, like versions for few and for many query
    rows, and arrays [z, y, x, ...] of which thread block {x, y, z} of each kernel accesses
    only its own part, and which nothing else uses. Out: an array for each kernel, in its
    branch, so that a call allocates only those of one version. Kernels without a schedule are
    left alone. Numerics: unchanged.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def HipPromoteArrays : Hip_Pass<"hip-promote-arrays"> {
  let summary = "Promote short arrays to shared memory";
  let description = [{
    In: kernels for few query rows (`few_rows` of their schedule), and arrays [z, y, x, ...]
    that only one of them uses and of which thread block {x, y, z} accesses only its own part,
    like the ranges of a search after `hip-split-arrays`. Out: parts of static size become
    arrays [...] in the kernel's shared memory, 16 KiB of them at most: a thread block that
    waits for little else waits for them a tenth as long. If the kernel reads a result again,
    like the counts of a list, it is written to both memories. Kernels of one thread, and
    arrays that tiles are stored to, are left alone. Numerics: unchanged.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::memref::MemRefDialect"];
}

def HipCluster : Hip_Pass<"hip-cluster"> {
  let summary = "Let a cluster of thread blocks work on each list";
  let description = [{
    In: kernels whose schedule has `cluster = n` and whose loops store a tile in each
    iteration, like those that score the ranges of a list. Out: `cluster(n)`; the thread
    blocks of a cluster interleave the iterations of such a loop and wait for each other
    before the phase ends. Everything else is done by each of them for itself: an array [...]
    of which a thread block accesses only its own part becomes [n, ...], a part for each.

    An array that the cluster divides and whose size is static, 8 KiB at most over all such
    arrays, is in the shared memory of each thread block: `hip.gpu.multicast` sends what one
    stores to all, and an mbarrier counts the bytes that arrive, since a cluster barrier that
    orders memory takes six times as long. A longer array stays a single one, and is
    double-buffered if a loop refills it, so that a cluster waits once for each refill.

    A kernel that reads what it cannot have a copy of, or that stores tiles in another way, is
    left alone. For chips that have clusters (sm_90a and later). Numerics: unchanged.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::hip::HipDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect"];
}

def HipHoistLoads : Hip_Pass<"hip-hoist-loads"> {
  let summary = "Hoist loads of tiles out of loops";
  let description = [{
    In: kernels of `hip-tile`. Out: a `hip.tile.load` whose view is the same in each iteration
    of the loops around it, like that of the query in a search by levels, is moved in front of
    the outermost of them, even out of branches that may not be taken. The program does not
    write such an array. Numerics: unchanged. Does nothing if there are no such loads.
  }];
}

def HipSinkLoads : Hip_Pass<"hip-sink-loads"> {
  let summary = "Sink the host's loads of arrays into the kernels that need them";
  let description = [{
    In: kernels of `hip-tile`, and host code with `memref.load`s at constant indices of
    function arguments that are only read, such as the counter of decode steps (S17). The host
    of a GPU cannot know their values. Out: a kernel that needs such a number, or arithmetic
    on it or on numbers that are arguments, loads and computes it itself. An `scf.if` on such
    a number is removed: its kernels do their work under the condition, which is the same for
    all threads, and allocations and arithmetic of its branches take its place. A step that is
    not due thus costs a launch and a load, and one captured graph serves all steps.

    Fails with an error that names what it cannot move: a load of an argument that the program
    writes, or at an index that is not constant; a branch with results or with anything but
    kernels, allocations, arithmetic, and loops and branches of these; any other use of such a
    number on the host, as in a grid or a size. Loads of arrays that the program makes stay.
    Numerics: unchanged. Does nothing to functions without kernels or such numbers.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::hip::HipDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def HipShareArrays : Hip_Pass<"hip-share-arrays"> {
  let summary = "Share the parts of arrays among thread blocks";
  let description = [{
    In: kernels, and arrays [z, y, x, ...] that only one of them uses and of which thread block
    {x, y, z} accesses only its own part, like the ranges and scores of a search. Out: arrays
    [n, ...], where n is the number of thread blocks but at most `parts`. A thread block takes
    a free part at its start, waits if there is none, and returns it at its end; a kernel before
    it marks all parts free. With as many parts as the GPU runs thread blocks at a time none
    waits, and a search of 1M keys needs megabytes rather than gigabytes.

    An array that only another version of the kernel still uses is allocated in its branch.
    Kernels for few query rows (`few_rows` of their schedule), kernels without a schedule and
    kernels of one thread are left alone. Numerics: unchanged.
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
  let summary = "Defer the row sums of a loop to its end";
  let description = [{
    In: loops of tile programs that carry a sum over rows, from 0: `fma(sum, x, reduced)` of
    a `hip.tile.reduce <sum>` of a tile with a multiple of 8 columns. Out: the loop carries
    sums of every eighth column, and one `hip.tile.reduce` after it adds these, so that
    threads that share a row exchange nothing in an iteration. Numerics: the order in which a
    row's weights are added. Drops the `changes` of the map. Does nothing to other loops.
  }];
}

def HipTileToVector : Hip_Pass<"hip-tile-to-vector"> {
  let summary = "Lower tile ops to vectors over scratch memory";
  let description = [{
    In: `hip.tile.kernel`. Out: the same kernels on `vector`, `scf` and scratch on the stack.
    Lanes are the rows of a tile, so that a dot is a register-blocked `fma` with one broadcast
    for each key. Whole vectors of rows past the limit up to which a kernel stores are not
    computed. Fails if any other op takes a tile. Numerics: unchanged, except that `math.exp2`
    becomes a polynomial that is exact at integers. Does nothing if there are no tile ops.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", "16",
                        "f32 lanes of a vector register, a power of two">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def HipOutlineCpuKernels : Hip_Pass<"hip-outline-cpu-kernels", "::mlir::ModuleOp"> {
  let summary = "Outline kernels to functions that a thread pool calls";
  let description = [{
    In: `hip.tile.kernel`. Out: a private `func @NAME(!llvm.ptr, i64 x, i64 y, i64 z, i64
    worker)`, which runs one thread block as one task, and a call of `hip.cpu_launch`, which
    runs all thread blocks and returns. Captured numbers and memrefs are passed in 8-byte
    slots. Fails on thread blocks of several threads. Numerics: unchanged. Does nothing if there
    are no kernels.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect", "::mlir::LLVM::LLVMDialect"];
}

// Passes on kernels from hip-assign-layouts on.
class Hip_GpuPass<string argument> : Hip_Pass<argument> {
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::hip::HipDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def HipPersist : Hip_GpuPass<"hip-persist"> {
  let summary = "Make thread blocks persistent";
  let description = [{
    In: kernels of one phase whose schedule has `persistent = n`. Out: the same work by at most
    n thread blocks in one dimension, where block b does that of blocks b, b + n, b + 2 n and
    so on of the original grid, in a loop. Copies for the next block's work can thereby be in
    flight without a second thread block on the multiprocessor. Kernels of several phases are
    left alone. Numerics: unchanged. Does nothing if no schedule is persistent.
  }];
}

def HipAssignLayouts : Hip_GpuPass<"hip-assign-layouts"> {
  let summary = "Assign a layout to every tile";
  let description = [{
    In: `hip.tile.kernel`. Out: the same on tiles with layouts, with a matrix unit for each
    dot, and with a `hip.tile.convert_layout` wherever an op reads a tile in another layout
    than it has. Dots and what is computed with them are accumulators over a grid of warps;
    loaded and gathered tiles are in shared memory; vectors have the slice layouts of the
    matrices that they are used with. A `hip.gpu.vote` tells each warp whether a map `changes`
    any of its rows. Fails on tiles that cannot be distributed over the kernel's warps, and on
    vectors that are per row for one op and per column for another. Numerics: unchanged. Does
    nothing if there are no tile ops.
  }];
}

def HipPromoteShared : Hip_GpuPass<"hip-promote-shared"> {
  let summary = "Make accesses to shared memory explicit";
  let description = [{
    In: kernels of tile ops with layouts. Out: each tile in `#hip.shared` is a `hip.gpu.alloc`
    at the start of its phase, which `hip.gpu` ops read and write. Loads and gathers become
    copies, layout conversions become loads and stores of registers, dots become
    `hip.gpu.mma`, reductions across warps `hip.gpu.reduce`, and matrices that are computed in
    place `hip.gpu.fill`. Rows are padded, or swizzled if the kernel's schedule says so, and
    in one strip if they may be copied in boxes, so that reading eight of them at once has no
    bank conflicts. Fails on tiles without layouts and on loops that carry tiles in shared
    memory. Numerics: unchanged. Does nothing if no tile needs shared memory.
  }];
}

def HipScheduleLoops : Hip_GpuPass<"hip-schedule-loops"> {
  let summary = "Schedule the loops that prefetch, in stages";
  let description = [{
    In: kernels of `hip.gpu` ops. Out: the same, with stages on loops whose gathers depend on
    nothing that the loop carries. Each op of such a loop has a `hip.stage`: 0 for what
    computes row numbers, 1 for the gathers, 2 for the rest. The loop has `hip.stages`, the
    number of iterations whose rows are in shared memory at the same time, that is, the
    prefetch distance plus 1: as many as the kernel's schedule asks for, or as fit. Numerics:
    unchanged. Does nothing if there are no gathers in loops.
  }];
  let options = [Option<"shared", "shared-bytes", "int64_t", "232448",
                        "the most bytes of shared memory that a kernel can request">,
                 Option<"stages", "stages", "int64_t", "2",
                        "iterations whose rows are in shared memory at a time, for "
                        "kernels that have no hip.schedule">];
}

def HipPipelineLoops : Hip_GpuPass<"hip-pipeline-loops"> {
  let summary = "Pipeline loops with stages";
  let description = [{
    In: loops with `hip.stages`. Out: loops that prefetch rows by asynchronous copies, at a
    distance of `hip.stages` - 1 iterations, and compute row numbers one iteration before
    that. Arrays get stages, the loop gets a prologue, and each iteration waits for its rows
    and passes a barrier before it starts the next copies. Fails on stages that cannot run
    ahead as they are. Numerics: unchanged. Does nothing if no loop has `hip.stages`.
  }];
}

def HipSpecializeWarps : Hip_GpuPass<"hip-specialize-warps"> {
  let summary = "Specialize warps: producers copy for consumers that compute";
  let description = [{
    In: kernels whose schedule has `producers` and that have one loop with `hip.stages`.
    Out: `hip.gpu.roles` instead of the loop. That many additional threads, the producers, run
    its first two stages, as far ahead as there are slots; the consumers run the third stage
    and everything that makes tiles. One mbarrier for each slot says when it is full, another
    one when it is empty. A loop around it over the work of several thread blocks is copied
    into both roles. With `engine = tma` in the schedule, rows of one head that come in runs
    are copied by `hip.gpu.gather_boxes`, for which the host makes a `hip.tensor_map`. Kernels
    that cannot be split are left to `hip-pipeline-loops`, with a remark that says why.
    Numerics: unchanged. Does nothing if no schedule has producers.
  }];
}

def HipOverlapProducts : Hip_GpuPass<"hip-overlap-products"> {
  let summary = "Overlap the products of consecutive iterations";
  let description = [{
    In: loops of consumers that end with a product by wgmma whose sum they carry, and that
    have an earlier product that depends on nothing carried. Out: the last product of an
    iteration is started after the first one of the next, and waited for where its sum is
    used, so that the matrix unit is busy while threads compute on the result of the first
    one. The first iteration is peeled in front of the loop, the last product follows it.
    Numerics: unchanged. Does nothing if there is no such loop.
  }];
}

def HipAllocateShared : Hip_GpuPass<"hip-allocate-shared"> {
  let summary = "Allocate shared memory: an offset for each array";
  let description = [{
    In: kernels with `hip.gpu.alloc`. Out: each has an `offset`, and the launch requests as
    many bytes of dynamic shared memory, after those that it requested before. Two arrays
    share bytes if all threads pass a barrier between the uses of one and the uses of the
    other. Fails on arrays outside kernels, on kernels in which only some arrays have offsets,
    and if the number of bytes requested before is not a constant. Numerics: unchanged. Does
    nothing if there are no arrays, or if all have offsets.
  }];
}

def HipInsertBarriers : Hip_GpuPass<"hip-insert-barriers"> {
  let summary = "Insert barriers between conflicting accesses to shared memory";
  let description = [{
    In: kernels whose `hip.gpu.alloc` ops have offsets. Out: a `gpu.barrier` before each
    access to shared memory that overlaps an earlier access since the last barrier, if at
    least one of the two writes. They are found by a forward dataflow analysis over bytes,
    through branches and around loops. If the earlier access precedes a branch or a loop, so
    does the barrier. Stages of one array are left to the pass that made them. Fails if a
    barrier is needed inside a branch or loop that not all threads take together. Numerics:
    unchanged. Does nothing if there are no such accesses.
  }];
}

def HipInsertFences : Hip_GpuPass<"hip-insert-fences"> {
  let summary = "Insert fences where wgmma reads what threads wrote";
  let description = [{
    In: kernels with `hip.gpu.mma <wgmma>`. Out: a `hip.gpu.fence` before each that may read
    what a thread or a copy wrote since the last fence, found by a forward analysis through
    branches and loops: wgmma reads through the async proxy, and everything but TMA writes
    through the generic one. Numerics: unchanged. Does nothing if there is no wgmma.
  }];
}

def HipOverlapLaunches : Hip_GpuPass<"hip-overlap-launches"> {
  let summary = "Overlap a kernel's start with the end of the one before it";
  let description = [{
    In: host code with `hip.tile.kernel`. Out: the same, in which a kernel that follows another
    one has `hip.dependent_launch`, so that the GPU starts it as soon as the one before it frees
    resources (programmatic dependent launch). Such a kernel begins with `hip.gpu.await_grids`:
    all threads wait before their first access to global memory. The one before it lets it start
    by `hip.gpu.launch_dependents` at its end. A kernel follows another one if on some path
    through branches there is nothing but arithmetic, views and allocations between the two, and
    no copy, call or loop; on other paths the launcher makes it wait for everything before it.
    Kernels in different iterations of a loop, and kernels with less than a warp, are not
    overlapped. Numerics: unchanged. Does nothing for chips before sm_90a.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_90a\"",
                        "the GPU that runs the launches">];
}

def HipGpuToNvvm : Hip_GpuPass<"hip-gpu-to-nvvm"> {
  let summary = "Lower tile programs to the program of one GPU thread";
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
                        "the GPU whose instructions are available">];
}

def HipOutlineGpuKernels : Hip_Pass<"hip-outline-gpu-kernels", "::mlir::ModuleOp"> {
  let summary = "Outline each kernel to a function in a gpu.module of its own";
  let description = [{
    In: `hip.tile.kernel`. Out: for each a `gpu.module` with an `llvm.func` of the same name,
    so that the compiler's threads can work on one kernel each from here on, and a
    `gpu.launch_func`. A kernel takes numbers and pointers: for a memref a pointer to its first
    element, and its sizes and strides in elements as `i64`. If shared memory limits occupancy
    more than registers would, `nvvm.minctasm` is the number of thread blocks that registers
    have to allow. Numerics: unchanged. Does nothing if there are no kernels.
  }];
  let options = [Option<"shared", "shared-bytes", "int64_t", "232448",
                        "the most bytes of shared memory that a kernel can request">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::memref::MemRefDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::NVVM::NVVMDialect"];
}

def HipMathToNvvm : Hip_Pass<"hip-math-to-nvvm"> {
  let summary = "Lower f32 math in kernels to GPU instructions";
  let description = [{
    In: `gpu.module`. Out: `exp`, `exp2`, `log2` and `tanh` by `ex2.approx` and `lg2.approx`;
    `fma`, `absf`, and the sum and the minimum of an i32 over a warp by one instruction each;
    `extf` of 8-bit floats two at a time, through f16. Numerics: 2 units in the last place;
    `tanh` within a relative 2^-20. Does nothing if there are no such ops.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::vector::VectorDialect"];
}

def HipEmitPtx : Hip_Pass<"hip-emit-ptx", "::mlir::ModuleOp"> {
  let summary = "Emit kernels as PTX text";
  let description = [{
    In: `gpu.module` ops in the LLVM and NVVM dialects with one kernel each. Out: one
    `gpu.binary @kernels` with the PTX of all of them for the chip. The threads of the context
    compile one kernel each; the text does not depend on their number. Fails on calls that
    are not instructions. Numerics: unchanged. Does nothing if there are no kernels.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_90a\"",
                        "GPU, one of dialect/gpu/Chips.h">,
                 Option<"optLevel", "opt-level", "int", "3", "0 to 3">];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect"];
}

def HipReferenceLoops : Hip_Pass<"hip-reference-loops"> {
  let summary = "Lower hip ops on memrefs to plain scalar loops";
  let description = [{
    In: every expanded hip op on memrefs. Out: `scf.for`, `arith`, `math` and `memref`; no hip
    op is left. The code shares with the tiled path only where keys are stored, which of them
    are candidates, and score regions. Fails on tensors, on unexpanded ops, and on views made
    in another function. Numerics: f32; each dot product is `fma` over ascending d from +0; the
    softmax subtracts the greatest score of the row. Does nothing if there are no hip ops.
  }];
}

def HipExpandFloat8 : Hip_Pass<"hip-expand-float8"> {
  let summary = "Expand 8-bit floats by integer arithmetic";
  let description = [{
    In: `arith.extf` of f8E4M3FN and f8E5M2 to f32, on scalars and vectors. Out: integer
    arithmetic that makes the bits of an f16, and its `arith.extf`, times 2^8 for f8E4M3FN.
    For CPUs, and for chips without an instruction for it. Numerics: unchanged. Does nothing if
    there are no such ops.
  }];
}

def HipCopyLoops : Hip_Pass<"hip-copy-loops"> {
  let summary = "Lower memref.copy to loops";
  let description = [{
    In: `memref.copy`. Out: a nest of `scf.for` that copies element by element; for arrays
    with strides the upstream lowering would call a runtime function. Numerics: unchanged. Does
    nothing if there are no copies.
  }];
}

def HipCpuAllocations : Hip_Pass<"hip-cpu-allocations", "::mlir::ModuleOp"> {
  let summary = "Allocate memory of compiled code through the runtime";
  let description = [{
    In: `memref.alloc` and `memref.dealloc` in host functions and kernels. Out: calls of
    `hipc_cpu_alloc`, which ends the run with a status if there is not enough memory, and of
    `hipc_cpu_free`. The number of bytes requested does not wrap. Arrays with a layout are
    left to upstream passes. Numerics: unchanged. Does nothing if there are no allocations.
  }];
}

def HipNameFunctions : Hip_Pass<"hip-name-functions", "::mlir::ModuleOp"> {
  let summary = "Rename functions so that their names collide with no others";
  let description = [{
    In: `func.func @NAME`. Out: `func.func @fn.NAME`, and calls of it by that name: a program's
    `@malloc` or `@main` does not replace that of the C library, and no entry point of
    `hip-host-entry` collides with another function. Declarations keep their names. Numerics:
    unchanged.
  }];
}

def HipHostEntry : Hip_Pass<"hip-host-entry"> {
  let summary = "Add a packed entry point for every public function";
  let description = [{
    In: the LLVM dialect with `_mlir_ciface_NAME` functions (from `llvm.emit_c_interface`).
    Out: for each, an `llvm.func @hipc_NAME(%args: !llvm.ptr) -> i32` beside it: `args[i]`
    points to a strided memref descriptor, first those of the inputs, then one for each
    result, which the function fills in. A `fn.` in front of NAME is dropped. Numerics: unchanged.
    Does nothing if there are no C interfaces.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // HIP_PASSES_TD
