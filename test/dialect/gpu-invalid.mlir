// RUN: hip-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{a tile has one or two static dimensions}}
func.func private @f(!hip.smem<2x2x2xf32, pitch = 8>)

// -----

// expected-error @below {{pitch = 252 for rows of 256 bytes; it is a multiple of 4, from there to 16777216}}
func.func private @f(!hip.smem<32x64xf32, pitch = 252>)

// -----

// expected-error @below {{pitch = 258 for rows of 256 bytes; it is a multiple of 4, from there to 16777216}}
func.func private @f(!hip.smem<32x64xf32, pitch = 258>)

// -----

// expected-error @below {{stages = 0, but there are 1 to 16}}
func.func private @f(!hip.smem<8xf32, pitch = 32, stages = 0>)

// -----

// expected-error @below {{stages = 17, but there are 1 to 16}}
func.func private @f(!hip.smem<8xf32, pitch = 32, stages = 17>)

// -----

// expected-error @below {{swizzle = 48, but it is 32, 64 or 128 bytes, or 0 for none}}
func.func private @f(!hip.smem<8x24xf32, pitch = 96, swizzle = 48>)

// -----

// expected-error @below {{swizzle = 64 is for rows of a matrix whose pitch is a multiple of it, got pitch = 96}}
func.func private @f(!hip.smem<8x24xf32, pitch = 96, swizzle = 64>)

// -----

// expected-error @below {{swizzle = 32 is for rows of a matrix whose pitch is a multiple of it, got pitch = 32}}
func.func private @f(!hip.smem<8xf32, pitch = 32, swizzle = 32>)

// -----

func.func @offset() {
  // expected-error @below {{is at offset 8; offsets are multiples of 16 bytes from 0}}
  %0 = hip.gpu.alloc {offset = 8 : i64} : !hip.smem<8xf32, pitch = 32>
  return
}

// -----

func.func @negative() {
  // expected-error @below {{is at offset -16; offsets are multiples of 16 bytes from 0}}
  %0 = hip.gpu.alloc {offset = -16 : i64} : !hip.smem<8xf32, pitch = 32>
  return
}

// -----

func.func @stages(%m: !hip.smem<16xf32, pitch = 64, stages = 2>) {
  // expected-error @below {{accesses all 2 stages of '!hip.smem<16xf32, pitch = 64, stages = 2>'; take one by hip.gpu.slot}}
  %0 = hip.gpu.local_load %m : !hip.smem<16xf32, pitch = 64, stages = 2> -> !hip.tile<16xf32, #hip.threads<32>>
  return
}

// -----

func.func @slot_type(%m: !hip.smem<16xf32, pitch = 64, stages = 2>, %i: index) {
  // expected-error @below {{'hip.gpu.slot' op inferred type(s) '!hip.smem<16xf32, pitch = 64>' are incompatible with return type(s) of operation '!hip.smem<16xf32, pitch = 64, stages = 2>'}}
  // expected-error @below {{'hip.gpu.slot' op failed to infer returned types}}
  %0 = "hip.gpu.slot"(%m, %i) : (!hip.smem<16xf32, pitch = 64, stages = 2>, index) -> !hip.smem<16xf32, pitch = 64, stages = 2>
  return
}

// -----

func.func @load_shape(%m: !hip.smem<8xf32, pitch = 32>) {
  // expected-error @below {{has '!hip.smem<8xf32, pitch = 32>' for 16 of 'f32'; make them the same}}
  %0 = hip.gpu.local_load %m : !hip.smem<8xf32, pitch = 32> -> !hip.tile<16xf32, #hip.threads<32>>
  return
}

// -----

func.func @store_type(%t: !hip.tile<16xf32, #hip.threads<32>>, %m: !hip.smem<16xi32, pitch = 64>) {
  // expected-error @below {{has '!hip.smem<16xi32, pitch = 64>' for 16 of 'f32'; make them the same}}
  hip.gpu.local_store %t, %m : !hip.tile<16xf32, #hip.threads<32>>, !hip.smem<16xi32, pitch = 64>
  return
}

// -----

