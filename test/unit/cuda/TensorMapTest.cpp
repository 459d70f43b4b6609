// Tensor maps: encoded once for an address, and what the driver would refuse is
// refused before.

#include "runtime/cuda/RecordedCall.h"
#include "test/unit/cuda/CudaTest.h"

namespace hipc {
namespace {
using namespace test;

class TensorMapTest : public CudaTest {
protected:
  explicit TensorMapTest(const char *driver = HIPC_FAKE_CUDA)
      : CudaTest(driver) {
    package.plan = scaleAddPlanOfMaps();
    fake->mapParameters = {{"scale", {1}}, {"add", {1, 6}}};
  }
  void TearDown() override {
    EXPECT_EQ(fake->misuses, std::vector<std::string>());
    EXPECT_EQ(fake->current, 0);
  }

  std::unique_ptr<CudaExecutable> loaded() {
    auto executable = load();
    EXPECT_TRUE(executable.ok()) << executable.status().message();
    return executable.ok() ? std::move(*executable) : nullptr;
  }
  /// Whether a map of `text` was encoded for the array at `address`.
  bool encodes(std::string_view text, const void *address) const {
    return called(join("cuTensorMapEncodeTiled ", text, " at ",
                       reinterpret_cast<uintptr_t>(address)));
  }
  int64_t encoded() const { return count("cuTensorMapEncodeTiled"); }

