#include "runtime/cpu/CpuDevice.h"
#include "runtime/cpu/Launch.h"
#include "test/unit/runtime/ScaleAddPackage.h"
#include "test/unit/runtime/TestSupport.h"

#include <cstring>
#include <thread>

namespace hipc {
namespace {
using namespace test;

struct Descriptor2D {
  float *allocated, *aligned;
  int64_t offset, sizes[2], strides[2];

  float &at(int64_t i, int64_t j) {
    return aligned[offset + i * strides[0] + j * strides[1]];
  }
};

void doubleRow(const uint64_t *args, int64_t row, int64_t, int64_t, int64_t) {
  auto *in = reinterpret_cast<Descriptor2D *>(args[0]);
  auto *out = reinterpret_cast<Descriptor2D *>(args[1]);
  for (int64_t j = 0; j < in->sizes[1]; ++j)
    out->at(row, j) = 2 * in->at(row, j);
}

/// Gives 2 * in behind a header of 4 elements.
int32_t doubled(void **args) {
  auto *in = static_cast<Descriptor2D *>(args[0]);
  auto *out = static_cast<Descriptor2D *>(args[1]);
  int64_t rows = in->sizes[0], columns = in->sizes[1];
  if (rows == 13)
    return 42;
  auto *memory =
      static_cast<float *>(std::malloc((rows * columns + 4) * sizeof(float)));
  *out = {memory, memory, 4, {rows, columns}, {columns, 1}};
  uint64_t slots[] = {reinterpret_cast<uint64_t>(in),
                      reinterpret_cast<uint64_t>(out)};
  hipc_cpu_launch(doubleRow, slots, rows, 1, 1);
  return 0;
}

/// Gives its argument, and one buffer twice.
int32_t shared(void **args) {
  auto *in = static_cast<Descriptor2D *>(args[0]);
  *static_cast<Descriptor2D *>(args[1]) = *in;
  auto *memory = static_cast<float *>(std::malloc(sizeof(float)));
  *memory = 5;
  for (int i : {2, 3})
    *static_cast<Descriptor2D *>(args[i]) = {memory, memory, 0, {1, 1}, {1, 1}};
  return 0;
}

class CpuExecutableTest : public testing::Test {
protected:
  static Package package(std::string name, size_t outputs) {
    Package package;
    package.kind = PackageKind::Host;
    package.blobs = {{BlobKind::Cubin, "sm_90a", "no code of a CPU"},
                     {BlobKind::Object, "other", "not this one"},
                     {BlobKind::Object, "fake", "this one"}};
    TensorSpec matrix = {"m", DType::F32, {kDynamic, kDynamic}};
    package.host = {
        std::move(name), {matrix}, std::vector<TensorSpec>(outputs, matrix)};
    return package;
  }

  std::unique_ptr<CpuExecutable>
  load(std::string name, size_t outputs,
       std::vector<std::vector<Expr>> dims = {}) {
    Package made = package(std::move(name), outputs);
    made.host.outputDims = std::move(dims);
    return std::move(*CpuExecutable::create(std::move(made), loader));
  }