func.func @load_place(%m: !hip.smem<16xf32, pitch = 64>) {
  // expected-error @below {{has '!hip.tile<16xf32, #hip.shared>', which is not in registers; give it one of their layouts}}
  %0 = hip.gpu.local_load %m : !hip.smem<16xf32, pitch = 64> -> !hip.tile<16xf32, #hip.shared>
  return
}

// -----

func.func @store_place(%t: !hip.tile<16xf32>, %m: !hip.smem<16xf32, pitch = 64>) {
  // expected-error @below {{has '!hip.tile<16xf32>', which is not in registers; give it one of their layouts}}
  hip.gpu.local_store %t, %m : !hip.tile<16xf32>, !hip.smem<16xf32, pitch = 64>
  return
}

// -----

func.func @copy_vector(%q: memref<1x8x?x64xbf16>, %m: !hip.smem<64xbf16, pitch = 128>, %i: index) {
  %view = hip.tile.view %q[%i, %i, %i] to %i : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  // expected-error @below {{copies rows to '!hip.smem<64xbf16, pitch = 128>'; give it a matrix}}
  hip.gpu.copy %view, %m : !hip.rows<64xbf16>, !hip.smem<64xbf16, pitch = 128>
  return
}

// -----

func.func @copy_type(%q: memref<1x8x?x64xbf16>, %m: !hip.smem<16x64xf16, pitch = 144>, %i: index) {
  %view = hip.tile.view %q[%i, %i, %i] to %i : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  // expected-error @below {{'hip.gpu.copy' op moves '!hip.rows<64xbf16>' to rows of 64 'f16'; make them the same, and widen or round in a hip.tile.map}}
  hip.gpu.copy %view, %m : !hip.rows<64xbf16>, !hip.smem<16x64xf16, pitch = 144>
  return
}

// -----

func.func @copy_row(%q: memref<1x8x?x64xbf16>, %m: !hip.smem<16x32xbf16, pitch = 80>, %i: index) {
  %view = hip.tile.view %q[%i, %i, %i] to %i : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  // expected-error @below {{moves '!hip.rows<64xbf16>' to rows of 32 'bf16'}}
  hip.gpu.copy %view, %m : !hip.rows<64xbf16>, !hip.smem<16x32xbf16, pitch = 80>
  return
}

// -----

func.func @copy_counts(%l: memref<1x8x?x64xi32>, %m: !hip.smem<16x64xi32, pitch = 272>, %i: index) {
  %view = hip.tile.view %l[%i, %i, %i] : memref<1x8x?x64xi32> -> !hip.rows<64xi32>
  // expected-error @below {{'hip.gpu.copy' op reads '!hip.rows<64xi32>'; give it rows of f16, bf16, f32 or i8, such as !hip.rows<64xf32>}}
  hip.gpu.copy %view, %m : !hip.rows<64xi32>, !hip.smem<16x64xi32, pitch = 272>
  return
}

// -----

func.func @copy_async_row(%q: memref<1x8x?x12xbf16>, %m: !hip.smem<16x12xbf16, pitch = 48>, %i: index) {
  %view = hip.tile.view %q[%i, %i, %i] to %i : memref<1x8x?x12xbf16> -> !hip.rows<12xbf16>
  // expected-error @below {{is asynchronous and has rows of 24 bytes, 48 apart; both are to be multiples of 16}}
  hip.gpu.copy %view, %m {async} : !hip.rows<12xbf16>, !hip.smem<16x12xbf16, pitch = 48>
  return
}

// -----

func.func @copy_async_pitch(%q: memref<1x8x?x64xbf16>, %m: !hip.smem<16x64xbf16, pitch = 136>, %i: index) {
  %view = hip.tile.view %q[%i, %i, %i] to %i : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  // expected-error @below {{is asynchronous and has rows of 128 bytes, 136 apart; both are to be multiples of 16}}
  hip.gpu.copy %view, %m {async} : !hip.rows<64xbf16>, !hip.smem<16x64xbf16, pitch = 136>
  return
}

// -----

