#include "compiler/TensorMapArgument.h"
#include "mlir/IR/Builders.h"
#include "test/unit/runtime/TestSupport.h"

namespace hipc {
namespace {
using namespace test;
using namespace mlir;

class TensorMapArgumentTest : public testing::Test {
protected:
  MemRefType memref(Type element, unsigned rank) {
    return MemRefType::get(
        llvm::SmallVector<int64_t>(rank, ShapedType::kDynamic), element);
  }

  MLIRContext context;
  Builder builder{&context};
  std::vector<Expr> sizes = {2, Expr::dim(0, 1), 64};
  std::vector<Expr> strides = {Expr::inputStride(0, 0), Expr::inputStride(0, 1),
                               1};
};

TEST_F(TensorMapArgumentTest, TurnsAxesRoundAndCountsBytes) {
  Expected<Argument> made = tensorMapArgument(
      {BufferKind::Input, 0}, memref(builder.getBF16Type(), 3), Expr::dim(0, 0),
      sizes, strides, {128, 64}, 128);
  ASSERT_TRUE(made.ok()) << made.status().message();
  EXPECT_EQ(*made,
            Argument::tensorMap(
                {BufferKind::Input, 0}, Expr::dim(0, 0) * 2,
                {DType::BF16,
                 {64, Expr::dim(0, 1), 2},
                 {Expr::inputStride(0, 1) * 2, Expr::inputStride(0, 0) * 2},
                 {64, 128, 1},
                 128}));
}

TEST_F(TensorMapArgumentTest, KnowsTheElements) {
  for (auto [type, element] :
       {std::pair<Type, DType>(builder.getF16Type(), DType::F16),
        {builder.getBF16Type(), DType::BF16},
        {builder.getF32Type(), DType::F32}}) {
    Expected<Argument> made =
        tensorMapArgument({}, memref(type, 3), 0, sizes, strides, {8}, 0);
    ASSERT_TRUE(made.ok()) << made.status().message();
    EXPECT_EQ(made->map->element, element);
  }
}

TEST_F(TensorMapArgumentTest, RefusesWhatHasNoMap) {
  auto refuses = [&](MemRefType type, llvm::ArrayRef<int64_t> box, Code code,
                     std::initializer_list<std::string_view> pieces) {
    expectError(tensorMapArgument({}, type, 0, sizes, strides, box, 0).status(),
                code, pieces);
  };
  refuses(memref(builder.getF64Type(), 3), {8}, Code::Unsupported,
          {"f16, bf16 or f32, not memref<?x?x?xf64>", "engine = cp_async"});
  refuses(memref(builder.getF16Type(), 3), {1, 1, 8, 8}, Code::Invalid,
          {"a box has rank 4, but its array has 3"});
  refuses(memref(builder.getF16Type(), 3), {257, 8}, Code::Invalid,
          {"257 elements on an axis, but it has to be 1 to 256"});
  refuses(memref(builder.getF16Type(), 3), {0, 8}, Code::Invalid,
          {"0 elements on an axis"});
  strides[2] = 2;
  refuses(memref(builder.getF16Type(), 3), {8}, Code::Unsupported,
          {"innermost stride of memref<?x?x?xf16> is 2"});
  sizes.assign(6, 8);
  strides.assign(6, 1);
  refuses(memref(builder.getF16Type(), 6), {8}, Code::Unsupported,
          {"rank 1 to 5, not memref<?x?x?x?x?x?xf16>"});
}

} // namespace
} // namespace hipc
