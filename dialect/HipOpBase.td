//===- HipOpBase.td - Base of the tensor-level ops ------------------------===//
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_OP_BASE_TD
#define HIP_OP_BASE_TD

include "dialect/HipAttrs.td"
include "dialect/HipTypes.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// Reads its inputs, writes its outs; on tensors the results are the outs.
class Hip_DestinationOp<string mnemonic, list<Trait> traits = []>
    : Hip_Op<mnemonic, !listconcat([
        DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<BufferizableOpInterface,
          ["bufferizesToMemoryRead", "bufferizesToMemoryWrite",
           "getAliasingValues", "bufferize"]>], traits)> {
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let hasVerifier = 1;
  code dpsDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutsMutable(); }
  }];
  let extraClassDeclaration = dpsDeclaration;
}

// The operands `sink` and `window`, in the assembly format of an op.
class Hip_BandNumbers {
  string text = [{
    (`sink` `(` $dynamic_sink^ `:` type($dynamic_sink) `)`)?
    (`window` `(` $dynamic_window^ `:` type($dynamic_window) `)`)?
  }];
}

#endif // HIP_OP_BASE_TD
