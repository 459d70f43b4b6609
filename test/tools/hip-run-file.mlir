// RUN: not hip-run %s --entry g 2>&1 | FileCheck %s
// CHECK: hip-run: error: {{.*}}: no public function @g in the module, only [@f]
func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
  return %a : tensor<4xf32>
}
