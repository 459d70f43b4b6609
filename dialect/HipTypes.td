//===- HipTypes.td - Types of the hip dialect -----------------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TYPES_TD
#define HIP_TYPES_TD

include "dialect/HipBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypeInterfaces.td"

def Hip_KvType : Hip_Type<"Kv", "kv"> {
  let summary = "A view of stored keys or values";
  let description = [{
    `!hip.kv<B x Hkv x T x D x type>`: keys or values by their logical shape, however they
    are stored: contiguous, ragged or paged, in 8 bits or more (S23). They are read as f16,
    bf16 or f32. `T` is dynamic if each batch entry has its own length. Made by
    `hip.kv.contiguous`, `hip.kv.ragged` and `hip.kv.paged`; accepted by every op that reads
    keys.

    `!hip.kv<B x Hkv x N x 2 x D x type>`: summaries of such keys, as `hip.summarize` gives
    them, in pages (S17b). Made by `hip.kv.summaries`; accepted by every op that reads
    summaries.

    Example: `!hip.kv<4x8x?x128xbf16>`, `!hip.kv<4x8x?x2x128xbf16>`.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape,
                        "::mlir::Type":$elementType);
  let assemblyFormat = "`<` custom<ShapedBody>($shape, $elementType) `>`";
  let genVerifyDecl = 1;
}

def Hip_QueryType : Hip_Type<"Query", "query"> {
  let summary = "A view of queries of several lengths";
  let description = [{
    `!hip.query<B x Hq x Tq x D x type>`: queries in one array of which each batch entry has
    its own number of rows, by their logical shape (S1b). `Tq` is dynamic. Made by
    `hip.query.ragged`; accepted by every op that reads queries.

    Example: `!hip.query<4x32x?x128xbf16>`.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape,
                        "::mlir::Type":$elementType);
  let assemblyFormat = "`<` custom<ShapedBody>($shape, $elementType) `>`";
  let genVerifyDecl = 1;
}

def Hip_RowsType : Hip_Type<"Rows", "rows"> {
  let summary = "Numbered rows in memory";
  let description = [{
    `!hip.rows<C x type>`: rows of C numbers, or `!hip.rows<type>`: rows of one number
    each. `hip.tile.view` makes them and says where row 0, 1, 2, ... is; ops that move rows
    between memory and tiles take them. Numbers are f16, bf16, f32, i32 or i8, which holds
    the bits of an 8-bit float.

    Example: `!hip.rows<128xbf16>`.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape,
                        "::mlir::Type":$elementType);
  let assemblyFormat = "`<` custom<ShapedBody>($shape, $elementType) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// How many numbers a row has.
    int64_t getColumns() const { return getShape().empty() ? 1 : getShape().front(); }
  }];
}

def Hip_TileType : Hip_Type<"Tile", "tile"> {
  let summary = "A matrix or vector of static size that a thread block holds";
  let description = [{
    `!hip.tile<R x C x type>` or `!hip.tile<N x type>`: a value; later passes choose
    where it is kept (registers, scratch or shared memory). A vector has one number per
    row or one per column of a matrix; ops that take both say which. Numbers are f16,
    bf16, f32 or integers of 1 to 64 bits, and a tile has at most 2^24 of them. Their type
    is that of the array that was read, or the one that a map rounds to, and so determines
    the matrix unit. On a GPU `hip-assign-layouts` adds a layout, which says where the
    elements are; from then on every op verifies the layouts of its operands.

    Example: `!hip.tile<64x128xf32>`,
    `!hip.tile<64x128xf32, #hip.mma<row_warps = 4, column_warps = 1>>`.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape,
                        "::mlir::Type":$elementType,
                        OptionalParameter<"::mlir::Attribute">:$layout);
  let builders = [TypeBuilder<(ins "::llvm::ArrayRef<int64_t>":$shape,
                                   "::mlir::Type":$elementType), [{
    return $_get($_ctxt, shape, elementType, ::mlir::Attribute());
  }]>];
  let assemblyFormat =
    "`<` custom<ShapedBody>($shape, $elementType) (`,` $layout^)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool isVector() const { return getShape().size() == 1; }
    /// Sizes of a matrix.
    int64_t getRows() const { return getShape()[0]; }
    int64_t getColumns() const { return getShape().drop_front().front(); }
    /// The size of a vector.
    int64_t getSize() const { return getShape().front(); }

    TileType with(::mlir::Attribute layout) const {
      return TileType::get(getContext(), getShape(), getElementType(), layout);
    }
    bool isShared() const { return ::llvm::isa_and_nonnull<SharedLayoutAttr>(getLayout()); }
    /// Which register of which thread has which element; for register layouts.
    layout::Layout getRegisters() const;
  }];
}

