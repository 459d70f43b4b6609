// RUN: hip-opt %s --split-input-file --verify-diagnostics

// What a wgmma does not compute.

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!q = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>

func.func @plain_rows(%c: !acc, %a: !q, %b: !hip.smem<32x64xbf16, pitch = 128>) {
  // expected-error @below {{multiplies by wgmma from '!hip.smem<32x64xbf16, pitch = 128>'; it reads swizzled rows without padding, in strips of 8 or of all rows}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b {transpose_b} : !acc, !q, !hip.smem<32x64xbf16, pitch = 128>
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!k = !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>

func.func @padded_rows(%c: !acc, %a: !hip.smem<64x64xbf16, pitch = 256, swizzle = 128>, %b: !k) {
  // expected-error @below {{multiplies by wgmma from '!hip.smem<64x64xbf16, pitch = 256, swizzle = 128>'; it reads swizzled rows without padding, in strips of 8 or of all rows}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b {transpose_b} : !acc, !hip.smem<64x64xbf16, pitch = 256, swizzle = 128>, !k
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!p = !hip.smem<64x20xbf16, pitch = 48>
!v = !hip.smem<20x32xbf16, pitch = 64, swizzle = 64>

func.func @rows_of_an_atom(%c: !acc, %a: !p, %b: !v) {
  // expected-error @below {{multiplies by wgmma from '!hip.smem<20x32xbf16, pitch = 64, swizzle = 64>'; it reads swizzled rows without padding, in strips of 8 or of all rows}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b : !acc, !p, !v
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!q = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!v = !hip.smem<64x32xbf16, pitch = 64, swizzle = 64>

// What is conditional are operands, never the product.
func.func @zeros(%c: !acc, %a: !q, %b: !v, %z: i1) {
  // expected-error @below {{has skip_zero and uses wgmma; put a hip.gpu.skip_zero before it instead}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b skip_zero(%z) : !acc, !q, !v
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 2, column_warps = 1>>
!q = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!k = !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>

func.func @two_warps(%c: !acc, %a: !q, %b: !k) {
  // expected-error @below {{multiplies by wgmma, but the result is in #hip.mma<row_warps = 2, column_warps = 1>, wgmma takes groups of 4 warps above each other; leave the unit to hip-assign-layouts}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b {transpose_b} : !acc, !q, !k
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 2>>
!q = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!k = !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>

func.func @side_by_side(%c: !acc, %a: !q, %b: !k) {
  // expected-error @below {{multiplies by wgmma, but the result is in #hip.mma<row_warps = 4, column_warps = 2>, wgmma takes groups of 4 warps above each other; leave the unit to hip-assign-layouts}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b {transpose_b} : !acc, !q, !k
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 8, column_warps = 1>>
!q = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!k = !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>

func.func @half_of_the_rows(%c: !acc, %a: !q, %b: !k) {
  // expected-error @below {{multiplies by wgmma, but 64 rows are no multiple of 128, those of 8 warps; leave the unit to hip-assign-layouts}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b {transpose_b} : !acc, !q, !k
  return
}

// -----

!acc = !hip.tile<64x24xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!q = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!k = !hip.smem<24x64xbf16, pitch = 128, swizzle = 128>

func.func @odd_columns(%c: !acc, %a: !q, %b: !k) {
  // expected-error @below {{multiplies by wgmma, but 24 columns of the result, wgmma has multiples of 16, at most 256; leave the unit to hip-assign-layouts}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b {transpose_b} : !acc, !q, !k
  return
}

// -----

!acc = !hip.tile<64x272xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!q = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!k = !hip.smem<272x64xbf16, pitch = 128, swizzle = 128>

func.func @many_columns(%c: !acc, %a: !q, %b: !k) {
  // expected-error @below {{multiplies by wgmma, but 272 columns of the result, wgmma has multiples of 16, at most 256; leave the unit to hip-assign-layouts}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b {transpose_b} : !acc, !q, !k
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!q = !hip.smem<64x64xf32, pitch = 256, swizzle = 128>
!k = !hip.smem<32x64xf32, pitch = 256, swizzle = 128>

func.func @wide_numbers(%c: !acc, %a: !q, %b: !k) {
  // expected-error @below {{multiplies by wgmma, but the operands hold f32 and f32, wgmma takes two of f16 or of bf16; leave the unit to hip-assign-layouts}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b {transpose_b} : !acc, !q, !k
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!q = !hip.smem<64x64xbf16, pitch = 144>
!k = !hip.smem<32x64xbf16, pitch = 144>

func.func @only_wgmma_is_asynchronous(%c: !acc, %a: !q, %b: !k) {
  // expected-error @below {{is asynchronous by mma_sync; only wgmma is}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b {async, transpose_b} : !acc, !q, !k
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!q = !hip.smem<64x64xbf16, pitch = 128, swizzle = 128>
!k = !hip.smem<32x64xbf16, pitch = 128, swizzle = 128>

func.func @in_flight(%c: !acc, %a: !q, %b: !k) {
  // expected-error @below {{is asynchronous but used by hip.gpu.mma; use the result of a hip.gpu.mma_wait}}
  %0 = hip.gpu.mma <wgmma> %c, %a, %b {async, transpose_b} : !acc, !q, !k
  %1 = hip.gpu.mma <wgmma> %0, %a, %b {transpose_b} : !acc, !q, !k
  return
}

// -----

!acc = !hip.tile<64x32xf32, #hip.mma<row_warps = 4, column_warps = 1>>
!p = !hip.tile<64x32xbf16, #hip.mma<row_warps = 8, column_warps = 1>>
!v = !hip.smem<32x32xbf16, pitch = 64, swizzle = 64>

func.func @other_rows(%c: !acc, %a: !p, %b: !v, %z: i1) {
  // expected-error @below {{they have the same rows in one #hip.mma}}
  %0:2 = hip.gpu.skip_zero %c, %a, %b if %z : !acc, !p, !v
  return
}

// -----

func.func @turns_of_one() {
  hip.gpu.roles consumers(128, registers = 216) {
    // expected-error @below {{is in a role of 128 threads; only two warpgroups can take turns, 256 threads}}
    hip.gpu.take_turn
  } producers(128, registers = 40) {
  }
  return
}

// -----

func.func @turns_of_all() {
  // expected-error @below {{is not in a hip.gpu.roles, whose warpgroups take turns}}
  hip.gpu.pass_turn
  return
}
