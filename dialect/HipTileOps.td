//===- HipTileOps.td - Tile programs --------------------------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TILE_OPS_TD
#define HIP_TILE_OPS_TD

include "dialect/HipBase.td"
include "dialect/HipEnums.td"
include "dialect/HipTypes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Hip_RowsMemory : MemRefOf<!listconcat(Hip_AttendedTypes, Hip_NarrowTypes, [I32])>;
def Hip_RowTable : MemRefRankOf<[I32], [1, 2]>;

// Tiles of a rank.
class Hip_TileOfRank<int rank, string what>
    : Type<And<[Hip_TileType.predicate,
                CPred<"::llvm::cast<::mlir::hip::TileType>($_self)"
                      ".getShape().size() == " # rank>]>,
           what, "::mlir::hip::TileType">;
def Hip_MatrixTile : Hip_TileOfRank<2, "tile of rows and columns">;
def Hip_VectorTile : Hip_TileOfRank<1, "tile of one dimension">;
def Hip_FlagTile
    : Type<And<[Hip_VectorTile.predicate,
                CPred<"::llvm::cast<::mlir::hip::TileType>($_self)"
                      ".getElementType().isInteger(1)">]>,
           "tile of one dimension of i1", "::mlir::hip::TileType">;
def Hip_TileNumber : AnyTypeOf<!listconcat(Hip_AttendedTypes, [AnySignlessInteger]),
                               "f16, bf16, f32 or an integer">;

// The layouts of its tiles are those that it reads and produces.
def Hip_TilesInPlace : NativeOpTrait<"TilesInPlace"> {
  let cppNamespace = "::mlir::hip";
}

// A step of a thread block, on values rather than memory, in a `hip.tile.kernel`.
class Hip_TileOp<string mnemonic, list<Trait> traits = []>
    : Hip_Op<"tile." # mnemonic, !listconcat([Hip_TilesInPlace], traits)>;

def Hip_TileSplatOp : Hip_TileOp<"splat", [Pure,
    TypesMatchWith<"value has the tile's element type", "tile", "value",
                   "::llvm::cast<TileType>($_self).getElementType()">]> {
  let summary = "The same number in every element";
  let description = [{
    Shapes: a scalar -> a tile of its type.

    ```mlir
    func.func @f(%x: f32) {
      %0 = hip.tile.splat %x : !hip.tile<64xf32>
      return
    }
    ```
  }];
  let arguments = (ins Hip_TileNumber:$value);
  let results = (outs Hip_TileType:$tile);
  let assemblyFormat = "$value attr-dict `:` type($tile)";
}

def Hip_TileGenerateOp : Hip_TileOp<"generate",
    [SingleBlockImplicitTerminator<"TileYieldOp">, RecursiveMemoryEffects]> {
  let summary = "A tile from a region of its indices";
  let description = [{
    `tile[r, c]` is what the region yields for the indices (r, c); of a vector, `tile[x]`
    is what it yields for (x).

    ```mlir
    func.func @f(%first: i32) {
      %0 = hip.tile.generate {
      ^bb0(%x: index):
        %i = arith.index_cast %x : index to i32
        %j = arith.addi %first, %i : i32
        hip.tile.yield %j : i32
      } : !hip.tile<64xi32>
      return
    }
    ```
  }];
  let results = (outs Hip_TileType:$tile);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict `:` type($tile)";
  let hasRegionVerifier = 1;
}

def Hip_TileMapOp : Hip_TileOp<"map",
    [SingleBlockImplicitTerminator<"TileYieldOp">, RecursiveMemoryEffects,
     AttrSizedOperandSegments]> {
  let summary = "A region applied element by element";
  let description = [{
    `tile[r, c]` is what the region yields for the operands' elements at (r, c).
    An operand has the shape of the tile, or is a vector with one number `per row` or
    `per column`. The region may round: the element type is that of the value it yields.
    `axes` has -1 for an operand of the tile's shape, 0 for one per row, 1 for one per
    column.

    `changes` says where the op changes its first operand, which then has the tile's
    type: an i1 for the whole tile, or a vector with an i1 for each row (for each number,
    if the tile is a vector). Where it is false, the region yields the element of the
    first operand, up to the bits of a NaN. This is a guarantee about the region, not a
    condition: the op means the same without it. A lowering may skip the region for all
    or some of the elements where `changes` is false, or ignore it. If the guarantee is
    violated, an element is either what the region yields or that of the first operand.

    ```mlir
    func.func @f(%s: !hip.tile<64x32xf32>, %decay: !hip.tile<64xf32>,
                 %decays: !hip.tile<64xi1>) {
      // A row decays where its factor is not 1.
      %0 = hip.tile.map %s, %decay per row
          : !hip.tile<64x32xf32>, !hip.tile<64xf32> changes(%decays : !hip.tile<64xi1>) {
      ^bb0(%x: f32, %d: f32):
        %y = arith.mulf %x, %d : f32
        hip.tile.yield %y : f32
      } -> !hip.tile<64x32xf32>
      return
    }
    ```
  }];
  let arguments = (ins Variadic<Hip_TileType>:$sources,
                       Optional<AnyTypeOf<[I1, Hip_FlagTile]>>:$changes,
                       DenseI64ArrayAttr:$axes);
  let results = (outs Hip_TileType:$tile);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    custom<MapSources>($sources, $axes) `:` type($sources)
    (`changes` `(` $changes^ `:` type($changes) `)`)? $body }]
    # Hip_Attributes<["axes"]>.text # [{
    `->` type($tile)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Hip_TileAnyOp : Hip_TileOp<"any",
    [SingleBlockImplicitTerminator<"TileYieldOp">, RecursiveMemoryEffects]> {
  let summary = "Whether the region holds for any number of a vector";
  let description = [{
    Shapes: a vector -> i1. The result covers all numbers of the vector and is the same in
    all threads of a thread block, so that branches and barriers may depend on it. To skip
    work row by row, give `hip.tile.map` a vector of `changes` instead.

    ```mlir
    func.func @f(%keys: !hip.tile<64xi32>, %last: i32) {
      %0 = hip.tile.any %keys : !hip.tile<64xi32> {
      ^bb0(%key: i32):
        %late = arith.cmpi sgt, %key, %last : i32
        hip.tile.yield %late : i1
      }
      return
    }
    ```
  }];
  let arguments = (ins Hip_VectorTile:$source);
  let results = (outs I1:$found);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$source `:` type($source) $body attr-dict";
  let hasRegionVerifier = 1;
}