func.func @gather_rows(%k: memref<1x8x?x64xbf16>, %r: !hip.smem<8xi32, pitch = 32>, %m: !hip.smem<16x64xbf16, pitch = 144>, %i: index) {
  %view = hip.tile.view %k[%i, %i, %i] : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  // expected-error @below {{has '!hip.smem<8xi32, pitch = 32>' for 16 of 'i32'; make them the same}}
  hip.gpu.gather %view rows(%r), %m
    : !hip.rows<64xbf16>, !hip.smem<8xi32, pitch = 32>, !hip.smem<16x64xbf16, pitch = 144>
  return
}

// -----

func.func @gather_row_type(%k: memref<1x8x?x64xbf16>, %r: !hip.smem<16xi64, pitch = 128>, %m: !hip.smem<16x64xbf16, pitch = 144>, %i: index) {
  %view = hip.tile.view %k[%i, %i, %i] : memref<1x8x?x64xbf16> -> !hip.rows<64xbf16>
  // expected-error @below {{has '!hip.smem<16xi64, pitch = 128>' for 16 of 'i32'; make them the same}}
  hip.gpu.gather %view rows(%r), %m
    : !hip.rows<64xbf16>, !hip.smem<16xi64, pitch = 128>, !hip.smem<16x64xbf16, pitch = 144>
  return
}

// -----

func.func @gather_async(%k: memref<1x8x?x12xbf16>, %r: !hip.smem<16xi32, pitch = 64>, %m: !hip.smem<16x12xbf16, pitch = 48>, %i: index) {
  %view = hip.tile.view %k[%i, %i, %i] : memref<1x8x?x12xbf16> -> !hip.rows<12xbf16>
  // expected-error @below {{is asynchronous and has rows of 24 bytes, 48 apart; both are to be multiples of 16}}
  hip.gpu.gather %view rows(%r), %m {async}
    : !hip.rows<12xbf16>, !hip.smem<16xi32, pitch = 64>, !hip.smem<16x12xbf16, pitch = 48>
  return
}

// -----

func.func @wait() {
  // expected-error @below {{attribute 'pending' failed to satisfy constraint}}
  hip.gpu.wait {pending = -1 : i64}
  return
}

// -----

func.func @mma_acc_place(%c: !hip.tile<16x16xf32>, %a: !hip.smem<16x16xbf16, pitch = 48>, %b: !hip.smem<16x16xbf16, pitch = 48>) {
  // expected-error @below {{accumulates in f32 in a layout of #hip.mma, got '!hip.tile<16x16xf32>'}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b
    : !hip.tile<16x16xf32>, !hip.smem<16x16xbf16, pitch = 48>, !hip.smem<16x16xbf16, pitch = 48>
  return
}

// -----

func.func @mma_acc_type(%c: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.smem<16x16xbf16, pitch = 48>, %b: !hip.smem<16x16xbf16, pitch = 48>) {
  // expected-error @below {{accumulates in f32 in a layout of #hip.mma, got '!hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>'}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b
    : !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>, !hip.smem<16x16xbf16, pitch = 48>
  return
}

// -----

func.func @mma_vector(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.smem<16x16xbf16, pitch = 48>, %b: !hip.smem<16xbf16, pitch = 32>) {
  // expected-error @below {{multiplies by '!hip.smem<16xbf16, pitch = 32>'; give it a matrix}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>, !hip.smem<16xbf16, pitch = 32>
  return
}

// -----

func.func @mma_right(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.smem<16x16xbf16, pitch = 48>, %b: !hip.smem<16x8xbf16, pitch = 16>) {
  // expected-error @below {{has '!hip.smem<16x8xbf16, pitch = 16>' for 16x16 of 'bf16'; make them the same}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>, !hip.smem<16x8xbf16, pitch = 16>
  return
}

// -----

func.func @mma_transposed(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.smem<16x16xbf16, pitch = 48>, %b: !hip.smem<8x16xbf16, pitch = 48>) {
  // expected-error @below {{has '!hip.smem<8x16xbf16, pitch = 48>' for 16x16 of 'bf16'; make them the same}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b {transpose_b}
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>, !hip.smem<8x16xbf16, pitch = 48>
  return
}

// -----