  static constexpr std::string_view kMapOfX =
      "type 7 sizes 4x3 strides 16 box 8x64 steps 1x1 interleave 0 swizzle 1 "
      "promotion 3 fill 0";
  static constexpr std::string_view kMapOfY =
      "type 7 sizes 4 strides  box 4 steps 1 interleave 0 swizzle 0 "
      "promotion 3 fill 0";
};

TEST_F(TensorMapTest, BytesAreTheParameter) {
  auto executable = loaded();
  ASSERT_TRUE(executable);
  EXPECT_EQ(run(*executable).message(), "");
  EXPECT_EQ(encoded(), 2);
  EXPECT_TRUE(encodes(kMapOfX, x));
  EXPECT_TRUE(encodes(kMapOfY, y));
  const std::vector<std::string> &maps = fake->tensorMaps;
  EXPECT_EQ(fake->launchedMaps,
            std::vector<std::string>({maps[0], maps[1], maps[0]}));
  EXPECT_EQ(count("cuLaunchKernelEx"), 2);
}

TEST_F(TensorMapTest, EncodesElementsAndSwizzlesByTheirNumbers) {
  for (auto [element, type] :
       {std::pair(DType::F16, 6), {DType::F32, 7}, {DType::BF16, 9}})
    for (auto [swizzle, mode] :
         {std::pair(0u, 0), {32u, 1}, {64u, 2}, {128u, 3}}) {
      TensorMapSpec &map = change(mapOfX(package.plan));
      map.element = element;
      map.swizzle = swizzle;
      auto executable = loaded();
      ASSERT_TRUE(executable);
      EXPECT_EQ(run(*executable).message(), "");
      EXPECT_TRUE(called(join("cuTensorMapEncodeTiled type ", type,
                              " sizes 4x3 strides 16 box 8x64 steps 1x1 "
                              "interleave 0 swizzle ",
                              mode, " promotion 3 fill 0")));
    }
}

TEST_F(TensorMapTest, TheSameCallEncodesNothingAnew) {
  auto executable = loaded();
  ASSERT_TRUE(executable);
  ASSERT_TRUE(run(*executable).ok());
  ASSERT_TRUE(run(*executable).ok());
  EXPECT_EQ(encoded(), 0);
  EXPECT_EQ(fake->launchedMaps.size(), 6u);
  EXPECT_EQ(fake->launchedMaps[3], fake->launchedMaps[0]);

  alignas(64) float moved[12] = {};
  inputs[0].data = moved;
  ASSERT_TRUE(run(*executable).ok());
  EXPECT_EQ(encoded(), 1);
  EXPECT_TRUE(encodes(kMapOfX, moved));
  EXPECT_EQ(fake->launchedMaps.back(), fake->tensorMaps.back());

  inputs[0].dims[0] = outputs[0].dims[0] = outputs[1].dims[0] = 2;
  ASSERT_TRUE(run(*executable).ok());
  EXPECT_EQ(encoded(), 2);
  EXPECT_TRUE(called("cuTensorMapEncodeTiled type 7 sizes 4x2 "));
}

TEST_F(TensorMapTest, FailuresAreReportedAndEncodedAgain) {
  auto executable = loaded();
  ASSERT_TRUE(executable);
  fake->failing = "cuTensorMapEncodeTiled";
  fake->result = 1;
  expectError(run(*executable), Code::Device,
              {"tensor map of input 'x': CUDA_ERROR_FAKE"});
  EXPECT_FALSE(called("cuMemcpyDtoDAsync_v2"));
  EXPECT_FALSE(called("cuLaunchKernelEx"));
  fake->failing.clear();
  EXPECT_TRUE(run(*executable).ok());
  EXPECT_EQ(encoded(), 2);
}

TEST_F(TensorMapTest, GraphsTakeTheBytesAsTheyAreRecorded) {
  auto executable = loaded();
  ASSERT_TRUE(executable);
  CudaDevice::Scope scope(executable->device());
  auto recorded =
      cuda::RecordedCall::record(executable->sharedDevice(), nullptr, [&] {
        return executable->run(inputs, outputs, workspace, nullptr);
      });
  ASSERT_TRUE(recorded.ok()) << recorded.status().message();
  EXPECT_EQ(encoded(), 2);
  EXPECT_EQ(fake->launchedMaps[0], fake->tensorMaps[0]);
  fake->calls.clear();
  EXPECT_TRUE(recorded->launch(nullptr).ok());
  EXPECT_EQ(fake->calls, std::vector<std::string>({"cuGraphLaunch"}));
}

TEST_F(TensorMapTest, RefusesWhatTheDriverWould) {
  auto executable = loaded();
  ASSERT_TRUE(executable);
  auto refuses = [&](std::initializer_list<std::string_view> pieces) {
    expectError(run(*executable), Code::Invalid, pieces);
    EXPECT_EQ(fake->calls, std::vector<std::string>());
  };
  auto setColumns = [&](int64_t columns) {
    for (Tensor *tensor : {&inputs[0], &outputs[0]})
      tensor->dims[1] = columns;
    inputs[1].dims[0] = columns;
  };
  setColumns(3);
  inputs[0].strides[0] = 3;
  refuses({"input 'x' has a stride of 12 bytes on axis 1", "multiples of 16",
           "pass an aligned copy", "engine = cp_async"});
  setColumns(4);
  inputs[0].strides[0] = int64_t{1} << 38;
  refuses({"a stride of 1099511627776 bytes on axis 1", "below 1099511627776"});
  inputs[0].strides[0] = outputs[0].strides[0] = int64_t{1} << 32;
  setColumns(int64_t{1} << 32);
  refuses({"input 'x' has 4294967296 entries on axis 0",
           "fewer than 4294967296", "engine = cp_async"});
}

TEST_F(TensorMapTest, RefusesAddressesThatTheDriverWould) {
  mapOfY(package.plan).value = 4;
  change(mapOfY(package.plan)).sizes[0] = Expr::dim(1, 0) - 1;
  auto executable = loaded();
  ASSERT_TRUE(executable);
  expectError(run(*executable), Code::Invalid,
              {"byte 4 of input 'y'", "4 bytes past a multiple of 16",
               "engine = cp_async"});
  EXPECT_EQ(fake->calls, std::vector<std::string>());
}

/// There is no next entry for it to lead to.
TEST_F(TensorMapTest, OneEntryTakesAnyStride) {
  auto executable = loaded();
  ASSERT_TRUE(executable);
  inputs[0] = {x, DType::F32, {1, 3}, {3, 1}};
  outputs[0].dims = {1, 3};
  outputs[1].dims[0] = 1;
  inputs[1].dims[0] = 3;
  EXPECT_EQ(run(*executable).message(), "");
  EXPECT_TRUE(called("cuTensorMapEncodeTiled type 7 sizes 3x1 strides 16 "));
}

TEST_F(TensorMapTest, NothingIsMappedAsOneElementSomewhere) {
  for (Step &step : package.plan.steps)
    if (auto *kernel = std::get_if<KernelStep>(&step))
      kernel->grid = {1, 1, 1};
  auto executable = loaded();
  ASSERT_TRUE(executable);
  inputs[0] = {nullptr, DType::F32, {3, 0}, {5, 1}};
  inputs[1] = {reinterpret_cast<char *>(y) + 4, DType::F32, {0}, {1}};
  outputs[0].dims[1] = 0;
  EXPECT_EQ(run(*executable).message(), "");
  EXPECT_TRUE(called("cuTensorMapEncodeTiled type 7 sizes 1x1 strides 16 "));
  EXPECT_TRUE(called("cuTensorMapEncodeTiled type 7 sizes 1 "));
  EXPECT_EQ(count("cuLaunchKernelEx"), 2);
}

class OldDriverTest : public TensorMapTest {
protected:
  OldDriverTest() : TensorMapTest(HIPC_OLD_FAKE_CUDA) {}
};

TEST_F(OldDriverTest, RefusesProgramsThatCopyByTma) {
  fake->version = 12000;
  expectError(load().status(), Code::Unsupported,
              {"program 'scale_add' copies by TMA", "from CUDA 12.0 on",
               "this one, for CUDA 12.0, has not", "install a newer driver",
               "engine = cp_async in #hip.schedule"});
  EXPECT_FALSE(called("cuModuleLoadDataEx"));
}

TEST_F(OldDriverTest, RunsAllOthers) {
  package.plan = scaleAddPlan();
  fake->mapParameters.clear();
  auto executable = loaded();
  ASSERT_TRUE(executable);
  EXPECT_EQ(run(*executable).message(), "");
  EXPECT_EQ(count("cuLaunchKernelEx"), 2);
}

} // namespace
} // namespace hipc
