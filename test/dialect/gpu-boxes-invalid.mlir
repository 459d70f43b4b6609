// RUN: hip-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{strip = 12, but swizzled rows have a multiple of 8, and others have no strips}}
func.func private @f(!hip.smem<32x64xbf16, pitch = 128, swizzle = 128, strip = 12>)

// -----

// expected-error @below {{strip = 0, but swizzled rows have a multiple of 8, and others have no strips}}
func.func private @f(!hip.smem<32x64xbf16, pitch = 128, swizzle = 128, strip = 0>)

// -----

// expected-error @below {{strip = 32, but swizzled rows have a multiple of 8, and others have no strips}}
func.func private @f(!hip.smem<32x64xbf16, pitch = 128, strip = 32>)

// -----

func.func @runs(%k: !hip.rows<64xf32>, %j: !hip.tile<32xi32>) {
  // expected-error @below {{has runs = 12 of 32 rows; give a number that divides these}}
  %0 = hip.tile.gather %k rows(%j) {runs = 12} : !hip.rows<64xf32>, !hip.tile<32xi32> -> !hip.tile<32x64xf32>
  return
}

// -----

func.func @no_runs(%k: !hip.rows<64xf32>, %j: !hip.tile<32xi32>) {
  // expected-error @below {{attribute 'runs' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = hip.tile.gather %k rows(%j) {runs = 0} : !hip.rows<64xf32>, !hip.tile<32xi32> -> !hip.tile<32x64xf32>
  return
}

// -----

func.func @gpu_runs(%k: !hip.rows<64xbf16>, %m: !hip.smem<32x64xbf16, pitch = 144>, %r: !hip.smem<32xi32, pitch = 128>) {
  // expected-error @below {{has runs = 64 of 32 rows; give a number that divides these}}
  hip.gpu.gather %k rows(%r), %m {runs = 64} : !hip.rows<64xbf16>, !hip.smem<32xi32, pitch = 128>, !hip.smem<32x64xbf16, pitch = 144>
  return
}

// -----

func.func @strips_of_eight(%k: memref<?x8x?x128xbf16>) {
  // expected-error @below {{copies boxes to '!hip.smem<64x128xbf16, pitch = 256, swizzle = 128>'; they take pitch = 256, swizzle = 128 and strip = 64}}
  %0 = hip.tensor_map %k {runs = 64} : memref<?x8x?x128xbf16> to !hip.smem<64x128xbf16, pitch = 256, swizzle = 128>
  return
}

// -----

func.func @narrow_swizzle(%k: memref<?x8x?x128xbf16>) {
  // expected-error @below {{they take pitch = 256, swizzle = 128 and strip = 64}}
  %0 = hip.tensor_map %k {runs = 64} : memref<?x8x?x128xbf16> to !hip.smem<64x128xbf16, pitch = 256, swizzle = 64, strip = 64>
  return
}

// -----

func.func @part_of_an_atom(%k: memref<?x8x?x128xbf16>) {
  // expected-error @below {{copies 64 rows of 256 bytes in boxes of 4; rows are multiples of 32 bytes, and there are up to 32 boxes of a multiple of 8 rows, at most 256}}
  %0 = hip.tensor_map %k {runs = 4} : memref<?x8x?x128xbf16> to !hip.smem<64x128xbf16, pitch = 256, swizzle = 128, strip = 64>
  return
}

// -----

func.func @odd_rows(%k: memref<?x8x?x24xbf16>) {
  // expected-error @below {{copies 64 rows of 48 bytes in boxes of 64; rows are multiples of 32 bytes}}
  %0 = hip.tensor_map %k {runs = 64} : memref<?x8x?x24xbf16> to !hip.smem<64x24xbf16, pitch = 48>
  return
}

// -----

func.func @many_boxes(%k: memref<?x8x?x64xbf16>) {
  // expected-error @below {{copies 512 rows of 128 bytes in boxes of 8; rows are multiples of 32 bytes, and there are up to 32 boxes}}
  %0 = hip.tensor_map %k {runs = 8} : memref<?x8x?x64xbf16> to !hip.smem<512x64xbf16, pitch = 128, swizzle = 128, strip = 512>
  return
}

// -----

func.func @long_box(%k: memref<?x8x?x64xbf16>) {
  // expected-error @below {{copies 512 rows of 128 bytes in boxes of 512}}
  %0 = hip.tensor_map %k {runs = 512} : memref<?x8x?x64xbf16> to !hip.smem<512x64xbf16, pitch = 128, swizzle = 128, strip = 512>
  return
}

// -----

func.func @other_columns(%k: memref<?x8x?x64xbf16>) {
  // expected-error @below {{maps rows of 'memref<?x8x?x64xbf16>' to those of '!hip.smem<64x128xbf16, pitch = 256, swizzle = 128, strip = 64>'; make their numbers the same}}
  %0 = hip.tensor_map %k {runs = 64} : memref<?x8x?x64xbf16> to !hip.smem<64x128xbf16, pitch = 256, swizzle = 128, strip = 64>
  return
}

// -----

!m = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>
func.func @no_role(%map: !hip.tensor_map, %r: !hip.smem<64xi32, pitch = 256>, %m: !m, %f: !hip.smem<3xi64, pitch = 24>, %i: index) {
  // expected-error @below {{is not in a hip.gpu.roles, whose first warp starts the copies}}
  hip.gpu.gather_boxes %map[%i, %i] rows(%r), %m signals %f[%i] {runs = 64} : !hip.smem<64xi32, pitch = 256>, !m, !hip.smem<3xi64, pitch = 24>
  return
}

// -----

!m = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>
func.func @no_numbers(%map: !hip.tensor_map, %r: !hip.smem<32xi32, pitch = 128>, %m: !m, %f: !hip.smem<3xi64, pitch = 24>, %i: index) {
  // expected-error @below {{has '!hip.smem<32xi32, pitch = 128>' for 64 of 'i32'; make them the same}}
  hip.gpu.gather_boxes %map[%i, %i] rows(%r), %m signals %f[%i] {runs = 64} : !hip.smem<32xi32, pitch = 128>, !m, !hip.smem<3xi64, pitch = 24>
  return
}

// -----

!m = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>
func.func @no_mbarriers(%map: !hip.tensor_map, %r: !hip.smem<64xi32, pitch = 256>, %m: !m, %f: !hip.smem<3xi32, pitch = 12>, %i: index) {
  // expected-error @below {{has mbarriers in '!hip.smem<3xi32, pitch = 12>'; they are a vector of i64}}
  hip.gpu.gather_boxes %map[%i, %i] rows(%r), %m signals %f[%i] {runs = 64} : !hip.smem<64xi32, pitch = 256>, !m, !hip.smem<3xi32, pitch = 12>
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
func.func @part_of_a_strip(%acc: !acc, %a: !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>, %b: !hip.smem<32x64xbf16, pitch = 128, swizzle = 128, strip = 16>) {
  // expected-error @below {{it reads swizzled rows without padding, in strips of 8 or of all rows}}
  %0 = hip.gpu.mma <wgmma> %acc, %a, %b {transpose_b} : !acc, !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>, !hip.smem<32x64xbf16, pitch = 128, swizzle = 128, strip = 16>
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
func.func @left_strip(%acc: !acc, %a: !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>, %b: !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>) {
  // expected-error @below {{has the left factor in '!hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>'; its warps read strips of 8}}
  %0 = hip.gpu.mma <wgmma> %acc, %a, %b {transpose_b} : !acc, !hip.smem<64x64xbf16, pitch = 128, swizzle = 128, strip = 64>, !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>
  return
}
