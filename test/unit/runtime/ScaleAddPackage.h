//===- ScaleAddPackage.h - A small program of two kernels -------*- C++ -*-===//
//
// out[i][j] = x[i][j] * 0.5 + y[j] for x: ?x?, y: ?, by way of a workspace, to
// which y is copied as well; a second output counts the rows that are done.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_TEST_UNIT_RUNTIME_SCALEADDPACKAGE_H
#define HIPC_TEST_UNIT_RUNTIME_SCALEADDPACKAGE_H

#include "runtime/package/Package.h"

namespace hipc::test {

inline BufferRef input(uint32_t i) { return {BufferKind::Input, i}; }
inline BufferRef output(uint32_t i) { return {BufferKind::Output, i}; }
inline BufferRef workspace(uint32_t i) { return {BufferKind::Workspace, i}; }

inline Plan scaleAddPlan() {
  Expr rows = Expr::dim(0, 0), columns = Expr::dim(0, 1);
  Plan plan;
  plan.name = "scale_add";
  plan.inputs = {{"x", DType::F32, {kDynamic, kDynamic}},
                 {"y", DType::F32, {kDynamic}}};
  plan.outputs = {{{"out", DType::F32, {kDynamic, kDynamic}}, {rows, columns}},
                  {{"touched", DType::I32, {kDynamic}}, {rows}}};
  plan.workspace = {{"kept", columns * 4}, {"scaled", rows * columns * 4}};
  plan.checks = {{eq(columns, Expr::dim(1, 0)),
                  "x has {0} columns and y has {1} elements; make them equal",
                  {columns, Expr::dim(1, 0)}}};

  KernelStep scale;
  scale.kernel = 0;
  scale.grid = {rows, 1, 1};
  scale.arguments = {Argument::pointer(input(0)),
                     Argument::integer(Expr::inputStride(0, 0)),
                     Argument::integer(columns), Argument::constant(0.5f),
                     Argument::pointer(workspace(1))};
  KernelStep add;
  add.kernel = 1;
  add.grid = {columns, rows, 1};
  add.dynamicSharedBytes = columns * 4;
  add.arguments = {Argument::pointer(workspace(1)),
                   Argument::pointer(input(1)),
                   Argument::integer(columns),
                   Argument::pointer(output(0)),
                   Argument::integer(Expr::outputStride(0, 0)),
                   Argument::pointer(output(1))};
  plan.steps = {CopyStep{input(1), workspace(0), columns * 4}, scale, add};
  return plan;
}

/// The same with the factor 0.5 as the third input, a number.
inline Plan scaleAddPlanOfNumber() {
  Plan plan = scaleAddPlan();
  plan.inputs.push_back({"factor", DType::F32, {}, /*number=*/true});
  auto &scale = std::get<KernelStep>(plan.steps[1]);
  std::swap(scale.arguments[1], scale.arguments[3]);
  scale.arguments[1] = Argument::number(2);
  return plan;
}

/// The same by tensor maps: of x in both kernels, and of y.
inline Plan scaleAddPlanOfMaps() {
  Plan plan = scaleAddPlan();
  Argument x = Argument::tensorMap(input(0), 0,
                                   {DType::F32,
                                    {Expr::dim(0, 1), Expr::dim(0, 0)},
                                    {Expr::inputStride(0, 0) * 4},
                                    {8, 64},
                                    32});
  Argument y = Argument::tensorMap(input(1), 0,
                                   {DType::F32, {Expr::dim(1, 0)}, {}, {4}, 0});
  std::get<KernelStep>(plan.steps[1]).arguments[1] = x;
  auto &add = std::get<KernelStep>(plan.steps[2]);
  add.arguments[1] = y;
  add.arguments.push_back(x);
  return plan;
}
/// The tensor maps of scaleAddPlanOfMaps().
inline Argument &mapOfX(Plan &plan) {
  return std::get<KernelStep>(plan.steps[1]).arguments[1];
}
inline Argument &mapOfY(Plan &plan) {
  return std::get<KernelStep>(plan.steps[2]).arguments[1];
}
/// One of them, to be changed.
inline TensorMapSpec &change(Argument &argument) {
  auto copy = std::make_shared<TensorMapSpec>(*argument.map);
  argument.map = copy;
  return *copy;
}

inline Package scaleAddPackage() {
  Package package;
  package.compilerVersion = "1.2.3";
  package.target = "fake";
  package.kernels = {"scale", "add"};
  package.blobs = {{BlobKind::Cubin, "sm_90a", std::string("\0\1\2", 3)},
                   {BlobKind::Object, "other", "not this one"},
                   {BlobKind::Object, "fake", "this one"}};
  package.plan = scaleAddPlan();
  package.source = "func.func @scale_add()";
  return package;
}

} // namespace hipc::test

#endif // HIPC_TEST_UNIT_RUNTIME_SCALEADDPACKAGE_H