def Hip_TileDotOp : Hip_TileOp<"dot", [Pure, AllTypesMatch<["acc", "tile"]>]> {
  let summary = "acc + a b, or acc + a transposed(b)";
  let description = [{
    Shapes: `acc [R, C]`, `a [R, K]`, `b [K, C]`, or `[C, K]` with `transpose_b`.
    `a` and `b` are f16, bf16 or f32; their products are exact and `acc` is f32. Machines
    without a matrix unit for these types use one fma for each product, k ascending.
    If `skip_zero` is true, a product whose factor in `a` is 0 adds nothing, whatever the
    other factor is: NaN and Inf under a mask stay there (S20). It may do so if
    `skip_zero` is false, too. A dot that has it takes weights: no number of `a` is
    negative. With `sign` the numbers of `a` that have the other one count as 0 (S10b).
    `unit` is what multiplies on a GPU; `hip-assign-layouts` chooses it.

    ```mlir
    func.func @f(%acc: !hip.tile<64x32xf32>, %q: !hip.tile<64x128xbf16>,
                 %k: !hip.tile<32x128xbf16>, %masked: i1) {
      %0 = hip.tile.dot %acc, %q, %k skip_zero(%masked) {transpose_b}
        : !hip.tile<64x32xf32>, !hip.tile<64x128xbf16>, !hip.tile<32x128xbf16>
      return
    }
    ```
  }];
  let arguments = (ins Hip_MatrixTile:$acc, Hip_MatrixTile:$a, Hip_MatrixTile:$b,
                       Optional<I1>:$skip_zero, UnitAttr:$transpose_b,
                       OptionalAttr<Hip_SignAttr>:$sign,
                       OptionalAttr<Hip_MatrixUnitAttr>:$unit);
  let results = (outs Hip_MatrixTile:$tile);
  let assemblyFormat = [{
    $acc `,` $a `,` $b (`skip_zero` `(` $skip_zero^ `)`)? attr-dict
    `:` type($acc) `,` type($a) `,` type($b)
  }];
  let hasVerifier = 1;
}