  FakeLoader loader{{{"doubled", reinterpret_cast<void *>(doubled)},
                     {"shared", reinterpret_cast<void *>(shared)}}};
  std::unique_ptr<ThreadPool> pool = std::move(*ThreadPool::create(2));
  std::vector<float> data = {1, 2, 3, 4, 5, 6};
};

TEST_F(CpuExecutableTest, TakesOverResults) {
  auto program = load("doubled", 1);
  Tensor in = denseView(data, {2, 3});
  auto results = program->call({&in, 1}, *pool);
  ASSERT_TRUE(results.ok()) << results.status().message();
  const Tensor &view = (*results)[0].view;
  EXPECT_EQ(view.dims, Dims({2, 3}));
  EXPECT_NE(view.data, (*results)[0].storage.get());
  EXPECT_EQ(static_cast<float *>(view.data)[5], 12);
}

TEST_F(CpuExecutableTest, CopiesIntoOutputsOfTheCaller) {
  auto program = load("doubled", 1);
  Tensor in = denseView(data, {2, 3});
  std::vector<float> wide(8, -1.0f);
  Tensor out{wide.data(), DType::F32, {2, 3}, {4, 1}};
  Status status = program->run({&in, 1}, {&out, 1}, *pool);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(wide, (std::vector<float>{2, 4, 6, -1, 8, 10, 12, -1}));
  out.dims[0] = 1;
  expectError(program->run({&in, 1}, {&out, 1}, *pool), Code::Invalid,
              {"[1, 3]", "[2, 3]"});
}

TEST_F(CpuExecutableTest, CopiesSharedResults) {
  auto program = load("shared", 3);
  Tensor in = denseView(data, {2, 3});
  auto results = program->call({&in, 1}, *pool);
  ASSERT_TRUE(results.ok()) << results.status().message();
  const Tensor &same = (*results)[0].view;
  EXPECT_NE(same.data, data.data());
  EXPECT_EQ(static_cast<float *>(same.data)[5], 6);
  EXPECT_NE((*results)[1].view.data, (*results)[2].view.data);
  EXPECT_EQ(*static_cast<float *>((*results)[2].view.data), 5);
}

TEST_F(CpuExecutableTest, RefusesOutputsBeforeTheRunWhereShapesAreKnown) {
  auto program = load("doubled", 1, {{Expr::dim(0, 0), Expr::dim(0, 1)}});
  // The function itself would give the error 42.
  std::vector<float> rows(13), more(14);
  Tensor in = denseView(rows, {13, 1}), out = denseView(more, {14, 1});
  auto shapes = program->outputShapes({&in, 1});
  ASSERT_TRUE(shapes.ok()) << shapes.status().message();
  EXPECT_EQ((*shapes)[0], Dims({13, 1}));
  expectError(program->run({&in, 1}, {&out, 1}, *pool), Code::Invalid,
              {"[14, 1]", "[13, 1]"});
}

TEST_F(CpuExecutableTest, ReportsErrorsAndWrongArguments) {
  auto program = load("doubled", 1);
  std::vector<float> rows(13);
  Tensor in = denseView(rows, {13, 1});
  expectError(program->call({&in, 1}, *pool).status(), Code::Internal,
              {"'doubled'", "42"});
  in.dtype = DType::I32;
  expectError(program->call({&in, 1}, *pool).status(), Code::Invalid,
              {"i32", "f32"});
  expectError(program->outputShapes({&in, 1}).status(), Code::Unsupported,
              {"'doubled'"});
}

TEST_F(CpuExecutableTest, WritesNothingWhenItRefuses) {
  auto program = load("doubled", 1, {{Expr::dim(0, 0), Expr::dim(0, 1)}});
  std::vector<float> out(6, -1.0f);
  Tensor in = denseView(data, {2, 3}), result = denseView(out, {3, 2});
  expectError(program->run({&in, 1}, {&result, 1}, *pool), Code::Invalid,
              {"[3, 2]", "[2, 3]"});
  EXPECT_EQ(out, std::vector<float>(6, -1.0f));
}

TEST_F(CpuExecutableTest, TakesCallsFromSeveralThreads) {
  auto program = load("doubled", 1);
  std::vector<float> rows(64 * 4, 3.0f);
  Tensor in = denseView(rows, {64, 4});
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        auto outputs = program->call({&in, 1}, *pool);
        ASSERT_TRUE(outputs.ok()) << outputs.status().message();
        const auto *out = static_cast<float *>((*outputs)[0].view.data);
        EXPECT_EQ(std::count(out, out + 256, 6.0f), 256);
      }
    });
  for (std::thread &caller : callers)
    caller.join();
}

TEST_F(CpuExecutableTest, LoadsTheCodeOfThisMachine) {
  load("doubled", 1);
  EXPECT_EQ(loader.loaded, "this one");
  Package foreign = package("doubled", 1);
  foreign.blobs.pop_back();
  expectError(CpuExecutable::create(foreign, loader).status(),
              Code::Unsupported,
              {"doubled", "cubin sm_90a, object other (not fake)"});
  expectError(CpuExecutable::create(package("tripled", 1), loader).status(),
              Code::NotFound, {"'tripled'"});
  Package broken = package("doubled", 1);
  broken.host.checks = {{Expr::dim(9, 0), "", {}}};
  expectError(CpuExecutable::create(broken, loader).status(), Code::Invalid,
              {"input 9"});
}

/// A launch plan is for GPUs, whatever code is beside it.
TEST_F(CpuExecutableTest, RefusesPlans) {
  expectError(
      CpuExecutable::create(scaleAddPackage(), loader).status(),
      Code::Unsupported,
      {"'scale_add' is a launch plan for fake", "compile it for a CPU"});
}

} // namespace
} // namespace hipc
