// RUN: hip-opt %s --split-input-file --verify-diagnostics

// S23 rank of a view
// expected-error @below {{S23: a KV view has 4 dimensions [B, Hkv, T, D], got 3}}
func.func private @f(!hip.kv<8x?x64xf16>)

// -----
// S23 static heads
// expected-error @below {{S23: a KV view has static heads and head size}}
func.func private @f(!hip.kv<1x?x?x64xf16>)

// -----
// S23 element
// expected-error @below {{S23: a KV view is read as f16, bf16 or f32, got 'i32'}}
func.func private @f(!hip.kv<1x8x?x64xi32>)

// -----
// S23 element of 8 bits
// expected-error @below {{S23: a KV view is read as f16, bf16 or f32, got 'f8E4M3FN'}}
func.func private @f(!hip.kv<1x8x?x64xf8E4M3FN>)

// -----
// S23 storage of 8 bits has to say what it is read as
func.func @f(%k: memref<1x8x?x64xf8E4M3FN>) {
  // expected-error @below {{S23: storage of 'f8E4M3FN' is read as another type; name it, such as `as bf16`}}
  hip.kv.contiguous %k : memref<1x8x?x64xf8E4M3FN>
  return
}

// -----
// S23 other storage is read as it is
func.func @f(%rows: memref<?x8x64xf16>, %offsets: memref<5xi32>) {
  // expected-error @below {{S23: storage of 'f16' is read as it is, got `as 'f32'`; leave it out}}
  hip.kv.ragged %rows[%offsets] as f32 : memref<?x8x64xf16>, memref<5xi32>
  return
}

// -----
// S23 what storage of 8 bits is read as
func.func @f(%k: memref<1x8x?x64xf8E5M2>) {
  // expected-error @below {{S23: a KV view is read as f16, bf16 or f32, got 'f64'}}
  hip.kv.contiguous %k as f64 : memref<1x8x?x64xf8E5M2>
  return
}

// -----
// S23 scales are of numbers of 8 bits
func.func @f(%k: memref<1x8x?x64xf16>, %scales: memref<8xf32>) {
  // expected-error @below {{S23: has scales, but its numbers are read as they are; leave scales out}}
  hip.kv.contiguous %k scales(%scales) : memref<1x8x?x64xf16>, memref<8xf32>
  return
}

// -----
// S23 a scale for each head
func.func @f(%pages: memref<?x16x8x64xf8E5M2>, %table: memref<4x?xi32>, %lengths: memref<4xi32>, %scales: memref<2xf32>) {
  // expected-error @below {{S23: number of scales is 2, but the number of KV heads is 8}}
  hip.kv.paged %pages[%table] lengths(%lengths) as f16 scales(%scales)
    : memref<?x16x8x64xf8E5M2>, memref<4x?xi32>, memref<4xi32>, memref<2xf32>
  return
}

// -----
// S23 page size
func.func @f(%pages: memref<?x12x2x64xf16>, %table: memref<4x?xi32>, %lengths: memref<4xi32>) {
  // expected-error @below {{S23: the page size (dimension 1 of pages) has to be a static power of two, got 12}}
  hip.kv.paged %pages[%table] lengths(%lengths) : memref<?x12x2x64xf16>, memref<4x?xi32>, memref<4xi32>
  return
}

// -----
// S23 lengths
func.func @f(%pages: memref<?x16x2x64xf16>, %table: memref<4x?xi32>, %lengths: memref<3xi32>) {
  // expected-error @below {{S23: lengths is 3, but the table's batch is 4}}
  hip.kv.paged %pages[%table] lengths(%lengths) : memref<?x16x2x64xf16>, memref<4x?xi32>, memref<3xi32>
  return
}

// -----
// S23 offsets
func.func @f(%rows: memref<?x2x64xf16>, %offsets: memref<0xi32>) {
  // expected-error @below {{S23: offsets has 0 entries, but batch + 1, so at least 1, are needed}}
  hip.kv.ragged %rows[%offsets] : memref<?x2x64xf16>, memref<0xi32>
  return
}

// -----
// S23 page size is static
func.func @f(%pages: memref<4x?x2x64xf16>, %table: memref<4x?xi32>, %lengths: memref<4xi32>) {
  // expected-error @below {{S23: the page size (dimension 1 of pages) has to be a static power of two, got ?}}
  hip.kv.paged %pages[%table] lengths(%lengths) : memref<4x?x2x64xf16>, memref<4x?xi32>, memref<4xi32>
  return
}