func.func @mma_left(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.smem<16x32xbf16, pitch = 80>, %b: !hip.smem<16x16xbf16, pitch = 48>) {
  // expected-error @below {{has '!hip.smem<16x32xbf16, pitch = 80>' for 16x16 of 'bf16'; make them the same}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x32xbf16, pitch = 80>, !hip.smem<16x16xbf16, pitch = 48>
  return
}

// -----

func.func @mma_large(%c: !hip.tile<16384x8xf32, #hip.mma<row_warps = 32, column_warps = 1>>, %a: !hip.smem<16x32xf32, pitch = 144>, %b: !hip.smem<8x4096xf32, pitch = 16400>) {
  // expected-error @below {{has '!hip.smem<16x32xf32, pitch = 144>' for 16384x4096 of 'f32'; make them the same}}
  %0 = hip.gpu.mma <fma> %c, %a, %b {transpose_b}
    : !hip.tile<16384x8xf32, #hip.mma<row_warps = 32, column_warps = 1>>, !hip.smem<16x32xf32, pitch = 144>, !hip.smem<8x4096xf32, pitch = 16400>
  return
}

// -----

func.func @mma_registers_shape(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.tile<16x32xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %b: !hip.smem<16x16xbf16, pitch = 48>) {
  // expected-error @below {{has the left factor '!hip.tile<16x32xbf16, #hip.mma<row_warps = 1, column_warps = 1>>'; in registers that is 16x16 in #hip.mma<row_warps = 1, column_warps = 1>, of a unit that takes it there and an acc in that layout}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x32xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>
  return
}

// -----

func.func @mma_registers_fma(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %b: !hip.smem<16x16xbf16, pitch = 48>) {
  // expected-error @below {{has the left factor '!hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>'; in registers}}
  %0 = hip.gpu.mma <fma> %c, %a, %b
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>
  return
}

// -----

func.func @mma_registers_strips(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, %b: !hip.smem<16x16xbf16, pitch = 48>) {
  // expected-error @below {{has the left factor '!hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>'; in registers}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 2>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>
  return
}

// -----

func.func @mma_registers_warps(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.tile<16x16xbf16, #hip.mma<row_warps = 2, column_warps = 1>>, %b: !hip.smem<16x16xbf16, pitch = 48>) {
  // expected-error @below {{has the left factor '!hip.tile<16x16xbf16, #hip.mma<row_warps = 2, column_warps = 1>>'; in registers}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.tile<16x16xbf16, #hip.mma<row_warps = 2, column_warps = 1>>, !hip.smem<16x16xbf16, pitch = 48>
  return
}

// -----

func.func @mma_unit_types(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.smem<16x16xf16, pitch = 48>, %b: !hip.smem<16x16xbf16, pitch = 48>) {
  // expected-error @below {{multiplies by mma_sync, but the operands hold f16 and bf16, mma.sync takes two of f16 or of bf16; leave the unit to hip-assign-layouts}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x16xf16, pitch = 48>, !hip.smem<16x16xbf16, pitch = 48>
  return
}

// -----

func.func @mma_unit_inner(%c: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %a: !hip.smem<16x8xbf16, pitch = 16>, %b: !hip.smem<8x16xbf16, pitch = 48>) {
  // expected-error @below {{multiplies by mma_sync, but 8 columns are no multiple of 16; leave the unit to hip-assign-layouts}}
  %0 = hip.gpu.mma <mma_sync> %c, %a, %b
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<16x8xbf16, pitch = 16>, !hip.smem<8x16xbf16, pitch = 48>
  return
}

// -----

func.func @reduce_place(%t: !hip.tile<16x16xf32>, %m: !hip.smem<1x16xf32, pitch = 64>) {
  // expected-error @below {{reduces f32 in a layout of #hip.mma, got '!hip.tile<16x16xf32>'}}
  %0 = hip.gpu.reduce <max> %t scratch(%m)
    : !hip.tile<16x16xf32>, !hip.smem<1x16xf32, pitch = 64> -> !hip.tile<16xf32, #hip.threads<32>>
  return
}

// -----

