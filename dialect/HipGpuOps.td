//===- HipGpuOps.td - Memory and time of a GPU's thread block -------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tile programs in which shared memory, copies and barriers are explicit. All
// threads of a thread block execute each op.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_GPU_OPS_TD
#define HIP_GPU_OPS_TD

include "dialect/HipTileOps.td"

class Hip_GpuOp<string mnemonic, list<Trait> traits = []>
    : Hip_Op<"gpu." # mnemonic, traits>;

def Hip_GpuAllocOp : Hip_GpuOp<"alloc", [MemoryEffects<[MemAlloc]>]> {
  let summary = "Shared memory of a thread block";
  let description = [{
    Its content is undefined. `hip-allocate-shared` sets `offset`, in bytes from the
    start of the kernel's shared memory; arrays that are not in use at the same time
    may overlap.

    ```mlir
    func.func @f() {
      %0 = hip.gpu.alloc : !hip.smem<96x128xbf16, pitch = 272>
      return
    }
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$offset);
  let results = (outs Hip_SmemType:$memory);
  let assemblyFormat = "attr-dict `:` type($memory)";
  let hasVerifier = 1;
}

def Hip_GpuSlotOp : Hip_GpuOp<"slot", [Pure, InferTypeOpAdaptor]> {
  let summary = "One stage of shared memory";
  let description = [{
    Stage `index` of the memory's stages. The pass that makes stages also inserts the
    barriers between accesses to different ones; `hip-insert-barriers` does not.

    ```mlir
    func.func @f(%m: !hip.smem<32x64xf32, pitch = 272, stages = 2>, %i: index) {
      %0 = hip.gpu.slot %m[%i] : !hip.smem<32x64xf32, pitch = 272, stages = 2>
      return
    }
    ```
  }];
  let arguments = (ins Hip_SmemType:$memory, Index:$index);
  let results = (outs Hip_SmemType:$stage);
  let assemblyFormat = "$memory `[` $index `]` attr-dict `:` type($memory)";
}

def Hip_GpuLocalLoadOp : Hip_GpuOp<"local_load", [MemoryEffects<[MemRead]>]> {
  let summary = "Shared memory to registers";
  let description = [{
    Each thread reads the elements that it holds in the tile's layout.

    ```mlir
    func.func @f(%m: !hip.smem<64xi32, pitch = 256>) {
      %0 = hip.gpu.local_load %m : !hip.smem<64xi32, pitch = 256>
        -> !hip.tile<64xi32, #hip.threads<32>>
      return
    }
    ```
  }];
  let arguments = (ins Hip_SmemType:$memory);
  let results = (outs Hip_TileType:$tile);
  let assemblyFormat = "$memory attr-dict `:` type($memory) `->` type($tile)";
  let hasVerifier = 1;
}

def Hip_GpuLocalStoreOp : Hip_GpuOp<"local_store", [MemoryEffects<[MemWrite]>]> {
  let summary = "Registers to shared memory";
  let description = [{
    Each thread writes the elements that it holds; threads that hold the same one
    write the same number.

    ```mlir
    func.func @f(%t: !hip.tile<64xi32, #hip.threads<128>>, %m: !hip.smem<64xi32, pitch = 256>) {
      hip.gpu.local_store %t, %m
        : !hip.tile<64xi32, #hip.threads<128>>, !hip.smem<64xi32, pitch = 256>
      return
    }
    ```
  }];
  let arguments = (ins Hip_TileType:$tile, Hip_SmemType:$memory);
  let assemblyFormat = "$tile `,` $memory attr-dict `:` type($tile) `,` type($memory)";
  let hasVerifier = 1;
}

def Hip_GpuFillOp : Hip_GpuOp<"fill",
    [SingleBlockImplicitTerminator<"TileYieldOp">, RecursiveMemoryEffects,
     MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Shared memory from a region of its indices";
  let description = [{
    `memory[r, c]` is what the region yields for r, c and the elements of the sources
    at [r, c]. Elements are distributed over the threads, each of which computes and
    writes a few at a time: a matrix that is computed once takes no registers.

    ```mlir
    func.func @f(%q: !hip.smem<64x64xbf16, pitch = 144>, %m: !hip.smem<64x64xbf16, pitch = 144>) {
      hip.gpu.fill %m from(%q) : !hip.smem<64x64xbf16, pitch = 144>
          from !hip.smem<64x64xbf16, pitch = 144> {
      ^bb0(%r: index, %c: index, %x: bf16):
        %y = arith.negf %x : bf16
        hip.tile.yield %y : bf16
      }
      return
    }
    ```
  }];
  let arguments = (ins Hip_SmemType:$memory, Variadic<Hip_SmemType>:$sources);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $memory (`from` `(` $sources^ `)`)? `:` type($memory)
    (`from` type($sources)^)? $body attr-dict
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Hip_GpuCopyOp : Hip_GpuOp<"copy", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Consecutive rows of a view to shared memory";
  let description = [{
    Reads what `hip.tile.load` reads: `memory[r, c]` is number c of row r of the view, and
    past its end what `boundary` says. With `async` the copy is complete after a
    `hip.gpu.wait` for its group, and rows have to consist of whole 16-byte vectors.

    ```mlir
    func.func @f(%q: memref<1x8x?x64xbf16>, %m: !hip.smem<64x64xbf16, pitch = 144>,
                 %b: index, %h: index, %i: index, %n: index) {
      %0 = hip.tile.view %q[%b, %h, %i] to %n : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.copy %0, %m : !hip.rows<64xbf16>, !hip.smem<64x64xbf16, pitch = 144>
      return
    }
    ```
  }];
  let arguments = (ins Hip_RowsType:$view, Hip_SmemType:$memory,
                       DefaultValuedAttr<Hip_BoundaryAttr, "Boundary::Zero">:$boundary,
                       UnitAttr:$async);
  let assemblyFormat = [{
    $view `,` $memory (`boundary` $boundary^)? }] # Hip_Attributes<["boundary"]>.text # [{
    `:` type($view) `,` type($memory)
  }];
  let hasVerifier = 1;
}

def Hip_GpuGatherOp : Hip_GpuOp<"gather", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Rows of a view by number to shared memory";
  let description = [{
    Reads what `hip.tile.gather` reads: `memory[x, c]` is number c of row rows[x] of the
    view, and 0 where rows[x] < 0. The row numbers are in shared memory as well. `async`
    is that of `hip.gpu.copy`, `runs` that of `hip.tile.gather`.

    ```mlir
    func.func @f(%k: memref<1x2x?x64xbf16>, %m: !hip.smem<32x64xbf16, pitch = 144>,
                 %r: !hip.smem<32xi32, pitch = 128>, %b: index, %h: index, %i: index) {
      %0 = hip.tile.view %k[%b, %h, %i] : memref<1x2x?x64xbf16> -> !hip.rows<64xbf16>
      hip.gpu.gather %0 rows(%r), %m {async} : !hip.rows<64xbf16>,
        !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
      return
    }
    ```
  }];
  let arguments = (ins Hip_RowsType:$view, Hip_SmemType:$rows, Hip_SmemType:$memory,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$runs,
                       UnitAttr:$async);
  let assemblyFormat = [{
    $view `rows` `(` $rows `)` `,` $memory attr-dict
    `:` type($view) `,` type($rows) `,` type($memory)
  }];
  let hasVerifier = 1;
}

def Hip_TensorMapOp : Hip_Op<"tensor_map", [Pure]> {
  let summary = "Descriptor of boxes of rows of an array, for TMA";
  let description = [{
    On the host: a map of an array [batch, heads, rows, numbers] for boxes of `runs` rows
    that are as wide as the swizzle of `memory`, to which `hip.gpu.gather_boxes` copies
    them. Boxes of all rows of `memory` are as wide as these. The array's rows and heads
    begin at multiples of 16 bytes, which the launcher checks.

    ```mlir
    func.func @f(%k: memref<?x8x?x128xbf16>) {
      %0 = hip.tensor_map %k {runs = 64} : memref<?x8x?x128xbf16>
        to !hip.smem<64x128xbf16, pitch = 256, swizzle = 128, strip = 64>
      return
    }
    ```
  }];
  let arguments = (ins MemRefRankOf<Hip_AttendedTypes, [4]>:$array,
                       ConfinedAttr<I64Attr, [IntPositive]>:$runs,
                       TypeAttrOf<Hip_SmemType>:$memory);
  let results = (outs Hip_TensorMapType:$map);
  let assemblyFormat = "$array attr-dict `:` type($array) `to` $memory";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Numbers of a box's row, and how many such rows beside each other it has.
    int64_t getBoxColumns();
    int64_t getBoxPanels();
  }];
}

def Hip_GpuGatherBoxesOp : Hip_GpuOp<"gather_boxes",
    [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Runs of rows of one head by number to shared memory, by TMA";
  let description = [{
    Like an asynchronous `hip.gpu.gather` in runs of `runs` rows, from the array of the
    map. The first warp of the role starts the copies and arrives once at the mbarrier,
    whose phase is complete when the bytes have arrived (PTX ISA, `cp.async.bulk.tensor`).
    Rows past the array's end are 0, and so are runs whose first number is negative.

    ```mlir
    func.func @f(%map: !hip.tensor_map, %r: !hip.smem<64xi32, pitch = 256>,
                 %m: !hip.smem<64x128xbf16, pitch = 256, swizzle = 128, strip = 64>,
                 %full: !hip.smem<3xi64, pitch = 24>, %b: index, %h: index, %i: index) {
      hip.gpu.roles consumers(128, registers = 216) {
      } producers(128, registers = 40) {
        hip.gpu.gather_boxes %map[%b, %h] rows(%r), %m signals %full[%i] {runs = 64}
          : !hip.smem<64xi32, pitch = 256>,
            !hip.smem<64x128xbf16, pitch = 256, swizzle = 128, strip = 64>,
            !hip.smem<3xi64, pitch = 24>
      }
      return
    }
    ```
  }];
  let arguments = (ins Hip_TensorMapType:$map, Index:$batch, Index:$head,
                       Hip_SmemType:$rows, Hip_SmemType:$memory,
                       Hip_SmemType:$mbarriers, Index:$index,
                       ConfinedAttr<I64Attr, [IntPositive]>:$runs);
  let assemblyFormat = [{
    $map `[` $batch `,` $head `]` `rows` `(` $rows `)` `,` $memory
    `signals` $mbarriers `[` $index `]` attr-dict
    `:` type($rows) `,` type($memory) `,` type($mbarriers)
  }];
  let hasVerifier = 1;
}

def Hip_GpuCommitOp : Hip_GpuOp<"commit", [MemoryEffects<[MemWrite]>]> {
  let summary = "Makes a group of the asynchronous copies since the last commit";
  let description = [{
    A group may be empty. Groups complete in the order in which they were made.

    ```mlir
    func.func @f() {
      hip.gpu.commit
      return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Hip_GpuWaitOp : Hip_GpuOp<"wait", [MemoryEffects<[MemWrite]>]> {
  let summary = "Waits until at most `pending` groups of copies are in flight";
  let description = [{
    Each thread waits for its own copies; only after a barrier may it read those of
    other threads.

    ```mlir
    func.func @f() {
      hip.gpu.wait {pending = 0}
      return
    }
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$pending);
  let assemblyFormat = "attr-dict";
}

def Hip_GpuMbarrierInitOp : Hip_GpuOp<"mbarrier_init", [MemoryEffects<[MemWrite]>]> {
  let summary = "Makes each word of shared memory an mbarrier";
  let description = [{
    A phase is complete after `arrivals` of `hip.gpu.arrive`. One thread initializes them
    (PTX ISA, "mbarrier"); a `gpu.barrier` has to precede their first use.

    ```mlir
    func.func @f(%m: !hip.smem<3xi64, pitch = 24>) {
      hip.gpu.mbarrier_init %m {arrivals = 128} : !hip.smem<3xi64, pitch = 24>
      return
    }
    ```
  }];
  let arguments = (ins Hip_SmemType:$mbarriers,
                       ConfinedAttr<I64Attr, [IntPositive]>:$arrivals);
  let assemblyFormat = "$mbarriers attr-dict `:` type($mbarriers)";
  let hasVerifier = 1;
}

def Hip_GpuArriveOp : Hip_GpuOp<"arrive", [MemoryEffects<[MemWrite]>]> {
  let summary = "Arrives at an mbarrier";
  let description = [{
    What the thread did before is visible to those whose `hip.gpu.await` returns for this
    phase. Each thread arrives: with `copies` as soon as the asynchronous copies that it
    has started are complete, without waiting for them here; with `warp` each warp
    arrives once, after all of its threads have reached the op.

    ```mlir
    func.func @f(%m: !hip.smem<3xi64, pitch = 24>, %i: index) {
      hip.gpu.arrive %m[%i] {warp} : !hip.smem<3xi64, pitch = 24>
      return
    }
    ```
  }];
  let arguments = (ins Hip_SmemType:$mbarriers, Index:$index, UnitAttr:$copies,
                       UnitAttr:$warp);
  let assemblyFormat = "$mbarriers `[` $index `]` attr-dict `:` type($mbarriers)";
  let hasVerifier = 1;
}

def Hip_GpuAwaitOp : Hip_GpuOp<"await", [MemoryEffects<[MemWrite]>]> {
  let summary = "Waits until the phase of an mbarrier is complete";
  let description = [{
    Phases are numbered 0 and 1 alternately, from 0 on. Waiting for 1 before the first
    phase is complete returns at once.

    ```mlir
    func.func @f(%m: !hip.smem<3xi64, pitch = 24>, %i: index, %phase: i32) {
      hip.gpu.await %m[%i], %phase : !hip.smem<3xi64, pitch = 24>
      return
    }
    ```
  }];
  let arguments = (ins Hip_SmemType:$mbarriers, Index:$index, I32:$phase);
  let assemblyFormat = [{
    $mbarriers `[` $index `]` `,` $phase attr-dict `:` type($mbarriers)
  }];
  let hasVerifier = 1;
}

def Hip_GpuFenceOp : Hip_GpuOp<"fence", [MemoryEffects<[MemWrite]>]> {
  let summary = "Lets wgmma read what threads wrote";
  let description = [{
    `wgmma` reads shared memory through the async proxy, and sees what threads and their
    copies wrote only after this fence (PTX ISA, `fence.proxy.async`).

    ```mlir
    func.func @f() {
      hip.gpu.fence
      return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Hip_GpuRolesOp : Hip_GpuOp<"roles",
    [NoTerminator, SingleBlock, RecursiveMemoryEffects]> {
  let summary = "Threads that compute, and threads that copy for them";
  let description = [{
    The first `consumers` threads of the thread block run the first region, the other
    `producers` threads the second one, concurrently; each region numbers its threads from
    0. Roles synchronize by mbarriers, the threads of one region by `hip.gpu.barrier`.
    A thread of a role has `registers`, which `setmaxnreg` moves between warpgroups.

    ```mlir
    func.func @f() {
      hip.gpu.roles consumers(256, registers = 232) {
        hip.gpu.barrier
      } producers(128, registers = 40) {
      }
      return
    }
    ```
  }];
  let arguments = (ins I64Attr:$consumers, I64Attr:$consumer_registers,
                       I64Attr:$producers, I64Attr:$producer_registers);
  let regions = (region SizedRegion<1>:$consumer, SizedRegion<1>:$producer);
  let assemblyFormat = [{
    `consumers` `(` $consumers `,` `registers` `=` $consumer_registers `)` $consumer
    `producers` `(` $producers `,` `registers` `=` $producer_registers `)` $producer
  }] # Hip_Attributes<["consumers", "consumer_registers", "producers",
                       "producer_registers"]>.text;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether consumers run `op`, which is in one of the regions.
    bool isConsumers(::mlir::Operation *op);
    /// How many threads run it.
    int64_t threadsOf(::mlir::Operation *op);
  }];
}

def Hip_GpuBarrierOp : Hip_GpuOp<"barrier",
    [MemoryEffects<[MemWrite]>]> {
  let summary = "A barrier of all threads of a role";
  let description = [{
    Is to the threads of the enclosing region of `hip.gpu.roles` what `gpu.barrier` is to
    those of a thread block.

    ```mlir
    func.func @f() {
      hip.gpu.roles consumers(128, registers = 216) {
        hip.gpu.barrier
      } producers(128, registers = 40) {
      }
      return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

defvar Hip_Turn = ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<1>]>;

def Hip_GpuTakeTurnOp : Hip_GpuOp<"take_turn", [MemoryEffects<[MemWrite]>]> {
  let summary = "Waits until the other warpgroup passes its turn";
  let description = [{
    The two warpgroups of a role take turns at what follows, so that one multiplies while
    the other one computes. With `only`, just that warpgroup waits. Each of them has to
    take its turn as often as the other one passes it.

    ```mlir
    func.func @f() {
      hip.gpu.roles consumers(256, registers = 232) {
        hip.gpu.pass_turn {only = 1}
        hip.gpu.take_turn
        hip.gpu.pass_turn
        hip.gpu.take_turn {only = 0}
      } producers(128, registers = 40) {
      }
      return
    }
    ```
  }];
  let arguments = (ins OptionalAttr<Hip_Turn>:$only);
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def Hip_GpuPassTurnOp : Hip_GpuOp<"pass_turn", [MemoryEffects<[MemWrite]>]> {
  let summary = "Lets the other warpgroup take its turn";
  let description = [{
    This is what a `hip.gpu.take_turn` of the other warpgroup waits for.

    ```mlir
    func.func @f() {
      hip.gpu.roles consumers(256, registers = 232) {
        hip.gpu.pass_turn {only = 0}
        hip.gpu.take_turn {only = 1}
      } producers(128, registers = 40) {
      }
      return
    }
    ```
  }];
  let arguments = (ins OptionalAttr<Hip_Turn>:$only);
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def Hip_GpuMmaOp : Hip_GpuOp<"mma", [MemoryEffects<[MemRead]>,
                                     AllTypesMatch<["acc", "tile"]>]> {
  let summary = "acc + a b, or acc + a transposed(b), on a unit of the GPU";
  let description = [{
    `hip.tile.dot` on a `unit`. `b` is in shared memory; `a` is there too, or in
    registers if each warp holds whole rows (`column_warps = 1`).
    dialect/MatrixUnits.h says what a unit takes. With `skip_zero` the op synchronizes all
    threads, as a barrier does; for wgmma `hip.gpu.skip_zero` does that. With `async`
    (wgmma) the result is complete after the `hip.gpu.mma_wait` that takes it.

    ```mlir
    func.func @f(%acc: !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>,
                 %q: !hip.smem<64x128xbf16, pitch = 272>,
                 %k: !hip.smem<32x128xbf16, pitch = 272>) {
      %0 = hip.gpu.mma <mma_sync> %acc, %q, %k {transpose_b}
        : !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>,
          !hip.smem<64x128xbf16, pitch = 272>, !hip.smem<32x128xbf16, pitch = 272>
      return
    }
    ```
  }];
  let arguments = (ins Hip_MatrixUnitAttr:$unit, Hip_MatrixTile:$acc,
                       AnyTypeOf<[Hip_MatrixTile, Hip_SmemType]>:$a, Hip_SmemType:$b,
                       Optional<I1>:$skip_zero, UnitAttr:$transpose_b,
                       OptionalAttr<Hip_SignAttr>:$sign, UnitAttr:$async);
  let results = (outs Hip_MatrixTile:$tile);
  let assemblyFormat = [{
    $unit $acc `,` $a `,` $b (`skip_zero` `(` $skip_zero^ `)`)? }]
    # Hip_Attributes<["unit"]>.text # [{
    `:` type($acc) `,` type($a) `,` type($b)
  }];
  let hasVerifier = 1;
}

def Hip_GpuMmaWaitOp : Hip_GpuOp<"mma_wait", [AllTypesMatch<["source", "tile"]>,
                                              MemoryEffects<[MemWrite]>]> {
  let summary = "Waits until at most `pending` products are in flight";
  let description = [{
    Products of `hip.gpu.mma {async}` complete in the order in which they were started.
    `tile` is `source`, complete. The tiles that `keeps` names are computed before the wait
    and stay in their registers until it ends: left factors of products in flight, and
    what is to be computed meanwhile.

    ```mlir
    func.func @f(%acc: !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>,
                 %q: !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>,
                 %k: !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>) {
      %0 = hip.gpu.mma <wgmma> %acc, %q, %k {async, transpose_b}
        : !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>,
          !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>,
          !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>
      %1 = hip.gpu.mma_wait %0 {pending = 0}
        : !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
      return
    }
    ```
  }];
  let arguments = (ins Hip_MatrixTile:$source, Variadic<Hip_MatrixTile>:$keeps,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$pending);
  let results = (outs Hip_MatrixTile:$tile);
  let assemblyFormat = [{
    $source (`keeps` `(` $keeps^ `:` type($keeps) `)`)? attr-dict `:` type($source)
  }];
}

def Hip_GpuSkipZeroOp : Hip_GpuOp<"skip_zero", [MemoryEffects<[MemRead, MemWrite]>,
    AllTypesMatch<["acc", "sum"]>, AllTypesMatch<["a", "rest"]>]> {
  let summary = "Keeps zeros from meeting non-finite numbers, before wgmma multiplies";
  let description = [{
    `sum + rest b` is `acc + a b`, in which zeros of `a` meet NaN and infinity of `b`
    without effect (S20). If the condition holds and `b` has such numbers, `sum` is the
    whole result, and `rest` and `b` become 0; otherwise they are `acc`, `a` and `b` as
    before. The wgmma itself is thus unconditional. Synchronizes all threads.

    ```mlir
    func.func @f(%acc: !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>,
                 %p: !hip.tile<64x32xbf16, #hip.mma<row_warps = 4, column_warps = 1>>,
                 %v: !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>, %masked: i1) {
      %0:2 = hip.gpu.skip_zero %acc, %p, %v if %masked
        : !hip.tile<64x64xf32, #hip.mma<row_warps = 4, column_warps = 1>>,
          !hip.tile<64x32xbf16, #hip.mma<row_warps = 4, column_warps = 1>>,
          !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>
      return
    }
    ```
  }];
  let arguments = (ins Hip_MatrixTile:$acc, Hip_MatrixTile:$a, Hip_SmemType:$b,
                       I1:$condition);
  let results = (outs Hip_MatrixTile:$sum, Hip_MatrixTile:$rest);
  let assemblyFormat = [{
    $acc `,` $a `,` $b `if` $condition attr-dict `:` type($acc) `,` type($a) `,` type($b)
  }];
  let hasVerifier = 1;
}

def Hip_GpuReduceOp : Hip_GpuOp<"reduce", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Maximum or sum of each column over the warps";
  let description = [{
    `hip.tile.reduce` along axis 0. Each warp reduces its own rows and writes the result
    to a row of `scratch`; after a barrier, which is part of the op, the threads that hold
    the result reduce those of all `row_warps` warps.

    ```mlir
    func.func @f(%s: !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>,
                 %m: !hip.smem<4x32xf32, pitch = 128>) {
      %0 = hip.gpu.reduce <max> %s scratch(%m)
        : !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>,
          !hip.smem<4x32xf32, pitch = 128> -> !hip.tile<32xf32, #hip.threads<128>>
      return
    }
    ```
  }];
  let arguments = (ins Hip_TileReduceKindAttr:$kind, Hip_MatrixTile:$source,
                       Hip_SmemType:$scratch);
  let results = (outs Hip_VectorTile:$tile);
  let assemblyFormat = [{
    $kind $source `scratch` `(` $scratch `)` }] # Hip_Attributes<["kind"]>.text # [{
    `:` type($source) `,` type($scratch) `->` type($tile)
  }];
  let hasVerifier = 1;
}

def Hip_GpuVoteOp : Hip_GpuOp<"vote", [NoMemoryEffect]> {
  let summary = "Whether any number that a warp holds is true";
  let description = [{
    The same in all lanes of a warp, but not in all warps: it may decide what a warp skips, like
    a map that `changes` none of its rows, but no barrier. `hip.tile.any` tests a whole vector.

    ```mlir
    func.func @f(%far: !hip.tile<64xi1, #hip.threads<64>>) -> i1 {
      %0 = hip.gpu.vote %far : !hip.tile<64xi1, #hip.threads<64>>
      return %0 : i1
    }
    ```
  }];
  let arguments = (ins Hip_FlagTile:$source);
  let results = (outs I1:$found);
  let assemblyFormat = "$source attr-dict `:` type($source)";
  let hasVerifier = 1;
}

#endif // HIP_GPU_OPS_TD