def Hip_TileReduceOp : Hip_TileOp<"reduce", [Pure]> {
  let summary = "Maximum or sum over each row or column";
  let description = [{
    The source is f32, and the result lacks the axis that is reduced: `axis = 1` reduces
    the columns of each row, in ascending order, `axis = 0` the rows of each column. `max`
    gives NaN if there is one; `max_number` ignores NaN unless there is nothing else.
    With `axis = 1` the result may be a matrix of n columns, where n divides the number of
    columns of the source: column c reduces columns c, c + n, c + 2n and so on.

    ```mlir
    func.func @f(%s: !hip.tile<64x32xf32>) {
      %0 = hip.tile.reduce <max> %s {axis = 1 : i64}
        : !hip.tile<64x32xf32> -> !hip.tile<64xf32>
      return
    }
    ```
  }];
  let arguments = (ins Hip_TileReduceKindAttr:$kind, Hip_MatrixTile:$source,
                       I64Attr:$axis);
  let results = (outs Hip_TileType:$tile);
  let assemblyFormat =
    "$kind $source " # Hip_Attributes<["kind"]>.text
    # " `:` type($source) `->` type($tile)";
  let hasVerifier = 1;
}

def Hip_TileViewOp : Hip_Op<"tile.view", [Pure, AttrSizedOperandSegments]> {
  let summary = "Where rows are in memory";
  let description = [{
    Row r is `source[indices + map(r), :]`, or a single number if there is an index for each
    dimension. By default r is added to the last index; the map `rows` says otherwise:
    `rows (d0) -> (0, d0 mod 4, d0 floordiv 4)` interleaves the rows of four heads.

    With `at %table[%entry]` the map has a second dimension, which is read from memory (S23):
    `table[entry]`, clamped to the first size of the source (S24), is where an entry of packed
    sequences starts; with `pages of n` it is `table[entry, d0 floordiv n]`, the page that
    has the row. Page numbers are not clamped: only rows whose page exists may be accessed.

    `to` ends rows that are read or written consecutively: rows whose last index is not less
    do not exist. The last result of the map is then `d0` or `d0 floordiv n`.

    Rows of f8E4M3FN and f8E5M2 are given as their bits, i8: `hip.tile.gather` reads them.

    A view is not memory: the ops that take it compute addresses, so it has to be made in
    the same kernel.

    ```mlir
    func.func @f(%q: memref<1x8x?x64xbf16>, %pages: memref<?x16x8x64xbf16>,
                 %table: memref<4x?xi32>, %b: index, %h: index, %i: index, %n: index) {
      %c0 = arith.constant 0 : index
      %0 = hip.tile.view %q[%b, %h, %i] to %n : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
      %1 = hip.tile.view %pages[%c0, %c0, %h] rows (d0, d1) -> (d1, d0 mod 16, 0)
        at %table[%b] pages of 16
        : memref<?x16x8x64xbf16>, memref<4x?xi32> -> !hip.rows<64xbf16>
      return
    }
    ```
  }];
  let arguments = (ins Hip_RowsMemory:$source, Variadic<Index>:$indices, Optional<Index>:$end,
                       Optional<Hip_RowTable>:$table, Optional<Index>:$entry,
                       AffineMapAttr:$map, OptionalAttr<I64Attr>:$page);
  let results = (outs Hip_RowsType:$rows);
  let assemblyFormat = [{
    $source `[` $indices `]` `` custom<RowMap>($map, ref($indices)) (`to` $end^)?
    (`at` $table^ `[` $entry `]`)? (`pages` `of` $page^)? }] # Hip_Attributes<["map", "page"]>.text # [{
    `:` type($source) (`,` type($table)^)? `->` type($rows)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// How many rows have the same last index: n of `d0 floordiv n`.
    std::optional<int64_t> getInterleavedHeads();
    /// Whether row r is row r of a head of an array [batch, heads, rows, numbers].
    bool isHead();
  }];
}

def Hip_TileLoadOp : Hip_TileOp<"load", [MemoryEffects<[MemRead]>]> {
  let summary = "Consecutive rows of a view";
  let description = [{
    `tile[r, c]` is number c of row r of the view, in its type. Rows past the view's end
    are 0, or, with `boundary <clamp>`, the last row before the end.

    ```mlir
    func.func @f(%q: memref<1x8x?x64xbf16>, %b: index, %h: index, %i: index, %n: index) {
      %0 = hip.tile.view %q[%b, %h, %i] to %n : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
      %1 = hip.tile.load %0 boundary <clamp> : !hip.rows<64xbf16> -> !hip.tile<64x64xbf16>
      return
    }
    ```
  }];
  let arguments = (ins Hip_RowsType:$view,
                       DefaultValuedAttr<Hip_BoundaryAttr, "Boundary::Zero">:$boundary);
  let results = (outs Hip_MatrixTile:$tile);
  let assemblyFormat = [{
    $view (`boundary` $boundary^)? }] # Hip_Attributes<["boundary"]>.text # [{
    `:` type($view) `->` type($tile)
  }];
  let hasVerifier = 1;
}

