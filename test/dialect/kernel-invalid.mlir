// RUN: hip-opt %s --split-input-file --verify-diagnostics

func.func @no_grid(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has a grid of 0 sizes; give it one to three}}
  hip.tile.kernel grid() threads(1) () {}
  return
}

// -----

func.func @four_sizes(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has a grid of 4 sizes; give it one to three}}
  hip.tile.kernel grid(%n, %n, %n, %n) threads(1) (%x, %y, %z, %w) {}
  return
}

// -----

func.func @one_number(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has a region that takes ('index'), but a grid of 2 sizes; give it an index for each size}}
  hip.tile.kernel grid(%n, %n) threads(1) (%x) {}
  return
}

// -----

func.func @no_thread(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has 0 threads; a thread block has 1 to 1024}}
  hip.tile.kernel grid(%n) threads(0) (%x) {}
  return
}

// -----

func.func @many_threads(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has 1025 threads; a thread block has 1 to 1024}}
  hip.tile.kernel grid(%n) threads(1025) (%x) {}
  return
}

// -----

func.func @less_than_no_bytes(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has -1 bytes of shared memory; give it 0 to 2147483647}}
  hip.tile.kernel grid(%n) threads(1) shared(-1) (%x) {}
  return
}

// -----

func.func @many_bytes(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has 2147483648 bytes of shared memory; give it 0 to 2147483647}}
  hip.tile.kernel grid(%n) threads(1) shared(2147483648) (%x) {}
  return
}

// -----

func.func @wide_cluster(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has cluster = 9, but a cluster has 1 to 8 thread blocks}}
  hip.tile.kernel grid(%n) threads(1) cluster(9) (%x) {}
  return
}

// -----

func.func @no_blocks(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has min_blocks = 0, but a multiprocessor holds at least 1; leave it out for any number}}
  hip.tile.kernel grid(%n) threads(1) {min_blocks = 0 : i32} (%x) {}
  return
}

// -----

func.func @no_step(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has the step 'selct', but there is no op 'hip.selct'; name the ops that it does, without 'hip.'}}
  hip.tile.kernel grid(%n) threads(1) {steps = ["split", "selct"]} (%x) {}
  return
}

// -----

func.func @no_schedule(%n: index) {
  // expected-error @below {{attribute 'schedule' failed to satisfy constraint: Sizes of the kernel that an op becomes}}
  hip.tile.kernel grid(%n) threads(1) {schedule = 7 : i64} (%x) {}
  return
}

// -----

func.func @misspelt(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op has no attribute 'own_list'; did you mean 'own_lists'?}}
  hip.tile.kernel grid(%n) threads(1) {own_list = true} (%x) {}
  return
}

// -----

func.func @two_blocks(%n: index) {
  // expected-error @below {{'hip.tile.kernel' op expects region #0 to have 0 or 1 blocks}}
  hip.tile.kernel grid(%n) threads(1) (%x) {
    cf.br ^next
  ^next:
    hip.tile.end
  }
  return
}

// -----

func.func @nested(%n: index) {
  hip.tile.kernel grid(%n) threads(1) (%x) {
    // expected-error @below {{'hip.tile.kernel' op is in another hip.tile.kernel; a kernel launches none}}
    hip.tile.kernel grid(%n) threads(1) (%y) {}
  }
  return
}

// -----

func.func @phase_outside() {
  // expected-error @below {{'hip.tile.phase' op ends a phase of a hip.tile.kernel, where all threads come to it, but is in func.func; move it into the kernel, or a branch or loop of scf there}}
  hip.tile.phase
  return
}

// -----

func.func @phase_of_a_tile(%n: index) {
  hip.tile.kernel grid(%n) threads(32) (%x) {
    %t = hip.tile.generate {
    ^bb0(%i: index):
      // expected-error @below {{ends a phase of a hip.tile.kernel, where all threads come to it, but is in hip.tile.generate}}
      hip.tile.phase
      %v = arith.index_cast %i : index to i32
      hip.tile.yield %v : i32
    } : !hip.tile<16xi32>
  }
  return
}
