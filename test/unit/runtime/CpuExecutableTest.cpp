#include "runtime/cpu/CpuDevice.h"
#include "test/unit/runtime/ScaleAddPackage.h"
#include "test/unit/runtime/TestSupport.h"

#include <bit>
#include <numeric>
#include <thread>

namespace hipc {
namespace {
using namespace test;

void scale(const uint64_t *args, int64_t row, int64_t, int64_t, int64_t) {
  const auto *x = reinterpret_cast<const float *>(args[0]) + row * args[1];
  int64_t columns = args[2];
  float factor = std::bit_cast<float>(static_cast<uint32_t>(args[3]));
  auto *scaled = reinterpret_cast<float *>(args[4]) + row * columns;
  for (int64_t j = 0; j < columns; ++j)
    scaled[j] = x[j] * factor;
}

void add(const uint64_t *args, int64_t column, int64_t row, int64_t, int64_t) {
  const auto *scaled = reinterpret_cast<const float *>(args[0]);
  const auto *y = reinterpret_cast<const float *>(args[1]);
  auto *out = reinterpret_cast<float *>(args[3]);
  out[row * args[4] + column] = scaled[row * args[2] + column] + y[column];
  if (column == 0)
    ++reinterpret_cast<int32_t *>(args[5])[row];
}

std::unique_ptr<CpuDevice> makeDevice(int64_t workers = 3) {
  auto loader = std::make_unique<FakeLoader>(
      std::map<std::string, void *>{{"scale", reinterpret_cast<void *>(scale)},
                                    {"add", reinterpret_cast<void *>(add)}});
  return std::move(*CpuDevice::create(workers, std::move(loader)));
}

std::vector<float> ramp(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

TEST(CpuExecutable, RunsAPlanIntoStridedOutputs) {
  std::unique_ptr<CpuDevice> device = makeDevice();
  auto program = std::move(*device->load(scaleAddPackage()));
  std::vector<float> x = ramp(20), y = {100, 200, 300, 400}, out(18, -1.0f);
  std::vector<int32_t> touched(3, 7);
  Tensor inputs[] = {{x.data(), DType::F32, {3, 4}, {8, 1}}, denseView(y, {4})};
  Tensor outputs[] = {{out.data(), DType::F32, {3, 4}, {6, 1}},
                      denseView(touched, {3}, DType::I32)};
  int64_t bytes = *program->workspaceBytes(inputs, 3);
  OwnedTensor::Storage memory = std::move(*allocateBytes(bytes));
  Status status =
      program->run(inputs, outputs, {memory.get(), bytes}, device->pool());
  ASSERT_TRUE(status.ok()) << status.message();
  for (int i = 0; i < 18; ++i) {
    int row = i / 6, column = i % 6;
    float expected =
        column < 4 ? x[row * 8 + column] * 0.5f + y[column] : -1.0f;
    EXPECT_EQ(out[i], expected) << i;
  }
  EXPECT_EQ(touched, (std::vector<int32_t>{0, 0, 0})); // -1 + 1
}

TEST(CpuExecutable, AllocatesItsOutputs) {
  std::unique_ptr<CpuDevice> device = makeDevice();
  auto program = std::move(*device->load(scaleAddPackage()));
  std::vector<float> x = ramp(200 * 4), y = ramp(4);
  Tensor inputs[] = {denseView(x, {200, 4}), denseView(y, {4})};
  Expected<std::vector<OwnedTensor>> outputs =
      program->call(inputs, device->pool());
  ASSERT_TRUE(outputs.ok()) << outputs.status().message();
  ASSERT_EQ(outputs->size(), 2u);
  EXPECT_EQ((*outputs)[0].view.dims, Dims({200, 4}));
  const auto *out = static_cast<const float *>((*outputs)[0].view.data);
  for (int i = 0; i < 800; ++i)
    EXPECT_EQ(out[i], x[i] * 0.5f + y[i % 4]);
}

TEST(CpuExecutable, TakesCallsFromSeveralThreads) {
  std::unique_ptr<CpuDevice> device = makeDevice();
  auto program = std::move(*device->load(scaleAddPackage()));
  std::vector<float> x = ramp(64 * 4), y = ramp(4);
  Tensor inputs[] = {denseView(x, {64, 4}), denseView(y, {4})};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        auto outputs = program->call(inputs, device->pool());
        ASSERT_TRUE(outputs.ok());
        EXPECT_EQ(static_cast<float *>((*outputs)[0].view.data)[255],
                  255 * 0.5f + 3);
      }
    });
  for (std::thread &caller : callers)
    caller.join();
}

TEST(CpuExecutable, WritesNothingWhenItRefuses) {
  std::unique_ptr<CpuDevice> device = makeDevice();
  auto program = std::move(*device->load(scaleAddPackage()));
  std::vector<float> x = ramp(12), y = ramp(4), out(12, -1.0f);
  std::vector<int32_t> touched(3, 7);
  Tensor inputs[] = {denseView(x, {3, 4}), denseView(y, {4})};
  Tensor outputs[] = {denseView(out, {3, 4}),
                      denseView(touched, {3}, DType::I32)};
  expectError(program->run(inputs, outputs, {}, device->pool()), Code::Capacity,
              {"0 bytes", "512"});
  EXPECT_EQ(touched, std::vector<int32_t>(3, 7));
  EXPECT_EQ(out, std::vector<float>(12, -1.0f));
}

TEST(CpuExecutable, LoadsTheCodeOfThisMachine) {
  FakeLoader loader({{"scale", reinterpret_cast<void *>(scale)},
                     {"add", reinterpret_cast<void *>(add)}});
  ASSERT_TRUE(CpuExecutable::create(scaleAddPackage(), loader).ok());
  EXPECT_EQ(loader.loaded, "this one");

  Package foreign = scaleAddPackage();
  foreign.blobs.pop_back();
  expectError(CpuExecutable::create(foreign, loader).status(),
              Code::Unsupported, {"scale_add", "cubin sm_90a, object other"});
  FakeLoader partial({{"scale", reinterpret_cast<void *>(scale)}});
  expectError(CpuExecutable::create(scaleAddPackage(), partial).status(),
              Code::NotFound, {"'add'"});
  Package broken = scaleAddPackage();
  broken.kernels.clear();
  expectError(CpuExecutable::create(broken, loader).status(), Code::Invalid,
              {"kernel 0 of 0"});
}

} // namespace
} // namespace hipc