def Hip_TileGatherOp : Hip_TileOp<"gather", [MemoryEffects<[MemRead]>]> {
  let summary = "Rows of a view by number";
  let description = [{
    `tile[x, c]` is number c of row rows[x] of the view, and 0 where rows[x] < 0, in the
    view's type. The view's end does not matter: the number itself says whether there is a
    row. `runs = n` states that each n row numbers from a multiple of n on are consecutive,
    except that they may be negative from one of them on: a copy may then read n rows from
    the first one on, and nobody uses those whose number is negative.

    ```mlir
    func.func @f(%k: memref<1x2x?x64xf32>, %b: index, %h: index, %j: !hip.tile<32xi32>) {
      %c0 = arith.constant 0 : index
      %0 = hip.tile.view %k[%b, %h, %c0] : memref<1x2x?x64xf32> -> !hip.rows<64xf32>
      %1 = hip.tile.gather %0 rows(%j)
        : !hip.rows<64xf32>, !hip.tile<32xi32> -> !hip.tile<32x64xf32>
      return
    }
    ```
  }];
  let arguments = (ins Hip_RowsType:$view, Hip_VectorTile:$rows,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$runs);
  let results = (outs Hip_MatrixTile:$tile);
  let assemblyFormat = [{
    $view `rows` `(` $rows `)` attr-dict `:` type($view) `,` type($rows) `->` type($tile)
  }];
  let hasVerifier = 1;
}

def Hip_TileStoreOp : Hip_TileOp<"store", [MemoryEffects<[MemWrite]>]> {
  let summary = "Consecutive rows of a view";
  let description = [{
    Writes `tile[r, c]` to number c of row r of the view, up to the view's end, rounded to
    its type (nearest even). A vector has one number for each row of a view of numbers.

    ```mlir
    func.func @f(%t: !hip.tile<64x64xf32>, %o: memref<1x8x?x64xf16>, %b: index,
                 %h: index, %i: index, %n: index) {
      %0 = hip.tile.view %o[%b, %h, %i] to %n : memref<1x8x?x64xf16> -> !hip.rows<64xf16>
      hip.tile.store %t, %0 : !hip.tile<64x64xf32>, !hip.rows<64xf16>
      return
    }
    ```
  }];
  let arguments = (ins Hip_TileType:$tile, Hip_RowsType:$view);
  let assemblyFormat = "$tile `,` $view attr-dict `:` type($tile) `,` type($view)";
  let hasVerifier = 1;
}

def Hip_TileConvertLayoutOp : Hip_TileOp<"convert_layout", [Pure]> {
  let summary = "The same tile in another layout";
  let description = [{
    Moves a tile from registers to shared memory or back; the numbers do not change. From
    one register layout to another takes two of these ops, by way of shared memory.

    ```mlir
    func.func @f(%t: !hip.tile<64x64xbf16, #hip.shared>) {
      %0 = hip.tile.convert_layout %t : !hip.tile<64x64xbf16, #hip.shared>
        -> !hip.tile<64x64xbf16, #hip.mma<row_warps = 4, column_warps = 1>>
      return
    }
    ```
  }];
  let arguments = (ins Hip_TileType:$source);
  let results = (outs Hip_TileType:$tile);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($tile)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Hip_TileYieldOp : Hip_TileOp<"yield", [Pure, Terminator,
    ParentOneOf<["TileGenerateOp", "TileMapOp", "TileAnyOp", "GpuFillOp"]>]> {
  let summary = "The result of a region for one element";
  let description = [{
    ```mlir
    func.func @f(%x: f32) {
      %0 = hip.tile.generate {
      ^bb0(%i: index):
        hip.tile.yield %x : f32
      } : !hip.tile<64xf32>
      return
    }
    ```
  }];
  let arguments = (ins Variadic<Hip_TileNumber>:$values);
  let assemblyFormat = "$values attr-dict (`:` type($values)^)?";
  let builders = [OpBuilder<(ins), [{ }]>];
}

#endif // HIP_TILE_OPS_TD
