// RUN: hip-opt %s --split-input-file --verify-diagnostics --hip-name-functions | FileCheck %s

// Names of the C library, names that meet each other, and calls.
// CHECK: func.func @fn.malloc(
// CHECK: func.func @fn.fn.malloc(
// CHECK: call @declared
// CHECK: func.func @"fn.my-\22attention\22"(
// CHECK:   call @fn.malloc
// CHECK: func.func private @declared(
module {
  func.func @malloc(%x: index) -> index {
    return %x : index
  }
  func.func @fn.malloc(%x: index) -> index {
    %y = func.call @declared(%x) : (index) -> index
    return %y : index
  }
  func.func @"my-\22attention\22"(%x: index) -> index {
    %y = func.call @malloc(%x) : (index) -> index
    return %y : index
  }
  func.func private @declared(%x: index) -> index
}

// -----

// expected-error @below {{'func.func' op has a name with a zero byte, which symbols cannot have}}
func.func @"a\00b"() {
  return
}

// -----

// expected-error @below {{'func.func' op becomes @fn.f, which is declared; rename it}}
func.func @f() {
  return
}
func.func private @fn.f()
