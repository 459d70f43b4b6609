//===- gpu/HighProducts.h - A fault of ptxas, gone round --------*- C++ -*-===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_MLIR_PASSES_GPU_HIGHPRODUCTS_H
#define HIP_MLIR_PASSES_GPU_HIGHPRODUCTS_H

#include "mlir/Support/LLVM.h"
#include <string>

namespace mlir::hip {

/// The text of one function, as LLVM writes PTX, in which no 64-bit number is
/// subtracted from an extended `mul.hi.u32`. Of
///
///   mul.hi.u32 %r2, %r1, 357913942;   // a division by 12
///   cvt.u64.u32 %rd2, %r2;
///   sub.s64 %rd3, %rd2, %rd1;
///
/// ptxas (13.0 to 13.5, for sm_80 to sm_100a, from -O1 on) makes one IMAD.HI
/// that adds the low word of -%rd1 and whose carry goes to the upper word.
/// Where that low word is 0 there is no carry, and %rd3 is 2^32 too small. The
/// upper half of `mul.wide.u32` it subtracts from rightly.
std::string withoutHighProducts(StringRef text);

} // namespace mlir::hip

#endif // HIP_MLIR_PASSES_GPU_HIGHPRODUCTS_H
