// A GPU is named by its compute capability too, and gets the code of the chip that runs on it.

// RUN: hip-compile %s --format=ptx --chip=sm_80 | FileCheck %s -DCHIP=sm_80
// RUN: hip-compile %s --format=ptx --chip=sm_86 | FileCheck %s -DCHIP=sm_86
// RUN: hip-compile %s --format=ptx --chip=sm_87 | FileCheck %s -DCHIP=sm_86
// RUN: hip-compile %s --format=ptx --chip=sm_90 | FileCheck %s -DCHIP=sm_90a
// RUN: hip-compile %s --format=ptx --chip=sm_90a | FileCheck %s -DCHIP=sm_90a
// RUN: hip-compile %s --format=ptx --chip=sm_100 | FileCheck %s -DCHIP=sm_100a
// RUN: hip-compile %s --format=ptx --chip=sm_103 | FileCheck %s -DCHIP=sm_89
// RUN: hip-compile %s --format=ptx --chip=sm_110 | FileCheck %s -DCHIP=sm_89
// RUN: hip-compile %s --format=ptx --chip=sm_120 | FileCheck %s -DCHIP=sm_120a
// RUN: hip-compile %s --format=ptx --chip=sm_121 | FileCheck %s -DCHIP=sm_121a
// CHECK: {{^}}.target [[CHIP]]{{$}}

// RUN: hip-run %s --pipeline ptx --chip sm_103 --emit package | FileCheck %s --check-prefix=PLAN
// RUN: hip-run %s --schedule-for sm_103 --emit tile | FileCheck %s --check-prefix=TILE
// RUN: hip-compile %s --format=tile --chip=sm_103 | FileCheck %s --check-prefix=TILE
// RUN: not hip-run %s --pipeline ptx --chip sm_103a --emit package 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not hip-compile %s --format=ptx --chip=sm_103a 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not hip-bench cuda --chip sm_103a 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not hip-run %s --schedule-for sm_103a 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not hip-compile attention --policy tree --format=ptx --chip=sm_103a 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not hip-run attention --policy tree --chip sm_103a 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: env HIPC_CUDA_LIBRARY=/none/libcuda.so not hip-compile %s --format=ptx --chip=native 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: env HIPC_CUDA_LIBRARY=/none/libcuda.so not hip-run %s --pipeline ptx --chip native --emit package 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: env HIPC_CUDA_LIBRARY=/none/libcuda.so not hip-bench cuda --chip native 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: env HIPC_CUDA_LIBRARY=/none/libcuda.so not hip-run %s --schedule-for native 2>&1 | FileCheck %s --check-prefix=NONE

// PLAN: package 'f' for sm_89,
// TILE: hip.tile.kernel
// OTHER: --{{chip|schedule-for}} sm_103a, but there are only {{(cpu, )?}}native, sm_80, {{.*}}, sm_121; code for sm_89 runs there
// NONE: --{{chip|schedule-for}} native: no CUDA driver: /none/libcuda.so: {{.*}}; name one of {{(cpu, )?}}sm_80,

func.func @f(%q: tensor<1x2x?x64xf16>, %k: tensor<1x1x?x64xf16>, %o: tensor<1x2x?x64xf16>) -> tensor<1x2x?x64xf16> {
  %0 = hip.attention ins(%q, %k, %k : tensor<1x2x?x64xf16>, tensor<1x1x?x64xf16>, tensor<1x1x?x64xf16>)
    outs(%o : tensor<1x2x?x64xf16>) policy #hip.window<block_q = 16> {sink = 4, window = 16, causal} -> tensor<1x2x?x64xf16>
  return %0 : tensor<1x2x?x64xf16>
}