// -----
// Tensors or memrefs of a paged view
func.func @f(%pages: memref<4x16x2x64xf16>, %table: tensor<4x?xi32>, %lengths: memref<4xi32>) {
  // expected-error @below {{mixes tensors and memrefs: 'tensor<4x?xi32>' beside 'memref<4x16x2x64xf16>'}}
  hip.kv.paged %pages[%table] lengths(%lengths) : memref<4x16x2x64xf16>, tensor<4x?xi32>, memref<4xi32>
  return
}

// -----
// Tensors or memrefs of a ragged view
func.func @f(%rows: tensor<?x2x64xf16>, %offsets: memref<5xi32>) {
  // expected-error @below {{mixes tensors and memrefs: 'memref<5xi32>' beside 'tensor<?x2x64xf16>'}}
  hip.kv.ragged %rows[%offsets] : tensor<?x2x64xf16>, memref<5xi32>
  return
}

// -----
// S23 static heads of storage
func.func @f(%rows: tensor<?x?x64xf16>, %offsets: tensor<5xi32>) {
  // expected-error @below {{S23: a KV view has static heads and head size}}
  hip.kv.ragged %rows[%offsets] : tensor<?x?x64xf16>, tensor<5xi32>
  return
}

// -----
// S23 element of storage
func.func @f(%k: tensor<1x8x64x64xi8>) {
  // expected-error @below {{must be 4D tensor of f16, bf16, f32, f8E4M3FN or f8E5M2 values}}
  %0 = "hip.kv.contiguous"(%k) : (tensor<1x8x64x64xi8>) -> !hip.kv<1x8x64x64xf16>
  return
}

// -----
// S23 the view's type follows from its storage
func.func @f(%k: tensor<1x8x64x64xf16>) {
  // expected-error @below {{inferred type(s) '!hip.kv<1x8x64x64xf16>' are incompatible with return type(s) of operation '!hip.kv<1x8x32x64xf16>'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = "hip.kv.contiguous"(%k) : (tensor<1x8x64x64xf16>) -> !hip.kv<1x8x32x64xf16>
  return
}

// -----

// Views are inferred before operands are checked: any type may come.

func.func @pages_of_rank_3(%pages: memref<4x16x1xf16>, %table: memref<4x?xi32>, %lengths: memref<4xi32>) {
  // expected-error @below {{S23: pages [P, page, Hkv, D] has to be an array of 4 dimensions, got 'memref<4x16x1xf16>'}}
  %0 = hip.kv.paged %pages[%table] lengths(%lengths) : memref<4x16x1xf16>, memref<4x?xi32>, memref<4xi32>
  return
}

// -----

func.func @table_of_rank_1(%pages: memref<4x16x1x8xf16>, %table: memref<?xi32>, %lengths: memref<4xi32>) {
  // expected-error @below {{S23: table [B, max_pages] has to be an array of 2 dimensions, got 'memref<?xi32>'}}
  %0 = hip.kv.paged %pages[%table] lengths(%lengths) : memref<4x16x1x8xf16>, memref<?xi32>, memref<4xi32>
  return
}

// -----

func.func @unranked(%k: tensor<*xf16>) {
  // expected-error @below {{S23: the storage [B, Hkv, T, D] has to be an array of 4 dimensions, got 'tensor<*xf16>'}}
  %0 = hip.kv.contiguous %k : tensor<*xf16>
  return
}

// -----

func.func @number(%k: tensor<?x2x8xf16>, %x: index) {
  // expected-error @below {{S23: offsets [B + 1] has to be an array of 1 dimensions, got 'index'}}
  %0 = hip.kv.ragged %k[%x] : tensor<?x2x8xf16>, index
  return
}

// -----

func.func @no_offsets(%k: tensor<?x2x8xf16>, %x: tensor<0xi32>) {
  // expected-error @below {{S23: offsets has 0 entries, but batch + 1, so at least 1, are needed}}
  %0 = hip.kv.ragged %k[%x] : tensor<?x2x8xf16>, tensor<0xi32>
  return
}

// -----

func.func @check_keys_batch(%rows: memref<?x2x64xf16>, %offsets: memref<5xi32>, %o: memref<5xi32>) {
  %k = hip.kv.ragged %rows[%offsets] : memref<?x2x64xf16>, memref<5xi32>
  // expected-error @below {{S24: faults dimension 0 is 5, but its size by the keys is 4}}
  hip.check_keys ins(%k : !hip.kv<4x2x?x64xf16>) outs(%o : memref<5xi32>)
  return
}

