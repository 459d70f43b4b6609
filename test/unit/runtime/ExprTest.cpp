#include "test/unit/runtime/TestSupport.h"

#include <limits>

namespace hipc {
namespace {
using test::expectError;

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

/// Not folded: evaluates the operation on values from the environment.
Expected<int64_t> onDims(ExprOp op, int64_t a, int64_t b) {
  Tensor tensor{nullptr, DType::F32, {a, b}, {1, 1}};
  return Expr::apply(op, {Expr::dim(0, 0), Expr::dim(0, 1)})
      .evaluate(ExprEnv{{&tensor, 1}, {}});
}

int64_t valueOf(ExprOp op, int64_t a, int64_t b) {
  Expected<int64_t> value = onDims(op, a, b);
  EXPECT_TRUE(value.ok()) << value.status().message();
  return value ? *value : 0;
}

TEST(Expr, DivisionsRoundTowardsTheirInfinity) {
  struct Case {
    int64_t a, b, floor, ceil, rem;
  };
  for (Case c :
       {Case{7, 2, 3, 4, 1}, Case{-7, 2, -4, -3, 1}, Case{7, -2, -4, -3, -1},
        Case{-7, -2, 3, 4, -1}, Case{6, 3, 2, 2, 0}, Case{-6, 3, -2, -2, 0},
        Case{0, 5, 0, 0, 0}, Case{5, -1, -5, -5, 0},
        Case{kMin, 2, kMin / 2, kMin / 2, 0}, Case{kMax, kMin, -1, 0, -1}}) {
    EXPECT_EQ(valueOf(ExprOp::FloorDiv, c.a, c.b), c.floor)
        << c.a << "/" << c.b;
    EXPECT_EQ(valueOf(ExprOp::CeilDiv, c.a, c.b), c.ceil) << c.a << "/" << c.b;
    EXPECT_EQ(valueOf(ExprOp::Rem, c.a, c.b), c.rem) << c.a << "/" << c.b;
  }
}

TEST(Expr, CountsLeadingZeros) {
  Tensor tensor{nullptr, DType::F32, {0, 1, 4096}, {1, 1, 1}};
  ExprEnv env{{&tensor, 1}, {}};
  for (auto [axis, zeros] : {std::pair(0, 64), {1, 63}, {2, 51}}) {
    Expr expr = Expr::apply(ExprOp::LeadingZeros, {Expr::dim(0, axis)});
    EXPECT_EQ(*expr.evaluate(env), zeros);
  }
  EXPECT_EQ(Expr::apply(ExprOp::LeadingZeros, {Expr(-1)}).constant(), 0);
  EXPECT_EQ(Expr::apply(ExprOp::LeadingZeros, {Expr::dim(0, 1)}).text(),
            "clz(in0.dim[1])");
}

TEST(Expr, EvaluatesEveryOtherOperation) {
  EXPECT_EQ(valueOf(ExprOp::Add, 5, -8), -3);
  EXPECT_EQ(valueOf(ExprOp::Sub, 5, 8), -3);
  EXPECT_EQ(valueOf(ExprOp::Mul, -5, 8), -40);
  EXPECT_EQ(valueOf(ExprOp::Min, -5, 8), -5);
  EXPECT_EQ(valueOf(ExprOp::Max, -5, 8), 8);
  EXPECT_EQ(valueOf(ExprOp::Eq, 3, 3), 1);
  EXPECT_EQ(valueOf(ExprOp::Ne, 3, 3), 0);
  EXPECT_EQ(valueOf(ExprOp::Lt, 3, 3), 0);
  EXPECT_EQ(valueOf(ExprOp::Le, 3, 3), 1);
}

TEST(Expr, RefersToShapesAndStrides) {
  Tensor in{nullptr, DType::F32, {2, 3}, {50, 1}};
  Tensor out{nullptr, DType::F32, {2, 3}, {70, 1}};
  ExprEnv env{{&in, 1}, {&out, 1}};
  EXPECT_EQ(*Expr::dim(0, 1).evaluate(env), 3);
  EXPECT_EQ(*Expr::inputStride(0, 0).evaluate(env), 50);
  EXPECT_EQ(*Expr::outputStride(0, 0).evaluate(env), 70);
  Expr picked = select(lt(Expr::dim(0, 0), 2), 10, Expr::dim(0, 1) + 4);
  EXPECT_EQ(*picked.evaluate(env), 7);
}

TEST(Expr, RefusesDivisionByZeroAndOverflow) {
  for (ExprOp op : {ExprOp::FloorDiv, ExprOp::CeilDiv, ExprOp::Rem})
    expectError(onDims(op, 7, 0).status(), Code::Invalid, {"7", "by zero"});
  for (ExprOp op : {ExprOp::FloorDiv, ExprOp::CeilDiv})
    expectError(onDims(op, kMin, -1).status(), Code::Invalid, {"overflow"});
  EXPECT_EQ(valueOf(ExprOp::Rem, kMin, -1), 0);
  expectError(onDims(ExprOp::Add, kMax, 1).status(), Code::Invalid,
              {"overflow"});
  expectError(onDims(ExprOp::Sub, kMin, 1).status(), Code::Invalid,
              {"overflow"});
  expectError(onDims(ExprOp::Mul, kMax, 2).status(), Code::Invalid,
              {"overflow"});
}

TEST(Expr, RefusesMissingTensors) {
  expectError(Expr::dim(0, 0).evaluate({}).status(), Code::Invalid,
              {"axis 0 of input 0"});
  Tensor tensor{nullptr, DType::F32, {2}, {1}};
  expectError(Expr::outputStride(0, 0).evaluate({{&tensor, 1}, {}}).status(),
              Code::Invalid, {"axis 0 of output 0"});
}

TEST(Expr, RefusesBadStacks) {
  Expr empty{std::vector<ExprCode>{}};
  Expr starved{
      std::vector<ExprCode>{{ExprOp::Const, 0, 0, 1}, {ExprOp::Add, 0, 0, 0}}};
  Expr excess{std::vector<ExprCode>{{ExprOp::Const, 0, 0, 1},
                                    {ExprOp::Const, 0, 0, 2}}};
  Expr deep{std::vector<ExprCode>(65, {ExprOp::Const, 0, 0, 1})};
  Expr unknown{std::vector<ExprCode>{{ExprOp::Const, 0, 0, 1},
                                     {ExprOp::Const, 0, 0, 1},
                                     {static_cast<ExprOp>(200), 0, 0, 0}}};
  for (const Expr *bad : {&empty, &starved, &excess, &deep, &unknown}) {
    EXPECT_EQ(bad->verify({}).code(), Code::Invalid);
    EXPECT_EQ(bad->evaluate({}).status().code(), Code::Invalid);
    bad->text();
  }
}

TEST(Expr, VerifiesReferences) {
  ExprScope scope{{2}, {1}};
  EXPECT_TRUE(Expr::dim(0, 1).verify(scope).ok());
  EXPECT_TRUE(Expr::outputStride(0, 0).verify(scope).ok());
  expectError(Expr::dim(1, 0).verify(scope), Code::Invalid, {"input 1 of 1"});
  expectError(Expr::inputStride(0, 2).verify(scope), Code::Invalid,
              {"axis 2", "rank 2"});
  expectError(Expr::outputStride(0, 1).verify(scope), Code::Invalid,
              {"axis 1", "rank 1"});
}

TEST(Expr, LeavesOutWhatChangesNothing) {
  Expr size = Expr::dim(0, 1), less = lt(size, Expr(7));
  EXPECT_EQ(size * Expr(1), size);
  EXPECT_EQ(Expr(1) * size, size);
  EXPECT_EQ(size + Expr(0), size);
  EXPECT_EQ(ne(less, Expr(0)), less);
  // These change something.
  EXPECT_NE(ne(size, Expr(0)), size);
  EXPECT_NE(size * Expr(0), size);
  EXPECT_NE(size + Expr(1), size);
  EXPECT_NE(ne(less, Expr(1)), less);
}

TEST(Expr, FoldsConstants) {
  EXPECT_EQ((Expr(6) * Expr(7)).constant(), 42);
  EXPECT_EQ(ceilDiv(Expr(7), Expr(2)).constant(), 4);
  // What cannot be computed stays, and is reported when it is evaluated.
  EXPECT_FALSE(floorDiv(Expr(7), Expr(0)).constant().has_value());
}

TEST(Expr, PrintsInfix) {
  Expr q = Expr::dim(0, 2), k = Expr::dim(1, 2);
  ExprNames names{{"q", ""}, {"o"}};
  EXPECT_EQ((ceilDiv(q, 64) * 2).text(names), "ceildiv(q.dim[2], 64) * 2");
  EXPECT_EQ(((q + k) * 2).text(names), "(q.dim[2] + in1.dim[2]) * 2");
  EXPECT_EQ((q - (k - 1)).text(names), "q.dim[2] - (in1.dim[2] - 1)");
  EXPECT_EQ((q - k - 1).text(names), "q.dim[2] - in1.dim[2] - 1");
  EXPECT_EQ(select(le(q, 4), 1, Expr::outputStride(0, 1)).text(names),
            "select(q.dim[2] <= 4, 1, o.stride[1])");
  EXPECT_EQ(eq(lt(q, k), 1).text(names), "(q.dim[2] < in1.dim[2]) == 1");
}

} // namespace
} // namespace hipc
