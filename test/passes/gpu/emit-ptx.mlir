// RUN: hip-opt %s --hip-emit-ptx=chip=sm_80 | FileCheck %s --check-prefixes=PTX,SM80
// RUN: hip-opt %s --hip-emit-ptx=chip=sm_120a | FileCheck %s --check-prefixes=PTX,SM120
// RUN: not hip-opt %s --hip-emit-ptx=chip=sm_70 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not hip-opt %S/Inputs/libdevice.mlir --hip-emit-ptx 2>&1 | FileCheck %s --check-prefix=CALL
// RUN: not hip-opt %S/Inputs/two-kernels.mlir --hip-emit-ptx 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: hip-opt %S/Inputs/modules.mlir --hip-emit-ptx > %t
// RUN: hip-opt %S/Inputs/modules.mlir --hip-emit-ptx --mlir-disable-threading | diff %t -
// RUN: FileCheck %s --check-prefix=JOIN --input-file=%t
// RUN: not hip-opt %S/Inputs/wide-integer.mlir --hip-emit-ptx 2>&1 | FileCheck %s --check-prefix=WIDE
// RUN: not hip-opt %S/Inputs/odd-name.mlir --hip-emit-ptx 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not hip-opt %S/Inputs/much-shared.mlir --hip-emit-ptx=chip=sm_89 2>&1 | FileCheck %s --check-prefix=SHARED
// RUN: not hip-opt %S/Inputs/moves-registers.mlir --hip-emit-ptx=chip=sm_80 2>&1 | FileCheck %s --check-prefix=MOVES
// RUN: not hip-opt %S/Inputs/cluster.mlir --hip-emit-ptx=chip=sm_89 2>&1 | FileCheck %s --check-prefix=CLUSTER
// RUN: not hip-opt %S/Inputs/warpgroups.mlir --hip-emit-ptx=chip=sm_100a 2>&1 | FileCheck %s --check-prefix=GROUPS

// CHIP: error: no PTX for chip 'sm_70', only for sm_80, sm_86, sm_89, sm_90a, sm_100a, sm_120a, sm_121a; it is older than sm_80, which code needs
// TWO: error: 'gpu.module' op has 2 functions; give each kernel a gpu.module
// CALL: error: kernels call __nv_sinf, which is no function of theirs, but packages link nothing; use ops that have instructions
// WIDE: error: a kernel computes with 'i128', but a GPU has numbers of up to 64 bits
// NAME: error: 'my-kernel' is not a PTX name, which has letters, digits, _ and $; name it 'my_kernel'
// MOVES: error: 'nvvm.setmaxregister' op is not an instruction of sm_80; name a chip that has it
// CLUSTER: error: 'nvvm.cluster.arrive' op is not an instruction of sm_89; name a chip that has it
// GROUPS: error: 'nvvm.wgmma.fence.aligned' op is not an instruction of sm_100a
// SHARED: error: a kernel needs 200000 bytes of shared memory, sm_89 has 101376; take a smaller head size or block_q, a shorter element type, or fewer columns in #hip.schedule

// One text: a header, the shared memory of both as either needs it, labels of the second function. Calls name the binary.
// JOIN: gpu.launch_func @kernels::@f blocks
// JOIN: gpu.launch_func @kernels::@g blocks
// JOIN: gpu.binary @kernels
// JOIN-SAME: .version
// JOIN-SAME: .extern .shared .align 1024 .b8 shared[];
// JOIN-SAME: .visible .entry f(
// JOIN-SAME: $L__BB0_
// JOIN-NOT: .version
// JOIN-NOT: .extern
// JOIN-SAME: .visible .entry g(
// JOIN-NOT: $L__BB0_
// JOIN-SAME: $L__BB1_

// PTX: gpu.binary @kernels
// SM80: .version 7.8\0A.target sm_80
// SM120: .version 8.7\0A.target sm_120a
// PTX-SAME: .visible .entry f(
// PTX-SAME: .reqntid 64
// PTX-SAME: st.global
gpu.module @kernels {
  llvm.func @f(%x: f32, %p: !llvm.ptr<1>)
      attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 64, 1, 1>} {
    llvm.store %x, %p : f32, !llvm.ptr<1>
    llvm.return
  }
}
