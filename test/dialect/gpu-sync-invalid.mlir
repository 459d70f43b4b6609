// RUN: hip-opt %s --split-input-file --verify-diagnostics

// Where roles of threads meet: mbarriers, barriers, and the roles themselves.

func.func @matrix(%m: !hip.smem<2x3xi64, pitch = 24>) {
  // expected-error @below {{has mbarriers in '!hip.smem<2x3xi64, pitch = 24>'; they are a vector of i64}}
  hip.gpu.mbarrier_init %m {arrivals = 128} : !hip.smem<2x3xi64, pitch = 24>
  return
}

// -----

func.func @word(%m: !hip.smem<3xi32, pitch = 12>, %i: index) {
  // expected-error @below {{has mbarriers in '!hip.smem<3xi32, pitch = 12>'; they are a vector of i64}}
  hip.gpu.arrive %m[%i] : !hip.smem<3xi32, pitch = 12>
  return
}

// -----

func.func @stages(%m: !hip.smem<3xi64, pitch = 24, stages = 2>, %i: index, %phase: i32) {
  // expected-error @below {{has mbarriers in '!hip.smem<3xi64, pitch = 24, stages = 2>'; they are a vector of i64}}
  hip.gpu.await %m[%i], %phase : !hip.smem<3xi64, pitch = 24, stages = 2>
  return
}

// -----

func.func @no_arrival(%m: !hip.smem<3xi64, pitch = 24>) {
  // expected-error @below {{attribute 'arrivals' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  hip.gpu.mbarrier_init %m {arrivals = 0} : !hip.smem<3xi64, pitch = 24>
  return
}

// -----

func.func @many_arrivals(%m: !hip.smem<3xi64, pitch = 24>) {
  // expected-error @below {{waits for 1048576 arrivals; an mbarrier counts up to 1048575}}
  hip.gpu.mbarrier_init %m {arrivals = 1048576} : !hip.smem<3xi64, pitch = 24>
  return
}

// -----

func.func @most_arrivals(%m: !hip.smem<3xi64, pitch = 24>) {
  hip.gpu.mbarrier_init %m {arrivals = 1048575} : !hip.smem<3xi64, pitch = 24>
  return
}

// -----

func.func @two_ways(%m: !hip.smem<3xi64, pitch = 24>, %i: index) {
  // expected-error @below {{arrives for the copies of each thread and once for a warp; keep one of the two}}
  hip.gpu.arrive %m[%i] {copies, warp} : !hip.smem<3xi64, pitch = 24>
  return
}

// -----

func.func @no_role() {
  // expected-error @below {{is not in a hip.gpu.roles; for all threads of a thread block use gpu.barrier}}
  hip.gpu.barrier
  return
}

// -----

func.func @part_of_a_warpgroup() {
  // expected-error @below {{has 64 consumers; they are warpgroups of 128 threads}}
  hip.gpu.roles consumers(64, registers = 232) {
  } producers(128, registers = 40) {
  }
  return
}

// -----

func.func @no_threads() {
  // expected-error @below {{has 0 producers; they are warpgroups of 128 threads}}
  hip.gpu.roles consumers(128, registers = 232) {
  } producers(0, registers = 40) {
  }
  return
}

// -----

func.func @many_threads() {
  // expected-error @below {{has 896 consumers and 256 producers; together they are at most 1024 threads}}
  hip.gpu.roles consumers(896, registers = 232) {
  } producers(256, registers = 40) {
  }
  return
}

// -----

func.func @few_registers() {
  // expected-error @below {{gives producers 16 registers; a thread has a multiple of 8 from 24 to 256}}
  hip.gpu.roles consumers(128, registers = 232) {
  } producers(128, registers = 16) {
  }
  return
}

// -----

func.func @many_registers() {
  // expected-error @below {{gives consumers 264 registers; a thread has a multiple of 8 from 24 to 256}}
  hip.gpu.roles consumers(128, registers = 264) {
  } producers(128, registers = 40) {
  }
  return
}

// -----

func.func @odd_registers() {
  // expected-error @below {{gives consumers 236 registers; a thread has a multiple of 8 from 24 to 256}}
  hip.gpu.roles consumers(128, registers = 236) {
  } producers(128, registers = 40) {
  }
  return
}

// -----

func.func @two_roles() {
  hip.gpu.roles consumers(128, registers = 232) {
    scf.execute_region {
      // expected-error @below {{is in another hip.gpu.roles; threads have one role}}
      hip.gpu.roles consumers(128, registers = 232) {
      } producers(128, registers = 40) {
      }
      scf.yield
    }
  } producers(128, registers = 40) {
  }
  return
}