def Hip_SmemType : Hip_Type<"Smem", "smem"> {
  let summary = "Shared memory of a thread block that holds a tile";
  let description = [{
    `!hip.smem<R x C x type, pitch = bytes>`: contiguous rows that begin `pitch` bytes
    apart. A vector is `!hip.smem<N x type, pitch = bytes>`, and `pitch` is its size.
    With `swizzle = n` (32, 64 or 128), eight rows by n bytes are an atom: rows of n bytes
    whose 16-byte vectors are permuted by the row's number (`layout::offsetOf`), so that
    the vectors that a warp reads from eight rows are in different banks without padding.
    This is what `wgmma` and tensor maps call a swizzle of n bytes. The atoms of the same
    rows follow each other; those of the next eight rows are `8 * pitch` bytes on. With
    `strip = r`, a multiple of 8, the atoms of r rows below each other come first, as in a
    box of a tensor map, and then those beside them. With `stages = s` there are s such
    matrices or vectors, one after another, for loops that prefetch.

    Example: `!hip.smem<96x128xbf16, pitch = 272, stages = 2>`.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape,
                        "::mlir::Type":$elementType, "int64_t":$pitch,
                        DefaultValuedParameter<"int64_t", "0">:$swizzle,
                        DefaultValuedParameter<"int64_t", "8">:$strip,
                        DefaultValuedParameter<"int64_t", "1">:$stages);
  let builders = [TypeBuilder<(ins "::llvm::ArrayRef<int64_t>":$shape,
                                   "::mlir::Type":$elementType,
                                   "int64_t":$pitch), [{
    return $_get($_ctxt, shape, elementType, pitch, /*swizzle=*/0, /*strip=*/8,
                 /*stages=*/1);
  }]>];
  let assemblyFormat = [{
    `<` custom<ShapedBody>($shape, $elementType) `,`
    struct($pitch, $swizzle, $strip, $stages) `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool isVector() const { return getShape().size() == 1; }
    int64_t getRows() const { return isVector() ? 1 : getShape()[0]; }
    int64_t getColumns() const { return getShape().back(); }
    /// Bytes from a number in memory to the next.
    static int64_t bytesOf(::mlir::Type element);
    int64_t getElementBytes() const;
    /// Bytes of one stage and of all, multiples of 16.
    int64_t getStageBytes() const;
    /// What offsets are a multiple of: the size of a vector or of a swizzle atom.
    int64_t getAlignment() const;
    int64_t getBytes() const { return getStageBytes() * getStages(); }
    SmemType withStages(int64_t stages) const;
    /// Where a byte of a row is, from the start of a stage.
    int64_t getOffset(int64_t row, int64_t byte) const;
  }];
}

def Hip_TensorMapType : Hip_Type<"TensorMap", "tensor_map"> {
  let summary = "Descriptor by which TMA copies boxes of an array";
  let description = [{
    Made on the host by `hip.tensor_map`, and passed to a kernel by value (CUDA driver
    API, `CUtensorMap`).
  }];
}

// Element types of queries, keys, values and tiles.
defvar Hip_AttendedTypes = [F16, BF16, F32];

// Types of storage that are read as one of those (S23).
defvar Hip_NarrowTypes = [F8E4M3FN, F8E5M2];

def Hip_Element : AnyTypeOf<!listconcat(Hip_AttendedTypes, Hip_NarrowTypes),
                            "f16, bf16, f32, f8E4M3FN or f8E5M2">;

// A tensor or a memref: every hip op takes both.
class Hip_Array<list<Type> elements, list<int> ranks>
    : AnyTypeOf<[TensorRankOf<elements, ranks>, MemRefRankOf<elements, ranks>]>;

// What an op writes; its verifier knows rank and element type.
def Hip_Out : AnyTypeOf<[AnyRankedTensor, AnyMemRef], "ranked tensor or memref">;

def Hip_Rows : Hip_Array<Hip_AttendedTypes, [4]>;
def Hip_RowsOrView : AnyTypeOf<[Hip_Rows, Hip_QueryType]>;

// Views of keys or values, and of summaries, by their dimensions.
class Hip_KvView<int rank, string summary>
    : Type<And<[Hip_KvType.predicate,
                CPred<"::llvm::cast<::mlir::hip::KvType>($_self).getShape()"
                      ".size() == " # rank>]>,
           summary, "::mlir::hip::KvType">;
def Hip_KvKeys : Hip_KvView<4, "view of stored keys or values">;
def Hip_KvBoxes : Hip_KvView<5, "view of summaries in pages">;

def Hip_KeysOrView : AnyTypeOf<[Hip_Rows, Hip_KvKeys]>;
def Hip_Lse : Hip_Array<[F32], [3]>;
def Hip_Ranges : Hip_Array<[I32], [5]>;
def Hip_Blocks : Hip_Array<[I32], [4]>;
def Hip_Counts : Hip_Array<[I32], [3]>;
def Hip_Scores : Hip_Array<[F32], [4]>;
def Hip_Boxes : Hip_Array<Hip_AttendedTypes, [5]>;
def Hip_BoxesOrView : AnyTypeOf<[Hip_Boxes, Hip_KvBoxes]>;
def Hip_Scales : Hip_Array<[F32], [1]>;
def Hip_PerBatch : Hip_Array<[I32], [1]>;

#endif // HIP_TYPES_TD