func.func @reduce_scratch(%t: !hip.tile<16x16xf32, #hip.mma<row_warps = 2, column_warps = 1>>, %m: !hip.smem<1x16xf32, pitch = 64>) {
  // expected-error @below {{has '!hip.smem<1x16xf32, pitch = 64>' for 2x16 of 'f32'; make them the same}}
  %0 = hip.gpu.reduce <max> %t scratch(%m)
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 2, column_warps = 1>>, !hip.smem<1x16xf32, pitch = 64> -> !hip.tile<16xf32, #hip.threads<32>>
  return
}

// -----

func.func @reduce_result(%t: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %m: !hip.smem<1x16xf32, pitch = 64>) {
  // expected-error @below {{gives 16 numbers of f32 in a layout of #hip.threads, got '!hip.tile<16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>'}}
  %0 = hip.gpu.reduce <max> %t scratch(%m)
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<1x16xf32, pitch = 64> -> !hip.tile<16xf32, #hip.slice<1, <row_warps = 1, column_warps = 1>>>
  return
}

// -----

func.func @reduce_size(%t: !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, %m: !hip.smem<1x16xf32, pitch = 64>) {
  // expected-error @below {{gives 16 numbers of f32 in a layout of #hip.threads, got '!hip.tile<8xf32, #hip.threads<32>>'}}
  %0 = hip.gpu.reduce <max> %t scratch(%m)
    : !hip.tile<16x16xf32, #hip.mma<row_warps = 1, column_warps = 1>>, !hip.smem<1x16xf32, pitch = 64> -> !hip.tile<8xf32, #hip.threads<32>>
  return
}

// -----

func.func @fill_vector(%m: !hip.smem<16xf32, pitch = 64>, %x: f32) {
  // expected-error @below {{fills '!hip.smem<16xf32, pitch = 64>'; give it a matrix}}
  hip.gpu.fill %m : !hip.smem<16xf32, pitch = 64> {
  ^bb0(%r: index, %c: index):
    hip.tile.yield %x : f32
  }
  return
}

// -----

func.func @fill_source(%m: !hip.smem<16x16xf32, pitch = 80>, %s: !hip.smem<8x16xf32, pitch = 80>) {
  // expected-error @below {{has '!hip.smem<8x16xf32, pitch = 80>' for 16x16 of 'f32'; make them the same}}
  hip.gpu.fill %m from(%s) : !hip.smem<16x16xf32, pitch = 80> from !hip.smem<8x16xf32, pitch = 80> {
  ^bb0(%r: index, %c: index, %x: f32):
    hip.tile.yield %x : f32
  }
  return
}

// -----

func.func @fill_region(%m: !hip.smem<16x16xf32, pitch = 80>, %x: f32) {
  // expected-error @below {{has a region of 'index', 'index' (row, column and what the sources hold there), got 'index'}}
  hip.gpu.fill %m : !hip.smem<16x16xf32, pitch = 80> {
  ^bb0(%r: index):
    hip.tile.yield %x : f32
  }
  return
}

// -----

func.func @fill_type(%m: !hip.smem<16x16xf32, pitch = 80>, %x: bf16) {
  // expected-error @below {{yields one 'f32' for its result of type '!hip.smem<16x16xf32, pitch = 80>', got 'bf16'}}
  hip.gpu.fill %m : !hip.smem<16x16xf32, pitch = 80> {
  ^bb0(%r: index, %c: index):
    hip.tile.yield %x : bf16
  }
  return
}

// -----

func.func @vote_place(%f: !hip.tile<16xi1>) {
  // expected-error @below {{is of the numbers that a warp holds in registers, got '!hip.tile<16xi1>'; use hip.tile.any for a tile without a layout}}
  %0 = hip.gpu.vote %f : !hip.tile<16xi1>
  return
}

// -----

func.func @vote_type(%f: !hip.tile<16xi32, #hip.threads<32>>) {
  // expected-error @below {{operand #0 must be tile of one dimension of i1, but got '!hip.tile<16xi32, #hip.threads<32>>'}}
  %0 = hip.gpu.vote %f : !hip.tile<16xi32, #hip.threads<32>>
  return
}