// -----

// expected-error @below {{'func.func' op has 'hip.shared_alignment', which belongs on hip.tile.kernel or gpu.module}}
func.func private @alignment_of_a_function() attributes {hip.shared_alignment = 1024 : i64}

// -----

// expected-error @below {{'gpu.module' op has 'hip.shared_alignment' = 16 : i64, but it is an i64, a power of two from 32 to 1024}}
gpu.module @little attributes {hip.shared_alignment = 16 : i64} {
}

// -----

// expected-error @below {{'gpu.module' op has 'hip.shared_alignment' = 2048 : i64, but it is an i64, a power of two from 32 to 1024}}
gpu.module @much attributes {hip.shared_alignment = 2048 : i64} {
}

// -----

// expected-error @below {{'gpu.module' op has 'hip.shared_alignment' = 128 : i32, but it is an i64, a power of two from 32 to 1024}}
gpu.module @other_type attributes {hip.shared_alignment = 128 : i32} {
}

// -----

// expected-error @below {{'gpu.module' op has 'hip.shared_alignment' = 96 : i64, but it is an i64, a power of two from 32 to 1024}}
gpu.module @between attributes {hip.shared_alignment = 96 : i64} {
}

// -----

func.func @expects_words(%m: !hip.smem<3xi32, pitch = 12>, %i: index, %bytes: i32) {
  // expected-error @below {{has mbarriers in '!hip.smem<3xi32, pitch = 12>'; they are a vector of i64}}
  hip.gpu.expect %m[%i], %bytes : !hip.smem<3xi32, pitch = 12>
  return
}

// -----

func.func @multicast_matrix(%s: memref<2x64xf32>, %x: f32, %m: !hip.smem<2xi64, pitch = 16>, %i: index) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) cluster(2) (%b) {
    %t = hip.tile.splat %x : !hip.tile<2x64xf32>
    %view = hip.tile.view %s[%i] : memref<2x64xf32> -> !hip.rows<64xf32>
    // expected-error @below {{stores '!hip.tile<2x64xf32>' to '!hip.rows<64xf32>'; give it a vector of 32 bits a number and a view of such numbers}}
    hip.gpu.multicast %t, %view signals %m[%i] : !hip.tile<2x64xf32>, !hip.rows<64xf32>, !hip.smem<2xi64, pitch = 16>
  }
  return
}

// -----

func.func @consumers_wait() {
  hip.gpu.roles consumers(128, registers = 216) {
    // expected-error @below {{is in a role, but all threads of a thread block have to execute it; put it before hip.gpu.roles}}
    hip.gpu.await_grids
  } producers(128, registers = 40) {
  }
  return
}

// -----

func.func @multicast_alone(%s: memref<64xf32>, %x: f32, %m: !hip.smem<2xi64, pitch = 16>, %i: index) {
  %c1 = arith.constant 1 : index
  hip.tile.kernel grid(%c1) threads(32) (%b) {
    %t = hip.tile.splat %x : !hip.tile<64xf32>
    %view = hip.tile.view %s[%i] : memref<64xf32> -> !hip.rows<f32>
    // expected-error @below {{is not in a kernel with a cluster; use hip.tile.store for one thread block}}
    hip.gpu.multicast %t, %view signals %m[%i] : !hip.tile<64xf32>, !hip.rows<f32>, !hip.smem<2xi64, pitch = 16>
  }
  return
}

// -----

func.func @producers_launch() {
  hip.gpu.roles consumers(128, registers = 216) {
  } producers(128, registers = 40) {
    // expected-error @below {{is in a role, but all threads of a thread block have to execute it; put it before hip.gpu.roles}}
    hip.gpu.launch_dependents
  }
  return
}

// -----

func.func @launch_of_no_call() {
  // expected-error @below {{'arith.constant' op has 'hip.dependent_launch', which belongs on hip.tile.kernel or gpu.launch_func}}
  %c1 = arith.constant {hip.dependent_launch} 1 : index
  return
}

// -----

module attributes {gpu.container_module} {
  gpu.module @m {
    llvm.func @k() attributes {gpu.kernel, nvvm.kernel} {
      llvm.return
    }
  }
  func.func @launch_by_number(%n: index) {
    // expected-error @below {{'gpu.launch_func' op has 'hip.dependent_launch' = 1 : i64, but it is a unit attribute}}
    gpu.launch_func @m::@k blocks in (%n, %n, %n) threads in (%n, %n, %n) {hip.dependent_launch = 1}
    return
  }
}
