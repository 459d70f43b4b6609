//===- BuilderTest.cpp - A host makes ops ------------------------*- C++
//-*-===//

#include "dialect/HipOps.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::hip;

namespace {

class BuilderTest : public testing::Test {
protected:
  BuilderTest() : b(UnknownLoc::get(&context), &context) {
    context.loadDialect<HipDialect, func::FuncDialect, tensor::TensorDialect>();
    module = ModuleOp::create(b.getLoc());
  }

  /// A function on arrays of these types; ops go into its body.
  Block *begin(ArrayRef<Type> inputs) {
    b.setInsertionPointToEnd(module->getBody());
    auto function = func::FuncOp::create(b, "f", b.getFunctionType(inputs, {}));
    b.setInsertionPointToStart(function.addEntryBlock());
    return &function.front();
  }

  void end(ValueRange results) {
    func::ReturnOp::create(b, results);
    auto function = *module->getOps<func::FuncOp>().begin();
    function.setFunctionType(
        b.getFunctionType(function.getArgumentTypes(), results.getTypes()));
  }

  Type array(ArrayRef<int64_t> sizes) {
    return RankedTensorType::get(sizes, b.getBF16Type());
  }
  PolicyAttrInterface tree() {
    return cast<PolicyAttrInterface>(parseAttribute(
        "#hip.tree<block_q = 64, block_k = 2, keep = 512>", &context));
  }

  LogicalResult expand() {
    PassManager passes(&context);
    passes.addPass(createHipExpandAttention());
    passes.addPass(createHipExpandPrune());
    return passes.run(*module);
  }

