//===- HipDialect.cpp - Registration, and what every op has to be
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/HipDialect.h"
#include "dialect/HipOps.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::hip;

#include "dialect/HipDialect.cpp.inc"
#include "dialect/HipEnums.cpp.inc"

void HipDialect::initialize() {
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "dialect/HipOps.cpp.inc"
      >();
  attachTilingModels(getContext());
}

//===----------------------------------------------------------------------===//
// The trait of every op
//===----------------------------------------------------------------------===//

/// The name among `names` that `wrong` may be a misspelling of, if any.
static StringRef nearest(StringRef wrong, ArrayRef<StringRef> names) {
  StringRef best;
  unsigned least = std::max<size_t>(wrong.size() / 2, 1) + 1;
  for (StringRef name : names)
    if (unsigned distance = wrong.edit_distance(name); distance < least)
      std::tie(best, least) = std::pair(name, distance);
  return best;
}

static LogicalResult verifyAttributeNames(Operation *op) {
  for (NamedAttribute attribute : op->getDiscardableAttrs()) {
    StringRef name = attribute.getName();
    if (name.contains('.'))
      continue;
    SmallVector<StringRef> own;
    for (StringAttr known : op->getName().getAttributeNames())
      if (!known.getValue().ends_with("SegmentSizes"))
        own.push_back(known);
    InFlightDiagnostic error = op->emitOpError()
                               << "has no attribute '" << name << "'";
    if (own.empty())
      return error << "; it has none";
    StringRef meant = nearest(name, own);
    if (!meant.empty())
      error << "; did you mean '" << meant << "'?";
    return error << (meant.empty() ? "; it" : " It") << " has "
                 << llvm::join(own, ", ")
                 << "; attributes of your own need a prefix, as in 'my." << name
                 << "'";
  }
  return success();
}

/// S5: sizes have 31 bits, and sizes in bytes do not wrap.
static LogicalResult verifySizes(Operation *op, Type type) {
  auto array = dyn_cast<ShapedType>(type);
  if (!array || !array.hasRank())
    return success();
  Type element = array.getElementType();
  int64_t bytes = element.isIntOrFloat()
                      ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
                      : sizeof(int64_t);
  for (auto [i, size] : llvm::enumerate(array.getShape())) {
    if (ShapedType::isDynamic(size))
      continue;
    if (size > kMostKeys)
      return op->emitOpError()
             << "S5: dimension " << i << " of " << type << " is " << size
             << ", but positions are i32: at most " << kMostKeys;
    if (llvm::MulOverflow(bytes, size, bytes))
      return op->emitOpError()
             << "has an array of more than 2^63 - 1 bytes: " << type
             << "; take smaller dimensions";
  }
  return success();
}

LogicalResult mlir::hip::verifyWellFormed(Operation *op) {
  if (failed(verifyAttributeNames(op)))
    return failure();
  for (Type type : op->getOperandTypes())
    if (failed(verifySizes(op, type)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Attributes that passes set on ops
//===----------------------------------------------------------------------===//

namespace {
/// An attribute of one pass that later ones read.
struct Mark {
  StringLiteral name, value, place;
  bool (*holds)(Attribute);
  bool (*belongs)(Operation *);
};
} // namespace

static bool isWithin(Attribute attribute, unsigned width, int64_t least,
                     int64_t most) {
  auto number = dyn_cast<IntegerAttr>(attribute);
  return number && number.getType().isSignlessInteger(width) &&
         number.getInt() >= least && number.getInt() <= most;
}

static bool isNamed(Operation *op, StringRef name) {
  return op->getName().getStringRef() == name;
}

static bool isOnArrays(Operation *op) {
  return isa<HipDialect>(op->getDialect()) &&
         isa<DestinationStyleOpInterface>(op);
}

static bool isInStages(Operation *op) {
  Operation *loop = op->getParentOp();
  return loop && isNamed(loop, "scf.for") && loop->hasAttr("hip.stages");
}

static bool isTuning(Attribute attribute) {
  auto table = dyn_cast<DictionaryAttr>(attribute);
  if (!table || table.size() != 2 || !table.getAs<StringAttr>("from"))
    return false;
  auto kernels = table.getAs<DictionaryAttr>("kernels");
  return kernels && llvm::all_of(kernels, [](NamedAttribute kernel) {
           return isa<ScheduleAttr>(kernel.getValue());
         });
}

static const Mark kMarks[] = {
    {"hip.schedule", "a #hip.schedule", "a hip op on arrays",
     [](Attribute a) { return isa<ScheduleAttr>(a); }, isOnArrays},
    {"hip.tuning",
     "the 'from' of schedules and, by names of 'kernels', #hip.schedule each",
     "builtin.module", isTuning,
     [](Operation *op) { return isNamed(op, "builtin.module"); }},
    {"hip.stages", "an i64 of 2 to 15", "scf.for",
     [](Attribute a) { return isWithin(a, 64, 2, 15); },
     [](Operation *op) { return isNamed(op, "scf.for"); }},
    {"hip.stage", "an i64 of 0 to 2", "an op of an scf.for with 'hip.stages'",
     [](Attribute a) { return isWithin(a, 64, 0, 2); }, isInStages},
    {"hip.dependent_launch", "a unit attribute",
     "hip.tile.kernel or gpu.launch_func",
     [](Attribute a) { return isa<UnitAttr>(a); },
     [](Operation *op) {
       return isNamed(op, "hip.tile.kernel") || isNamed(op, "gpu.launch_func");
     }},
    {"hip.shared_alignment", "an i64, a power of two from 32 to 1024",
     "hip.tile.kernel or gpu.module",
     [](Attribute a) {
       return isWithin(a, 64, 32, 1024) &&
              llvm::has_single_bit(
                  static_cast<uint64_t>(cast<IntegerAttr>(a).getInt()));
     },
     [](Operation *op) {
       return isNamed(op, "hip.tile.kernel") || isNamed(op, "gpu.module");
     }}};

LogicalResult HipDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attribute) {
  StringRef name = attribute.getName();
  const Mark *mark =
      llvm::find_if(kMarks, [&](const Mark &m) { return m.name == name; });
  if (mark == std::end(kMarks)) {
    SmallVector<StringRef> names;
    for (const Mark &known : kMarks)
      names.push_back(known.name);
    InFlightDiagnostic error = op->emitOpError()
                               << "has the attribute '" << name
                               << "', which no pass reads";
    if (StringRef meant = nearest(name, names); !meant.empty())
      error << "; did you mean '" << meant << "'?";
    return error;
  }
  if (!mark->belongs(op))
    return op->emitOpError()
           << "has '" << name << "', which belongs on " << mark->place;
  if (!mark->holds(attribute.getValue()))
    return op->emitOpError()
           << "has '" << name << "' = " << attribute.getValue()
           << ", but it is " << mark->value;
  return success();
}
