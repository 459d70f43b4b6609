// hip-opt
  hip.kv.ragged %rows[%offsets] : tensor<?x2x64xf16>, memref<i32>
