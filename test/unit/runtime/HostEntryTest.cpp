#include "runtime/cpu/CpuDevice.h"
#include "test/unit/runtime/TestSupport.h"

#include <atomic>
#include <cstring>

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

class HostEntryTest : public testing::Test {
protected:
  std::unique_ptr<CpuExecutable>
  load(std::string name, size_t outputs,
       std::vector<std::vector<Expr>> dims = {}) {
    Package package;
    package.kind = PackageKind::Host;
    package.blobs = {{BlobKind::Object, "fake", ""}};
    TensorSpec matrix = {"m", DType::F32, {kDynamic, kDynamic}};
    package.host = {std::move(name),
                    {matrix},
                    std::vector<TensorSpec>(outputs, matrix),
                    std::move(dims)};
    FakeLoader loader({{"doubled", reinterpret_cast<void *>(doubled)},
                       {"shared", reinterpret_cast<void *>(shared)}});
    return std::move(*CpuExecutable::create(std::move(package), loader));
  }

  std::unique_ptr<ThreadPool> pool = std::move(*ThreadPool::create(2));
  std::vector<float> data = {1, 2, 3, 4, 5, 6};
};

TEST_F(HostEntryTest, TakesOverResults) {
  auto program = load("doubled", 1);
  Tensor in = denseView(data, {2, 3});
  auto results = program->call({&in, 1}, *pool);
  ASSERT_TRUE(results.ok()) << results.status().message();
  const Tensor &view = (*results)[0].view;
  EXPECT_EQ(view.dims, Dims({2, 3}));
  EXPECT_NE(view.data, (*results)[0].storage.get());
  EXPECT_EQ(static_cast<float *>(view.data)[5], 12);
}

TEST_F(HostEntryTest, CopiesIntoOutputsOfTheCaller) {
  auto program = load("doubled", 1);
  Tensor in = denseView(data, {2, 3});
  std::vector<float> wide(8, -1.0f);
  Tensor out{wide.data(), DType::F32, {2, 3}, {4, 1}};
  Status status = program->run({&in, 1}, {&out, 1}, {}, *pool);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(wide, (std::vector<float>{2, 4, 6, -1, 8, 10, 12, -1}));
  out.dims[0] = 1;
  expectError(program->run({&in, 1}, {&out, 1}, {}, *pool), Code::Invalid,
              {"[1, 3]", "[2, 3]"});
}

TEST_F(HostEntryTest, CopiesSharedResults) {
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

TEST_F(HostEntryTest, RefusesOutputsBeforeTheRunWhereShapesAreKnown) {
  auto program = load("doubled", 1, {{Expr::dim(0, 0), Expr::dim(0, 1)}});
  // The function itself would give the error 42.
  std::vector<float> rows(13), more(14);
  Tensor in = denseView(rows, {13, 1}), out = denseView(more, {14, 1});
  auto shapes = program->outputShapes({&in, 1});
  ASSERT_TRUE(shapes.ok()) << shapes.status().message();
  EXPECT_EQ((*shapes)[0], Dims({13, 1}));
  expectError(program->run({&in, 1}, {&out, 1}, {}, *pool), Code::Invalid,
              {"[14, 1]", "[13, 1]"});
}

TEST_F(HostEntryTest, ReportsErrorsAndWrongArguments) {
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

} // namespace
} // namespace hipc
