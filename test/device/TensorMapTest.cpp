// Copies by TMA in hand-written PTX: what the driver makes of a tensor map is
// what a plan means by it.

#include "runtime/cuda/RecordedCall.h"
#include "test/device/DeviceTest.h"

#include <cstring>

namespace hipc::test {
namespace {

/// copy_box copies the box at (column, row) of a map and gives back the bytes
/// of shared memory as they lie; ignore_map takes a map and does nothing.
constexpr std::string_view kPtx = R"(.version 8.0
.target sm_90
.address_size 64
.visible .entry copy_box(.param .align 64 .b8 map[128], .param .u64 out,
                         .param .u64 column, .param .u64 row)
.reqntid 256, 1, 1
{
  .shared .align 1024 .b8 box[2048];
  .shared .align 8 .b64 full;
  .reg .pred %first, %more;
  .reg .b32 %t, %c, %r, %word, %from, %bar, %box, %at;
  .reg .b64 %map, %out, %to;
  mov.u32 %t, %tid.x;
  mov.u32 %bar, full;
  mov.u32 %box, box;
  setp.eq.u32 %first, %t, 0;
  @!%first bra READY;
  mbarrier.init.shared.b64 [%bar], 1;
  fence.mbarrier_init.release.cluster;
  fence.proxy.async;
READY:
  bar.sync 0;
  @!%first bra POLL;
  mov.b64 %map, map;
  cvta.param.u64 %map, %map;
  ld.param.u32 %c, [column];
  ld.param.u32 %r, [row];
  mbarrier.arrive.expect_tx.shared.b64 _, [%bar], 2048;
  cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes
    [%box], [%map, {%c, %r}], [%bar];
POLL:
  mbarrier.try_wait.parity.shared.b64 %more, [%bar], 0;
  @!%more bra POLL;
  ld.param.u64 %out, [out];
  cvta.to.global.u64 %out, %out;
  mul.lo.u32 %at, %t, 4;
STORE:
  add.u32 %from, %box, %at;
  ld.shared.b32 %word, [%from];
  cvt.u64.u32 %to, %at;
  add.u64 %to, %out, %to;
  st.global.b32 [%to], %word;
  add.u32 %at, %at, 1024;
  setp.lt.u32 %more, %at, 2048;
  @%more bra STORE;
  ret;
}
.visible .entry ignore_map(.param .align 64 .b8 map[128])
{
  ret;
}
)";

constexpr int64_t kRows = 12, kColumns = 48, kElement = 2, kBoxBytes = 2048;
/// The part of the array that is mapped.
constexpr int64_t kFirstRow = 1, kFirstColumn = 8, kMappedRows = 10,
                  kMappedColumns = 36;

struct Box {
  uint32_t columns, rows, swizzle;
  /// Where it is copied from: a column that is not a multiple of 16 bytes from
  /// the first is an illegal instruction.
  int64_t column, row;
};

class TensorMaps : public DeviceTest {
protected:
  void SetUp() override {
    DeviceTest::SetUp();
    if (device && !device->accepts("sm_90", /*ptx=*/true).ok())
      GTEST_SKIP() << device->name() << " has no tensor maps";
  }

  static Package package(std::string kernel, KernelStep step) {
    Package made;
    made.target = "sm_90";
    made.kernels = {std::move(kernel)};
    made.blobs = {{BlobKind::Ptx, "sm_90", std::string(kPtx)}};
    made.plan.name = "tensor_maps";
    made.plan.inputs = {{"in", DType::F16, {kRows, kColumns}}};
    made.plan.outputs = {
        {{"image", DType::I32, {kBoxBytes / 4}}, {Expr(kBoxBytes / 4)}}};
    made.plan.steps = {std::move(step)};
    return made;
  }
  static Package boxPackage(const Box &box) {
    KernelStep step;
    step.threads = {256, 1, 1};
    step.arguments = {
        Argument::tensorMap({BufferKind::Input, 0},
                            (kFirstRow * kColumns + kFirstColumn) * kElement,
                            {DType::F16,
                             {kMappedColumns, kMappedRows},
                             {Expr::inputStride(0, 0) * kElement},
                             {box.columns, box.rows},
                             box.swizzle}),
        Argument::pointer({BufferKind::Output, 0}),
        Argument::integer(box.column), Argument::integer(box.row)};
    return package("copy_box", std::move(step));
  }
  std::unique_ptr<DeviceCall> make(Package package, const OwnedTensor &in) {
    auto executable = cuda::CudaExecutable::create(std::move(package), device);
    if (!executable) {
      ADD_FAILURE() << executable.status().message();
      return nullptr;
    }
    auto call =
        DeviceCall::create(std::move(*executable), std::span(&in, 1), *timer);
    EXPECT_TRUE(call.ok()) << call.status().message();
    return call ? std::move(*call) : nullptr;
  }

