// RUN: hip-opt %s --hip-sink-loads --split-input-file --verify-diagnostics

func.func @place(%a: memref<?xi32>, %n: index) -> i32 {
  %c0 = arith.constant 0 : index
  // expected-error @below {{reads a place on the host that is no constant inside 'memref<?xi32>'}}
  %v = memref.load %a[%c0] : memref<?xi32>
  hip.tile.kernel grid(%n) threads(32) (%x) {
  }
  return %v : i32
}

// -----

func.func @written(%a: memref<1xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{reads argument 0 on the host, but 'memref.store' may write to it, so that a kernel could read another number}}
  %v = memref.load %a[%c0] : memref<1xi32>
  hip.tile.kernel grid(%n) threads(32) (%x) {
    memref.store %v, %a[%c0] : memref<1xi32>
  }
  return
}

// -----

func.func @given_away(%a: memref<1xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{reads argument 0 on the host, but 'func.call' may write to it}}
  %v = memref.load %a[%c0] : memref<1xi32>
  hip.tile.kernel grid(%n) threads(32) (%x) {
    %w = arith.addi %v, %v : i32
  }
  func.call @other(%a) : (memref<1xi32>) -> ()
  return
}
func.func private @other(memref<1xi32>)

// -----

func.func @size(%a: memref<1xindex>) {
  %c0 = arith.constant 0 : index
  %v = memref.load %a[%c0] : memref<1xindex>
  // expected-error @below {{takes a number on the host that only the device knows or computes; kernels and conditions of branches may}}
  hip.tile.kernel grid(%v) threads(32) (%x) {
  }
  return
}

// -----

func.func @result(%a: memref<1xi1>, %b: memref<4xi32>, %c: memref<4xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %v = memref.load %a[%c0] : memref<1xi1>
  // expected-error @below {{gives results by a number that only the device knows; let both branches write to one array}}
  %d = scf.if %v -> memref<4xi32> {
    scf.yield %b : memref<4xi32>
  } else {
    scf.yield %c : memref<4xi32>
  }
  hip.tile.kernel grid(%n) threads(32) (%x) {
    %w = memref.load %d[%c0] : memref<4xi32>
  }
  return
}

// -----

func.func @copy(%a: memref<1xi1>, %b: memref<4xi32>, %c: memref<4xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %v = memref.load %a[%c0] : memref<1xi1>
  scf.if %v {
    // expected-error @below {{is in a branch by a number that only the device knows, which has kernels and what they need alone; move it out}}
    memref.copy %b, %c : memref<4xi32> to memref<4xi32>
    hip.tile.kernel grid(%n) threads(32) (%x) {
    }
  }
  return
}

// -----

func.func @f(%out: memref<?xi32>, %rows: i32) {
  %c1 = arith.constant 1 : index
  %two = arith.constant 2 : i32
  %twice = arith.muli %rows, %two : i32
  %grid = arith.index_cast %twice : i32 to index
  // expected-error @below {{takes a number on the host that only the device knows or computes}}
  hip.tile.kernel grid(%grid) threads(32) (%x) {
    memref.store %two, %out[%x] : memref<?xi32>
  }
  return
}