  static constexpr int64_t kAny = ShapedType::kDynamic;
  MLIRContext context;
  ImplicitLocOpBuilder b;
  OwningOpRef<ModuleOp> module;
};

TEST_F(BuilderTest, AttentionMakesItsDestinations) {
  Block *body = begin({array({2, 32, kAny, 128}), array({2, 8, kAny, 128}),
                       array({2, 8, kAny, 64})});
  AttentionOptions options;
  options.sink = 128;
  options.window = 1024;
  options.lse = true;
  auto op = AttentionOp::create(b, body->getArgument(0), body->getArgument(1),
                                body->getArgument(2), tree(), options);
  EXPECT_EQ(op.getResult(0).getType(), array({2, 32, kAny, 64}));
  EXPECT_EQ(op.getResult(1).getType(),
            RankedTensorType::get({2, 32, kAny}, b.getF32Type()));
  EXPECT_EQ(op.getSink(), 128u);
  EXPECT_TRUE(op.getCausal());
  EXPECT_FALSE(op.getScale());
  end(op.getResults());
  ASSERT_TRUE(succeeded(verify(*module)));
  EXPECT_TRUE(succeeded(expand()));
  EXPECT_TRUE(succeeded(verify(*module)));
}

TEST_F(BuilderTest, ListsAreStaticWhereSizesAre) {
  Block *body = begin({array({1, 8, 100, 64}), array({1, 2, 4096, 64})});
  Value query = body->getArgument(0), key = body->getArgument(1);
  AttentionOptions options;
  options.heads = Heads::Kv;
  options.scale = 0.125f;
  auto list = PruneOp::create(b, query, key, tree(), options);
  EXPECT_EQ(list.getResult(0).getType(),
            RankedTensorType::get({1, 2, 2, 256}, b.getI32Type()));
  EXPECT_EQ(list.getResult(1).getType(),
            RankedTensorType::get({1, 2, 2}, b.getI32Type()));
  auto op = BlockSparseAttentionOp::create(b, query, key, key, list, options);
  EXPECT_EQ(op.getBlockK(), 2u);
  EXPECT_EQ(op.getScale()->convertToFloat(), 0.125f);
  end(op.getResults());
  ASSERT_TRUE(succeeded(verify(*module)));
  EXPECT_TRUE(succeeded(expand()));
}

TEST_F(BuilderTest, NumbersOfTheBandMayBeValues) {
  Type i32 = b.getI32Type();
  Block *body =
      begin({array({1, 8, 100, 64}), array({1, 2, 4096, 64}), i32, i32});
  Value query = body->getArgument(0), key = body->getArgument(1);
  AttentionOptions options;
  options.dynamicSink = body->getArgument(2);
  options.dynamicWindow = body->getArgument(3);
  auto list = PruneOp::create(b, query, key, tree(), options);
  auto op = BlockSparseAttentionOp::create(b, query, key, key, list, options);
  EXPECT_EQ(op.getDynamicSink(), options.dynamicSink);
  EXPECT_EQ(op.getDynamicWindow(), options.dynamicWindow);
  auto whole = AttentionOp::create(b, query, key, key, tree(), options);
  EXPECT_EQ(whole.getDynamicWindow(), options.dynamicWindow);
  end({op.getResult(0), whole.getResult(0)});
  ASSERT_TRUE(succeeded(verify(*module)));
  EXPECT_TRUE(succeeded(expand()));
  EXPECT_TRUE(succeeded(verify(*module)));
}

/// Outs lie as packed queries do, and lists are for the most rows (S1b).
TEST_F(BuilderTest, OutsOfPackedQueriesArePacked) {
  Type offsets = RankedTensorType::get({kAny}, b.getI32Type());
  Block *body = begin({array({1, 8, kAny, 64}), offsets, b.getIndexType(),
                       array({kAny, 2, 4096, 64})});
  Value key = body->getArgument(3);
  Value query = QueryRaggedOp::create(
      b, body->getArgument(0), body->getArgument(1), body->getArgument(2));
  AttentionOptions options;
  options.lse = true;
  auto list = PruneOp::create(b, query, key, tree(), options);
  EXPECT_EQ(list.getResult(1).getType(),
            RankedTensorType::get({kAny, 2, kAny}, b.getI32Type()));
  auto op = BlockSparseAttentionOp::create(b, query, key, key, list, options);
  EXPECT_EQ(op.getResult(0).getType(), array({1, 8, kAny, 64}));
  EXPECT_EQ(op.getResult(1).getType(),
            RankedTensorType::get({1, 8, kAny}, b.getF32Type()));
  end(op.getResults());
  ASSERT_TRUE(succeeded(verify(*module)));
  EXPECT_TRUE(succeeded(expand()));
}

TEST_F(BuilderTest, UnionsAreSetsOfPolicies) {
  auto parse = [&](StringRef text) {
    return cast<PolicyAttrInterface>(parseAttribute(text, &context));
  };
  PolicyAttrInterface stages = parse(
                          "#hip.stages<[(64, 32, 64, 1), (64, 8, 64, 1)]>"),
                      boxes = parse("#hip.boxes<block_k = 12, levels = [(24, "
                                    "96), (12, 24)], keep = 24>");
  auto both = UnionAttr::get(&context, {stages, boxes});
  EXPECT_EQ(UnionAttr::get(&context, {both, stages, both}), both);
  EXPECT_EQ(both.getParts(), ArrayRef({stages, boxes}));
  EXPECT_EQ(both.getSummaryLevels().size(), 2u);
  EXPECT_EQ(both.getChunk(), 96);
  EXPECT_EQ(both.getListBlockK(), 4);
  EXPECT_EQ(both.getSinkUnit().keys, 24);
  EXPECT_EQ(both.getKeptKeys(), 88);
  EXPECT_TRUE(both.makesList());
  PolicyAttrInterface policy = both;
  EXPECT_EQ(policy.getListCapacity(kAny), 22);
}

TEST_F(BuilderTest, SummariesAreOperands) {
  Block *body = begin({array({2, 32, kAny, 128}), array({2, 8, kAny, 128}),
                       array({2, 8, kAny, 2, 128})});
  AttentionOptions options;
  options.summaries = {body->getArgument(2)};
  auto boxes = BoxesAttr::get(&context, 64, 8, {{64, 2048}}, 512, 1);
  Value query = body->getArgument(0), key = body->getArgument(1);
  auto op = AttentionOp::create(b, query, key, key, boxes, options);
  auto list = PruneOp::create(b, query, key, boxes, options);
  EXPECT_EQ(op.getSummaries(), ValueRange(options.summaries));
  EXPECT_EQ(list.getSummaries(), ValueRange(options.summaries));
  end(op.getResults());
  ASSERT_TRUE(succeeded(verify(*module)));
  EXPECT_TRUE(succeeded(expand()));
  module->walk([](SummarizeOp made) { ADD_FAILURE() << made; });
}

TEST_F(BuilderTest, ListsAreNoLongerThanTheKeys) {
  auto generous = TreeAttr::get(&context, 64, 2, 1 << 30,
                                Representative::Center, 1, 1, RowReduce::Max);
  for (int64_t keys : {int64_t(100), kAny}) {
    Block *body = begin({array({1, 8, 100, 64}), array({1, 2, keys, 64})});
    auto list = PruneOp::create(b, body->getArgument(0), body->getArgument(1),
                                generous, AttentionOptions());
    EXPECT_EQ(cast<RankedTensorType>(list.getResult(0).getType()).getDimSize(3),
              keys == kAny ? kAny : 50);
    end(list.getResults());
    ASSERT_TRUE(succeeded(verify(*module)));
    EXPECT_TRUE(succeeded(expand()));
    module->getBody()->clear();
  }
}

TEST_F(BuilderTest, MergeTakesTheSizesOfItsParts) {
  Type part = RankedTensorType::get({1, 8, kAny, 64}, b.getF32Type());
  Type lse = RankedTensorType::get({1, 8, kAny}, b.getF32Type());
  Block *body = begin({part, part, lse, lse});
  auto op = MergeOp::create(b, body->getArguments().take_front(2),
                            body->getArguments().drop_front(2), b.getF16Type());
  EXPECT_EQ(op.getResult(0).getType(),
            RankedTensorType::get({1, 8, kAny, 64}, b.getF16Type()));
  EXPECT_EQ(op.getResult(1).getType(), lse);
  end(op.getResults());
  EXPECT_TRUE(succeeded(verify(*module)));
}

} // namespace
