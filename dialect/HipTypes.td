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
    `!hip.kv<B x Hkv x T x D x type>`: the logical shape of keys or values,
    whatever their storage is (S23): contiguous, ragged or paged. `T` is dynamic
    where each batch entry has a length of its own. Made by `hip.kv.contiguous`,
    `hip.kv.ragged` and `hip.kv.paged`; taken by every op that reads keys.

    Example: `!hip.kv<4x8x?x128xbf16>`.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape,
                        "::mlir::Type":$elementType);
  let assemblyFormat = "`<` custom<ShapedBody>($shape, $elementType) `>`";
  let genVerifyDecl = 1;
}

def Hip_TileType : Hip_Type<"Tile", "tile"> {
  let summary = "A matrix or vector of static size that a thread block holds";
  let description = [{
    `!hip.tile<R x C x type>` or `!hip.tile<N x type>`: a value, whose place
    (registers, scratch or shared memory) later passes choose. Vectors are numbers
    per row or per column of a matrix; which, the ops that meet both say. Numbers are f16, bf16, f32 or integers of 1 to 64 bits; a tile
    has at most 2^24 of them. The type is that of the array that was read or what
    a map rounds to, and so decides which unit multiplies.

    Example: `!hip.tile<64x128xf32>`.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape,
                        "::mlir::Type":$elementType);
  let assemblyFormat = "`<` custom<ShapedBody>($shape, $elementType) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool isVector() const { return getShape().size() == 1; }
    /// Sizes of a matrix.
    int64_t getRows() const { return getShape()[0]; }
    int64_t getColumns() const { return getShape().drop_front().front(); }
    /// The size of a vector.
    int64_t getSize() const { return getShape().front(); }
  }];
}

def Hip_Element : AnyTypeOf<[F16, BF16, F32, F8E4M3FN, F8E5M2],
                            "f16, bf16, f32, f8E4M3FN or f8E5M2">;

// A tensor or a memref: every hip op takes both.
class Hip_Array<list<Type> elements, list<int> ranks>
    : AnyTypeOf<[TensorRankOf<elements, ranks>, MemRefRankOf<elements, ranks>]>;

// What an op writes; its verifier knows rank and element type.
def Hip_Out : AnyTypeOf<[AnyRankedTensor, AnyMemRef], "ranked tensor or memref">;

def Hip_Rows : Hip_Array<[F16, BF16, F32], [4]>;
def Hip_KeysOrView : AnyTypeOf<[Hip_Rows, Hip_KvType]>;
def Hip_Lse : Hip_Array<[F32], [3]>;
def Hip_Ranges : Hip_Array<[I32], [5]>;
def Hip_Blocks : Hip_Array<[I32], [4]>;
def Hip_Counts : Hip_Array<[I32], [3]>;
def Hip_Scores : Hip_Array<[F32], [4]>;
def Hip_Boxes : Hip_Array<[F16, BF16, F32], [5]>;
def Hip_PerBatch : Hip_Array<[I32], [1]>;

#endif // HIP_TYPES_TD
