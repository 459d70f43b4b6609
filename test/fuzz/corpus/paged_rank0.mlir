// hip-opt
  hip.kv.paged %pages[%table] lengths(%lengths) : memref<16x2x64xf16>, memref<4x?xi32>, memref<i32>
