#include "test/unit/runtime/TestSupport.h"

#include <numeric>

namespace hipc {
namespace {
using test::expectError;

TEST(Tensor, NamesParseBack) {
  for (unsigned i = 0; i < kDTypeCount; ++i) {
    DType dtype = static_cast<DType>(i);
    EXPECT_EQ(parseDType(dtypeName(dtype)), dtype);
    EXPECT_GE(dtypeBytes(dtype), 1);
  }
  EXPECT_FALSE(parseDType("f31").has_value());
  EXPECT_EQ(dtypeBytes(DType::BF16), 2);
}

TEST(Tensor, KnowsContiguousViews) {
  EXPECT_TRUE((Tensor{nullptr, DType::F32, {2, 3}, {3, 1}}.contiguous()));
  EXPECT_FALSE((Tensor{nullptr, DType::F32, {2, 3}, {4, 1}}.contiguous()));
  EXPECT_TRUE((Tensor{nullptr, DType::F32, {1, 3}, {99, 1}}.contiguous()));
  EXPECT_TRUE((Tensor{nullptr, DType::F32, {0, 3}, {99, 7}}.contiguous()));
  EXPECT_TRUE((Tensor{nullptr, DType::F32, {}, {}}.contiguous()));
}

TEST(Tensor, RefusesSizesThatOverflow) {
  EXPECT_EQ(*denseBytes(DType::F32, {2, 3}), 24);
  EXPECT_EQ(*denseBytes(DType::F32, {}), 4);
  EXPECT_EQ(*denseBytes(DType::F32, {0, 3}), 0);
  int64_t big = int64_t{1} << 31;
  expectError(denseBytes(DType::F32, {big, big}).status(), Code::Capacity,
              {"2147483648"});
  expectError(denseBytes(DType::F32, {0, big, big}).status(), Code::Capacity,
              {});
  expectError(denseBytes(DType::F32, {-1}).status(), Code::Invalid, {"-1"});
}

TEST(Tensor, ExtentCountsToTheLastElement) {
  EXPECT_EQ(*extentBytes({nullptr, DType::F16, {2, 3}, {10, 1}}), 26);
  EXPECT_EQ(*extentBytes({nullptr, DType::F16, {2, 3}, {0, 1}}), 6);
  EXPECT_EQ(*extentBytes({nullptr, DType::F16, {0, 3}, {10, 1}}), 0);
  EXPECT_FALSE(
      extentBytes({nullptr, DType::F16, {3, 3}, {int64_t{1} << 62, 1}}).ok());
}

TEST(Tensor, CopiesStridedViews) {
  std::vector<float> from(24), to(6, -1.0f);
  std::iota(from.begin(), from.end(), 0.0f);
  Tensor transposed{from.data() + 1, DType::F32, {2, 3}, {2, 8}};
  copyTensor(transposed, denseTensor(to.data(), DType::F32, {2, 3}));
  EXPECT_EQ(to, (std::vector<float>{1, 9, 17, 3, 11, 19}));
}

TEST(Tensor, AllocatesAlignedZeros) {
  Expected<OwnedTensor> tensor = OwnedTensor::zeros(DType::I8, {3, 5});
  ASSERT_TRUE(tensor.ok());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor->view.data) % kStorageAlignment,
            0u);
  const char *bytes = static_cast<const char *>(tensor->view.data);
  EXPECT_EQ(std::count(bytes, bytes + 15, 0), 15);
  EXPECT_TRUE(OwnedTensor::zeros(DType::F32, {0}).ok());
}

TEST(Tensor, ExtentsDoNotWrap) {
  // 2^64, 2^63 and 2^63 bytes: each wraps to something that looks right.
  for (auto [dims, strides] :
       {std::pair(Dims{(int64_t(1) << 32) + 1, 1}, Dims{int64_t(1) << 32, 1}),
        {Dims{3, 2}, Dims{int64_t(1) << 62, 1}},
        {Dims{2, 1}, Dims{int64_t(1) << 61, 1}}})
    expectError(
        extentBytes(Tensor{nullptr, DType::F32, dims, strides}).status(),
        Code::Invalid, {toString(dims), toString(strides), "more than 2^63"});
  EXPECT_EQ(
      *extentBytes(Tensor{nullptr, DType::I8, {2, 1}, {(int64_t(1) << 62), 1}}),
      (int64_t(1) << 62) + 1);
}

} // namespace
} // namespace hipc