  /// Pieces of 16 bytes change places by the row of 128 bytes that they are in.
  static int64_t swizzled(int64_t byte, uint32_t swizzle) {
    int64_t pieces = swizzle / 16;
    return pieces ? byte ^ ((byte >> 7) % pieces << 4) : byte;
  }
  static std::vector<uint16_t> wanted(const Box &box, const OwnedTensor &in) {
    auto *from = static_cast<const uint16_t *>(in.view.data);
    std::vector<uint16_t> image(kBoxBytes / kElement);
    for (int64_t i = 0; i < box.rows; ++i)
      for (int64_t j = 0; j < box.columns; ++j) {
        int64_t row = box.row + i, column = box.column + j;
        int64_t at =
            swizzled((i * box.columns + j) * kElement, box.swizzle) / kElement;
        if (row >= 0 && row < kMappedRows && column >= 0 &&
            column < kMappedColumns)
          image[at] =
              from[(kFirstRow + row) * kColumns + kFirstColumn + column];
      }
    return image;
  }
  static std::vector<uint16_t> image(DeviceCall &call) {
    auto got = call.download();
    EXPECT_TRUE(got.ok()) << got.status().message();
    if (!got)
      return {};
    auto *halves = static_cast<const uint16_t *>((*got)[0].view.data);
    return {halves, halves + kBoxBytes / kElement};
  }
};

struct Boxes : TensorMaps, testing::WithParamInterface<Box> {};

TEST_P(Boxes, AreSwizzledAndZeroOutside) {
  OwnedTensor in = integers(DType::F16, {kRows, kColumns}, 1);
  auto call = make(boxPackage(GetParam()), in);
  ASSERT_TRUE(call);
  Status ran = call->run();
  ASSERT_TRUE(ran.ok()) << ran.message();
  EXPECT_EQ(image(*call), wanted(GetParam(), in));
}

INSTANTIATE_TEST_SUITE_P(
    All, Boxes,
    testing::Values(Box{64, 16, 128, 0, 0}, Box{64, 16, 128, 8, 4},
                    Box{64, 16, 0, 0, 0}, Box{64, 16, 0, 8, 1},
                    Box{32, 32, 64, 0, -3}, Box{16, 64, 32, 24, 9},
                    Box{16, 64, 0, -8, 2}, Box{64, 16, 128, 40, 0}),
    [](const auto &test) {
      auto number = [](int64_t n) {
        return n < 0 ? join("m", -n) : join("", n);
      };
      const Box &box = test.param;
      return join(box.columns, "x", box.rows, "by", box.swizzle, "at",
                  number(box.column), "and", number(box.row));
    });

/// Also after a call on another array, which is encoded where that of the graph
/// was.
TEST_F(TensorMaps, GraphsKeepTheirMaps) {
  Box box{64, 16, 128, 0, 0};
  OwnedTensor in = integers(DType::F16, {kRows, kColumns}, 1),
              other = integers(DType::F16, {kRows, kColumns}, 2);
  auto call = make(boxPackage(box), in);
  ASSERT_TRUE(call);
  auto recorded = cuda::RecordedCall::record(device, timer->stream,
                                             [&] { return call->run(); });
  ASSERT_TRUE(recorded.ok()) << recorded.status().message();
  auto there = cuda::upload(device, other.view);
  ASSERT_TRUE(there.ok()) << there.status().message();
  call->inputs[0].data = there->view.data;
  ASSERT_TRUE(call->run().ok());
  EXPECT_EQ(image(*call), wanted(box, other));
  ASSERT_TRUE(recorded->launch(timer->stream).ok());
  EXPECT_EQ(image(*call), wanted(box, in));
}

/// Strides that lead to no entry, and arrays without elements.
TEST_F(TensorMaps, TheDriverEncodesWhatNoKernelReads) {
  OwnedTensor in = integers(DType::F16, {kRows, kColumns}, 1);
  for (const TensorMapSpec &map :
       {TensorMapSpec{DType::F16, {40, 1}, {7}, {8, 4}, 0},
        TensorMapSpec{DType::BF16, {40, 0}, {5}, {64, 4}, 128},
        TensorMapSpec{DType::F32, {0}, {}, {4}, 0},
        TensorMapSpec{DType::F16,
                      {40, 1, 3, 1, 2},
                      {7, 96, 5, 288},
                      {64, 1, 2, 1, 1},
                      128}}) {
    KernelStep step;
    step.arguments = {Argument::tensorMap({BufferKind::Input, 0}, 0, map)};
    auto call = make(package("ignore_map", step), in);
    ASSERT_TRUE(call);
    Status ran = call->run();
    EXPECT_TRUE(ran.ok()) << ran.message();
    EXPECT_TRUE(timer->wait().ok());
  }
}

} // namespace
} // namespace hipc::test