// -----

func.func @check_keys_type(%rows: memref<?x2x64xf16>, %offsets: memref<5xi32>, %o: memref<4xf32>) {
  %k = hip.kv.ragged %rows[%offsets] : memref<?x2x64xf16>, memref<5xi32>
  // expected-error @below {{S24: faults has to have 1 dimensions of 'i32', got 'memref<4xf32>'}}
  hip.check_keys ins(%k : !hip.kv<4x2x?x64xf16>) outs(%o : memref<4xf32>)
  return
}

// -----
// S17b a view of summaries
// expected-error @below {{S17b: a view of summaries has static heads and head size}}
func.func private @f(!hip.kv<1x?x?x2x64xf16>)

// -----
// S17b minima and maxima
// expected-error @below {{S23: a KV view has 4 dimensions [B, Hkv, T, D], got 5}}
func.func private @f(!hip.kv<1x8x?x3x64xf16>)

// -----
// S17b boxes and pages divide one another
func.func @f(%kept: tensor<?x1x8x2x64xf16>, %table: tensor<4x?xi32>, %lengths: tensor<4xi32>) {
  // expected-error @below {{S17b: boxes of 24 keys and pages of 16; one of the two has to divide the other: summarise at each search, or use boxes of a power of two}}
  %0 = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 24 : i64, page = 16 : i64}
    : tensor<?x1x8x2x64xf16>, tensor<4x?xi32>, tensor<4xi32>
  return
}

// -----
// S23 pages
func.func @f(%kept: tensor<?x1x8x2x64xf16>, %table: tensor<4x?xi32>, %lengths: tensor<4xi32>) {
  // expected-error @below {{S23: page = 12 has to be a power of two}}
  %0 = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 24 : i64, page = 12 : i64}
    : tensor<?x1x8x2x64xf16>, tensor<4x?xi32>, tensor<4xi32>
  return
}

// -----
// S17b no box
func.func @f(%kept: tensor<?x1x8x2x64xf16>, %table: tensor<4x?xi32>, %lengths: tensor<4xi32>) {
  // expected-error @below {{S17b: box = 0, but it has to be at least 1}}
  %0 = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 0 : i64, page = 16 : i64}
    : tensor<?x1x8x2x64xf16>, tensor<4x?xi32>, tensor<4xi32>
  return
}

// -----
// S17b summaries of a page
func.func @f(%kept: tensor<?x1x8x2x64xf16>, %table: tensor<4x?xi32>, %lengths: tensor<4xi32>) {
  // expected-error @below {{S17b: number of summaries of a page is 1, but max(1, page / box) is 4}}
  %0 = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 16 : i64, page = 64 : i64}
    : tensor<?x1x8x2x64xf16>, tensor<4x?xi32>, tensor<4xi32>
  return
}

// -----
// S17b a length for each entry of the table
func.func @f(%kept: tensor<?x1x8x2x64xf16>, %table: tensor<4x?xi32>, %lengths: tensor<5xi32>) {
  // expected-error @below {{S17b: lengths is 5, but the table's batch is 4}}
  %0 = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 64 : i64, page = 16 : i64}
    : tensor<?x1x8x2x64xf16>, tensor<4x?xi32>, tensor<5xi32>
  return
}

// -----
// S23 dimensions of what is viewed
func.func @f(%kept: tensor<?x8x2x64xf16>, %table: tensor<4x?xi32>, %lengths: tensor<4xi32>) {
  // expected-error @below {{S23: pages [P, max(1, page / box), Hkv, 2, D] has to be an array of 5 dimensions, got 'tensor<?x8x2x64xf16>'}}
  %0 = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 64 : i64, page = 16 : i64}
    : tensor<?x8x2x64xf16>, tensor<4x?xi32>, tensor<4xi32>
  return
}

// -----
// S17b summaries are no keys
func.func @f(%kept: memref<?x1x2x2x64xf16>, %table: memref<4x?xi32>, %lengths: memref<4xi32>, %o: memref<4xi32>) {
  %x = hip.kv.summaries %kept[%table] lengths(%lengths) {box = 64 : i64, page = 16 : i64}
    : memref<?x1x2x2x64xf16>, memref<4x?xi32>, memref<4xi32>
  // expected-error @below {{operand #0 must be view of stored keys or values or A view of queries of several lengths, but got '!hip.kv<4x2x?x2x64xf16>'}}
  hip.check_keys ins(%x : !hip.kv<4x2x?x2x64xf16>) outs(%o : memref<4xi32>)
  return
}
