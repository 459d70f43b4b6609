// hip-opt --hip-gpu-to-nvvm
module {
  func.func @given(%arg0: memref<1x4x?x64xf16>, %arg1: memref<1x2x?x64xf16>, %arg2: memref<1x2x?x64x2xi32>, %arg3: memref<1x2x?xi32>, %arg4: memref<1x2x?x64xf32>) {
    %c2 = arith.constant 2 : index
    %dim = memref.dim %arg3, %c2 : memref<1x2x?xi32>
    %c2_0 = arith.constant 2 : index
    %c1 = arith.constant 1 : index
    %c1_1 = arith.constant 1 : index
    %c128 = arith.constant 128 : index
    hip.tile.kernel grid(%dim, %c2_0, %c1) threads(128) {own_lists = true, steps = ["score"]} (%arg5, %arg6, %arg7) {
      %0 = memref.load %arg3[%arg7, %arg6, %arg5] : memref<1x2x?xi32>
      %1 = arith.index_cast %0 : i32 to index
      %c0 = arith.constant 0 : index
      %2 = arith.cmpi sgt, %1, %c0 : index
      scf.if %2 {
        %c2_2 = arith.constant 2 : index
        %3 = arith.muli %arg6, %c2_2 : index
        %c64 = arith.constant 64 : index
        %4 = arith.muli %arg5, %c64 : index
        %c64_3 = arith.constant 64 : index
        %5 = arith.addi %4, %c64_3 : index
        %c2_4 = arith.constant 2 : index
        %dim_5 = memref.dim %arg0, %c2_4 : memref<1x4x?x64xf16>
        %6 = arith.minsi %5, %dim_5 : index
        %c2_6 = arith.constant 2 : index
        %dim_7 = memref.dim %arg1, %c2_6 : memref<1x2x?x64xf16>
        %7 = arith.index_cast %dim_7 : index to i32
        %8 = arith.subi %6, %4 : index
        %c2_10 = arith.constant 2 : index
        %9 = arith.muli %8, %c2_10 : index
        %c64_11 = arith.constant 64 : index
        %10 = arith.ceildivui %9, %c64_11 : index
        %c64_12 = arith.constant 64 : index
        scf.for %arg17 = %c0 to %1 step %c64_12 {
          %11 = hip.tile.generate {
          ^bb0(%arg19: index):
            %17 = arith.addi %arg17, %arg19 : index
            %18 = arith.cmpi slt, %17, %1 : index
            %19 = scf.if %18 -> (i32) {
              %c0_17 = arith.constant 0 : index
              %20 = memref.load %arg2[%arg7, %arg6, %arg5, %17, %c0_17] : memref<1x2x?x64x2xi32>
              scf.yield %20 : i32
            } else {
              %c0_i32 = arith.constant 0 : i32
              scf.yield %c0_i32 : i32
            }
            hip.tile.yield %19 : i32
          } {hip.layout = #hip.layout<line, row_warps = 4, column_warps = 1>} : <64xi32>
          %12 = hip.tile.generate {
          ^bb0(%arg19: index):
            %17 = arith.addi %arg17, %arg19 : index
            %18 = arith.cmpi slt, %17, %1 : index
            %19 = scf.if %18 -> (i32) {
              %c1_17 = arith.constant 1 : index
              %20 = memref.load %arg2[%arg7, %arg6, %arg5, %17, %c1_17] : memref<1x2x?x64x2xi32>
              scf.yield %20 : i32
            } else {
              %c0_i32 = arith.constant 0 : i32
              scf.yield %c0_i32 : i32
            }
            hip.tile.yield %19 : i32
          } {hip.layout = #hip.layout<line, row_warps = 4, column_warps = 1>} : <64xi32>
          %cst = arith.constant 0x7FC00000 : f32
          %13 = hip.tile.splat %cst {hip.layout = #hip.layout<line, row_warps = 4, column_warps = 1>} : <64xf32>
          %c2_13 = arith.constant 2 : index
          %14 = arith.divui %3, %c2_13 : index
          %c0_15 = arith.constant 0 : index
          %c1_16 = arith.constant 1 : index
          %15 = scf.for %arg18 = %c0_15 to %10 step %c1_16 iter_args(%arg19 = %13) -> (!hip.tile<64xf32>) {
            %17 = arith.subi %6, %4 : index
            %subview = memref.subview %arg0[0, 0, %4, 0] [1, 4, %17, 64] [1, 1, 1, 1] : memref<1x4x?x64xf16> to memref<1x4x?x64xf16, strided<[?, ?, 64, 1], offset: ?>>
            %c32 = arith.constant 32 : index
            %18 = arith.muli %arg18, %c32 : index
            %view = hip.tile.view %subview[%arg7, %3, %18] rows (d0) -> (0, d0 mod 2, d0 floordiv 2) to %17
              : memref<1x4x?x64xf16, strided<[?, ?, 64, 1], offset: ?>> -> !hip.rows<64xf16>
            %19 = hip.tile.load %view boundary <clamp> {hip.layout = #hip.layout<shared, row_warps = 4, column_warps = 1>}
              : !hip.rows<64xf16> -> <64x64xf16>
            %c0_26 = arith.constant 0 : index
            %c2_27 = arith.constant 2 : index
            %c1_28 = arith.constant 1 : index
            %view1 = hip.tile.view %arg1[%arg7, %14, %c0_26] : memref<1x2x?x64xf16> -> !hip.rows<64xf16>
            %20 = scf.for %arg20 = %c0_26 to %c2_27 step %c1_28 iter_args(%arg21 = %arg19) -> (!hip.tile<64xf32>) {
              %21 = arith.index_cast %arg20 : index to i32
              %22 = hip.tile.map %11, %12 : !hip.tile<64xi32>, !hip.tile<64xi32> {
              ^bb0(%arg22: i32, %arg23: i32):
                %c2_i32 = arith.constant 2 : i32
                %28 = arith.muli %arg22, %c2_i32 : i32
                %29 = arith.addi %28, %21 : i32
                %c0_i32 = arith.constant 0 : i32
                %30 = arith.cmpi sgt, %arg23, %c0_i32 : i32
                %31 = arith.cmpi ult, %29, %7 : i32
                %32 = arith.andi %30, %31 : i1
                %c-1_i32 = arith.constant -1 : i32
                %33 = arith.select %32, %29, %c-1_i32 : i32
                hip.tile.yield %33 : i32
              } {hip.layout = #hip.layout<line, row_warps = 4, column_warps = 1>} -> <64xi32>
              %cst_29 = arith.constant 0.000000e+00 : f32
              %23 = hip.tile.splat %cst_29 {hip.layout = #hip.boxes<q_stride = 16, block_q = 16, block_k = 1, levels = [(512, 512), (64, 64)], keep = 1>} : <64x64xf32>
              %24 = hip.tile.gather %view1 rows(%22) {hip.layout = #hip.layout<shared, row_warps = 4, column_warps = 1>}
                : !hip.rows<64xf16>, <64xi32> -> <64x64xf16>
              %25 = hip.tile.dot %23, %19, %24 {hip.layout = #hip.boxes<q_stride = 16, block_q = 16, block_k = 1, levels = [(512, 512), (64, 64)], keep = 1>, transpose_b} : <64x64xf32>, <64x64xf16>, <64x64xf16>
              %26 = hip.tile.reduce <max_number> %25 {axis = 0 : i64, hip.layout = #hip.layout<line, row_warps = 4, column_warps = 1>} : <64x64xf32> -> <64xf32>
              %27 = hip.tile.map %arg21, %26, %22 : !hip.tile<64xf32>, !hip.tile<64xf32>, !hip.tile<64xi32> {
              ^bb0(%arg22: f32, %arg23: f32, %arg24: i32):
                %c0_i32 = arith.constant 0 : i32
                %28 = arith.cmpi sge, %arg24, %c0_i32 : i32
                %cst_30 = arith.constant 0x7FC00000 : f32
                %29 = arith.select %28, %arg23, %cst_30 : f32
                %30 = arith.maxnumf %arg22, %29 : f32
                hip.tile.yield %30 : f32
              } {hip.layout = #hip.layout<line, row_warps = 4, column_warps = 1>} -> <64xf32>
              scf.yield %27 : !hip.tile<64xf32>
            }
            scf.yield %20 : !hip.tile<64xf32>
          }
          %16 = hip.tile.map %15 : !hip.tile<64xf32> {
          ^bb0(%arg18: f32):
            %cst_17 = arith.constant 0.000000e+00 : f32
            %17 = arith.mulf %arg18, %cst_17 : f32
            hip.tile.yield %17 : f32
          } {hip.layout = #hip.layout<line, row_warps = 4, column_warps = 1>} -> <64xf32>
        }
      }
    }
    return
  }
  func.func @unscored(%arg0: memref<1x4x?x64xf16>, %arg1: memref<1x2x?x64xf16>, %arg2: memref<1x2x?x64x2xi32>, %arg3: memref<1x2x?xi32>) {
    %c2 = arith.constant 2 : index
    %dim = memref.dim %arg3, %c2 : memref<1x2x?xi32>
    %c2_0 = arith.constant 2 : index
    %c1 = arith.constant 1 : index
    %c1_1 = arith.constant 1 : index
    %c128 = arith.constant 128 : index
    %c64_i32 = arith.constant 64 : i32
    hip.tile.kernel grid(%dim, %c2_0, %c1) threads(128) shared(64) {own_lists = true, steps = ["partition"]} (%arg4, %arg5, %arg6) {
      %thread_id_x = gpu.thread_id  x
      %c0 = arith.constant 0 : index
      %c1_2 = arith.constant 1 : index
      %c2_3 = arith.constant 2 : index
      %c2_4 = arith.constant 2 : index
      %dim_5 = memref.dim %arg1, %c2_4 : memref<1x2x?x64xf16>
      %c2_6 = arith.constant 2 : index
      %dim_7 = memref.dim %arg0, %c2_6 : memref<1x4x?x64xf16>
      %0 = arith.subi %dim_5, %dim_7 : index
      %c1_8 = arith.constant 1 : index
      %1 = arith.subi %dim_5, %c1_8 : index
      %c64 = arith.constant 64 : index
      %2 = arith.muli %arg4, %c64 : index
      %c64_9 = arith.constant 64 : index
      %3 = arith.divui %2, %c64_9 : index
      %c64_10 = arith.constant 64 : index
      %4 = arith.muli %3, %c64_10 : index
      %5 = arith.addi %0, %4 : index
      %6 = arith.minsi %5, %1 : index
      %c-1 = arith.constant -1 : index
      %7 = arith.subi %6, %c-1 : index
      %c0_11 = arith.constant 0 : index
      %8 = arith.maxsi %7, %c0_11 : index
      %c2_12 = arith.constant 2 : index
      %9 = arith.divui %8, %c2_12 : index
      %c2_14 = arith.constant 2 : index
      %10 = arith.muli %9, %c2_14 : index
      %11 = arith.divui %10, %c2_3 : index
      %c64_17 = arith.constant 64 : index
      %c64_18 = arith.constant 64 : index
      %c0_19 = arith.constant 0 : index
      %c128_20 = arith.constant 128 : index
      %12 = scf.for %arg16 = %c0_19 to %c64_17 step %c128_20 iter_args(%arg17 = %c0) -> (index) {
        %14 = arith.addi %arg16, %thread_id_x : index
        %15 = arith.cmpi slt, %14, %c64_17 : index
        %c63 = arith.constant 63 : index
        %16 = arith.minsi %14, %c63 : index
        %17 = arith.muli %16, %11 : index
        %18 = arith.divui %17, %c64_18 : index
        %19 = arith.addi %16, %c1_2 : index
        %20 = arith.muli %19, %11 : index
        %21 = arith.divui %20, %c64_18 : index
        %22 = arith.subi %21, %18 : index
        %23 = arith.cmpi sgt, %22, %c0 : index
        %24 = arith.andi %15, %23 : i1
        %c1_22 = arith.constant 1 : index
        %c0_23 = arith.constant 0 : index
        %25 = arith.select %24, %c1_22, %c0_23 : index
        %26 = arith.index_cast %25 : index to i32
        %c0_i32 = arith.constant 0 : i32
        %c1_i32 = arith.constant 1 : i32
        %c32_i32 = arith.constant 32 : i32
        %shuffleResult, %valid = gpu.shuffle  up %26, %c1_i32, %c32_i32 : i32
        %27 = arith.select %valid, %shuffleResult, %c0_i32 : i32
        %28 = arith.addi %26, %27 : i32
        %c2_i32 = arith.constant 2 : i32
        %c32_i32_24 = arith.constant 32 : i32
        %shuffleResult_25, %valid_26 = gpu.shuffle  up %28, %c2_i32, %c32_i32_24 : i32
        %29 = arith.select %valid_26, %shuffleResult_25, %c0_i32 : i32
        %30 = arith.addi %28, %29 : i32
        %c4_i32 = arith.constant 4 : i32
        %c32_i32_27 = arith.constant 32 : i32
        %shuffleResult_28, %valid_29 = gpu.shuffle  up %30, %c4_i32, %c32_i32_27 : i32
        %31 = arith.select %valid_29, %shuffleResult_28, %c0_i32 : i32
        %32 = arith.addi %30, %31 : i32
        %c8_i32 = arith.constant 8 : i32
        %c32_i32_30 = arith.constant 32 : i32
        %shuffleResult_31, %valid_32 = gpu.shuffle  up %32, %c8_i32, %c32_i32_30 : i32
        %33 = arith.select %valid_32, %shuffleResult_31, %c0_i32 : i32
        %34 = arith.addi %32, %33 : i32
        %c16_i32 = arith.constant 16 : i32
        %c32_i32_33 = arith.constant 32 : i32
        %shuffleResult_34, %valid_35 = gpu.shuffle  up %34, %c16_i32, %c32_i32_33 : i32
        %35 = arith.select %valid_35, %shuffleResult_34, %c0_i32 : i32
        %36 = arith.addi %34, %35 : i32
        %c0_i32_39 = arith.constant 0 : i32
        %37 = gpu.dynamic_shared_memory : memref<?xi8, #gpu.address_space<workgroup>>
        %c0_40 = arith.constant 0 : index
        %view = memref.view %37[%c0_40][] : memref<?xi8, #gpu.address_space<workgroup>> to memref<16xi32, #gpu.address_space<workgroup>>
        %c32 = arith.constant 32 : index
        %38 = arith.divui %thread_id_x, %c32 : index
        %c32_41 = arith.constant 32 : index
        %c0_43 = arith.constant 0 : index
        %41 = memref.load %view[%c0_43] : memref<16xi32, #gpu.address_space<workgroup>>
        %c0_45 = arith.constant 0 : index
        %42 = arith.cmpi ugt, %38, %c0_45 : index
        %43 = arith.select %42, %41, %c0_i32_39 : i32
        %c1_46 = arith.constant 1 : index
        %44 = memref.load %view[%c1_46] : memref<16xi32, #gpu.address_space<workgroup>>
        %c1_48 = arith.constant 1 : index
        %45 = arith.cmpi ugt, %38, %c1_48 : index
        %46 = arith.select %45, %44, %c0_i32_39 : i32
        %47 = arith.addi %43, %46 : i32
        %48 = arith.addi %41, %44 : i32
        %c2_49 = arith.constant 2 : index
        %49 = memref.load %view[%c2_49] : memref<16xi32, #gpu.address_space<workgroup>>
        %c2_51 = arith.constant 2 : index
        %50 = arith.cmpi ugt, %38, %c2_51 : index
        %51 = arith.select %50, %49, %c0_i32_39 : i32
        %52 = arith.addi %47, %51 : i32
        %53 = arith.addi %48, %49 : i32
        %c3 = arith.constant 3 : index
        %54 = memref.load %view[%c3] : memref<16xi32, #gpu.address_space<workgroup>>
        %c3_53 = arith.constant 3 : index
        %55 = arith.cmpi ugt, %38, %c3_53 : index
        %56 = arith.select %55, %54, %c0_i32_39 : i32
        %57 = arith.addi %52, %56 : i32
        %58 = arith.addi %53, %54 : i32
        %59 = arith.subi %36, %26 : i32
        %60 = arith.addi %57, %59 : i32
        %61 = arith.index_cast %60 : i32 to index
        %62 = arith.index_cast %58 : i32 to index
        scf.if %24 {
        }
        %63 = arith.addi %arg17, %62 : index
        scf.yield %63 : index
      }
    }
    return
  }
}
