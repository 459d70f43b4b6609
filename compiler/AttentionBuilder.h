//===- AttentionBuilder.h - The ops of an attention
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_ATTENTIONBUILDER_H
#define HIPC_COMPILER_ATTENTIONBUILDER_H

#include "compiler/AttentionProgram.h"
#include "dialect/HipOps.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace hipc {

// Dimensions of [B, heads, T, D].
constexpr int64_t kBatch = 0, kHeads = 1, kRows = 2;
// Dimensions of [P, page, Hkv, D]; ragged [total, Hkv, D] has kHeads.
constexpr int64_t kPage = 1, kPageHeads = 2;

mlir::hip::Heads dialectHeads(ListHeads heads);

/// The policies that a policy searches: the parts of a union, or else the
/// policy alone.
llvm::SmallVector<mlir::hip::PolicyAttrInterface>
partsOf(mlir::hip::PolicyAttrInterface policy);

/// The number of lists for each query block.
int64_t selectionHeadsOf(const AttentionProgram &program);

/// Checks that there is an interval for each part of the policy, or none at
/// all.
Status checkRefresh(const AttentionProgram &program,
                    mlir::hip::PolicyAttrInterface policy);

/// Builds the module of an AttentionProgram.
class AttentionBuilder {
public:
  /// `score` is copied into the attention op; it may be null.
  AttentionBuilder(mlir::MLIRContext *context, const AttentionProgram &program,
                   mlir::hip::PolicyAttrInterface policy, mlir::Region *score)
      : b(context), loc(b.getUnknownLoc()), program(program), policy(policy),
        score(score) {}

  mlir::OwningOpRef<mlir::ModuleOp> build();
  mlir::OwningOpRef<mlir::ModuleOp> buildSummaries();

private:
  using Type = mlir::Type;
  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;
  using Types = llvm::SmallVector<Type>;
  using Values = llvm::SmallVector<Value>;
  using Policy = mlir::hip::PolicyAttrInterface;

  mlir::RankedTensorType inputType(const TensorSpec &spec);
  mlir::RankedTensorType integers(llvm::ArrayRef<int64_t> shape);
  Types inputTypes();
  Types placeTypes();
  Types readTypes();
  void readInputs(mlir::Block *body);
  Type scalesType();
  Value viewOf(Value stored, Value scales);
  Types packingTypes();
  Value keyCapacity();
  Value queryRows();
  Values emptyAttention();
  Values attention();
  Types listTypes(Policy of);
  Values emptyList(Policy of);
  mlir::hip::PruneOp prune(Policy of, ValueRange outs, ValueRange summaries);
  mlir::hip::BandAttr makeBand();
  Values inOrder();
  Values sparseAttention(Value blocks, Value counts);
  Value ceilDiv(Value size, int64_t divisor);
  Value listCapacity(Value most, int64_t block);
  int64_t batch();
  Values batchSize();
  Value empty(llvm::ArrayRef<int64_t> shape, Type element, ValueRange sizes);
  int64_t kvHeads();
  int64_t selectionHeads();
  unsigned scoreRegions() const { return score ? 1 : 0; }
  void addScore(llvm::MutableArrayRef<mlir::Region> regions);
  mlir::FloatAttr optionalFloat(std::optional<float> value);

  // AttentionSummaries.cpp
  Types summaryTypes();
  void readSummaries(ValueRange given);
  Values keepSummaries(ValueRange pools, Value rows);
  Values makeSummaries();
  Value keyBatch();

  // AttentionRefresh.cpp
  Types refreshTypes();
  Values refreshedAttention();
  Values searchIfDue(Policy part, Value age, ValueRange kept,
                     ValueRange summaries);
  mlir::hip::PruneOp search(Policy part, ValueRange outs, ValueRange summaries);
  Value ageOf(Value step, int64_t every);
  void growWindow(Value age);
  Values unite(llvm::ArrayRef<Policy> parts, llvm::ArrayRef<Values> lists);
  Value i32(int64_t value);

  mlir::OpBuilder b;
  mlir::Location loc;
  const AttentionProgram &program;
  Policy policy;
  mlir::Region *score;
  mlir::TypedValue<mlir::RankedTensorType> query;
  Value queries;                ///< the same, else the view of packed ones
  ValueRange packing;           ///< where they are packed: offsets and rows
  Value storedKeys, key, value; ///< of arrays the same, else views
  ValueRange places;            ///< offsets, or table and lengths
  Values summaries;             ///< where they are inputs; of pages views
  ValueRange read;              ///< by the score
  ValueRange kept;              ///< the counter, then lists that are refreshed
  /// Where they are inputs.
  Value positions, blocks, counts, scale, sink, window;
  mlir::hip::BandAttr band; ///< where there are lists
};

} // namespace hipc

#endif // HIPC_COMPILER_ATTENTIONBUILDER_H
