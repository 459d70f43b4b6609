// A compiler of its own that uses the hip dialect: it builds a function, sparse
// attention whose result goes through a linalg op, and prints the PTX of its
// kernels, or the vectors that a CPU runs.
//
//   embed sm_90a | cpu

#include "dialect/HipOps.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/PassManager.h"
#include "passes/pipelines/Pipelines.h"
#include "passes/pipelines/Registry.h"

using namespace mlir;

/// out = attention(q, k, v), a tree of 512 keys a block of 64 rows.
static Value attend(ImplicitLocOpBuilder &b, Value q, Value k, Value v) {
  auto policy = cast<hip::PolicyAttrInterface>(parseAttribute(
      "#hip.tree<block_q = 64, block_k = 2, keep = 512>", b.getContext()));
  hip::AttentionOptions options;
  options.sink = 128;
  options.window = 1024;
  return hip::AttentionOp::create(b, q, k, v, policy, options).getResult(0);
}

/// x doubled, number by number.
static Value doubled(ImplicitLocOpBuilder &b, Value x) {
  auto type = cast<RankedTensorType>(x.getType());
  AffineMap same = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  Value length = tensor::DimOp::create(b, x, 2);
  Value to = tensor::EmptyOp::create(b, type.getShape(), type.getElementType(),
                                     length);
  return linalg::GenericOp::create(
             b, type, x, to, ArrayRef{same, same}, loops,
             [](OpBuilder &body, Location loc, ValueRange numbers) {
               Value sum =
                   arith::AddFOp::create(body, loc, numbers[0], numbers[0]);
               linalg::YieldOp::create(body, loc, sum);
             })
      .getResult(0);
}

static OwningOpRef<ModuleOp> build(MLIRContext &context) {
  ImplicitLocOpBuilder b(UnknownLoc::get(&context), &context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getLoc());
  b.setInsertionPointToEnd(module->getBody());
  auto array = [&](int64_t heads) -> Type {
    return RankedTensorType::get({1, heads, ShapedType::kDynamic, 128},
                                 b.getBF16Type());
  };
  Type query = array(32), key = array(8);
  auto function = func::FuncOp::create(
      b, "layer", b.getFunctionType({query, key, key}, {query}));
  b.setInsertionPointToStart(function.addEntryBlock());
  Value out = attend(b, function.getArgument(0), function.getArgument(1),
                     function.getArgument(2));
  func::ReturnOp::create(b, doubled(b, out));
  return module;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: embed CHIP, one of cpu, " << hip::chipNames()
                 << "\n";
    return 1;
  }
  std::string chip = argv[1];
  DialectRegistry registry;
  hip::registerPipelineDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();

  OwningOpRef<ModuleOp> module = build(context);
  PassManager passes(&context);
  if (chip == "cpu") {
    hip::buildCpuPipeline(passes, hip::CpuPipelineOptions());
  } else {
    hip::PtxPipelineOptions options;
    options.chip = chip;
    hip::buildPtxPipeline(passes, options);
  }
  if (failed(passes.run(*module)))
    return 1;
  module->walk([](gpu::BinaryOp binary) {
    auto object = cast<gpu::ObjectAttr>(binary.getObjects()[0]);
    llvm::outs() << object.getObject().getValue();
  });
  if (chip == "cpu")
    module->print(llvm::outs());
  return 0;
}
