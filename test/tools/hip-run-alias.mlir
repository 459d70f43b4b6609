// Any program runs, and a result that aliases an argument is a copy of its own.
// RUN: python3 -c "import struct; h=b\"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\"; h+=b' '*(117-len(h))+b'\n'; open(r'%t.npy','wb').write(b'\x93NUMPY\x01\x00'+struct.pack('<H',len(h))+h+struct.pack('<2f',1,2))"
// RUN: hip-run %s --in %t.npy %t.npy --out %t.sum.npy
// RUN: python3 -c "import struct; print(struct.unpack('<2f', open(r'%t.sum.npy','rb').read()[-8:]), struct.unpack('<2f', open(r'%t.npy','rb').read()[-8:]))" | FileCheck %s
// CHECK: (2.0, 4.0) (1.0, 2.0)
func.func @add(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %0 = linalg.add ins(%a, %b : tensor<?xf32>, tensor<?xf32>) outs(%a : tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
