#include "runtime/call/BoundPlans.h"
#include "test/unit/runtime/ScaleAddPackage.h"
#include "test/unit/runtime/TestSupport.h"

namespace hipc {
namespace {
using namespace test;

/// Arguments of the program that fit, for tests that spoil one of them.
struct Call {
  Plan plan = scaleAddPlan();
  std::vector<float> x = std::vector<float>(12), y = std::vector<float>(4);
  std::vector<float> out = std::vector<float>(12);
  std::vector<int32_t> touched = std::vector<int32_t>(3);
  OwnedTensor memory = std::move(*OwnedTensor::zeros(DType::I8, {512}));
  std::vector<Tensor> inputs = {denseView(x, {3, 4}), denseView(y, {4})};
  std::vector<Tensor> outputs = {denseView(out, {3, 4}),
                                 denseView(touched, {3}, DType::I32)};
  Workspace workspace = {memory.view.data, 512};

  Expected<std::vector<BoundStep>> bind() {
    Expected<BoundPlan> bound = BoundPlan::bind(plan, inputs, outputs);
    if (!bound)
      return bound.status();
    HIPC_RETURN_IF_ERROR(bound->place(inputs, outputs, workspace));
    return bound->steps();
  }
  void refuses(Code code, std::initializer_list<std::string_view> pieces) {
    expectError(bind().status(), code, pieces);
  }
};

TEST(Binding, EvaluatesEverything) {
  Call call;
  Expected<std::vector<BoundStep>> steps = call.bind();
  ASSERT_TRUE(steps.ok()) << steps.status().message();
  ASSERT_EQ(steps->size(), 3u);
  const auto &copy = std::get<BoundCopy>((*steps)[0]);
  EXPECT_EQ(copy.from, call.y.data());
  EXPECT_EQ(copy.to, call.workspace.data);
  EXPECT_EQ(copy.bytes, 16);
  const auto &scale = std::get<BoundKernel>((*steps)[1]);
  EXPECT_EQ(scale.threadBlocks(), 3);
  EXPECT_EQ(scale.slots[0], reinterpret_cast<uint64_t>(call.x.data()));
  EXPECT_EQ(scale.slots[1], 4u);
  EXPECT_EQ(scale.slots[3], 0x3f000000u);
  EXPECT_EQ(scale.slots[4], reinterpret_cast<uint64_t>(call.workspace.data) +
                                kWorkspaceAlignment);
  EXPECT_EQ(std::get<BoundKernel>((*steps)[2]).dynamicSharedBytes, 16);
}

TEST(Binding, ReadsNumbersAtEachCall) {
  Call call;
  call.plan = scaleAddPlanOfNumber();
  float factor = 0.5f;
  call.inputs.push_back({&factor, DType::F32, {}, {}});
  Expected<BoundPlan> bound =
      BoundPlan::bind(call.plan, call.inputs, call.outputs);
  ASSERT_TRUE(bound.ok()) << bound.status().message();
  for (auto [number, bits] :
       {std::pair(0.5f, 0x3f000000u), {-2.f, 0xc0000000u}}) {
    factor = number;
    ASSERT_TRUE(bound->place(call.inputs, call.outputs, call.workspace).ok());
    EXPECT_EQ(std::get<BoundKernel>(bound->steps()[1]).slots[1], bits);
  }
  call.inputs[2].dtype = DType::I32;
  call.refuses(Code::Invalid, {"input 2 'factor' has element type i32"});
  call.inputs[2] = denseView(call.y, {4});
  call.refuses(Code::Invalid, {"input 2 'factor' has rank 1"});
}

/// copy, { scale, { add } twice } rows times, add
Plan loopPlan() {
  Plan plan = scaleAddPlan();
  Step copy = plan.steps[0], scale = plan.steps[1], add = plan.steps[2];
  plan.steps = {copy, LoopStep{Expr::dim(0, 0), 3}, scale, LoopStep{2, 1}, add,
                add};
  return plan;
}

TEST(Binding, UnrollsLoops) {
  Call call;
  call.plan = loopPlan();
  Expected<std::vector<BoundStep>> steps = call.bind();
  ASSERT_TRUE(steps.ok()) << steps.status().message();
  std::string order;
  for (const BoundStep &step : *steps) {
    const auto *kernel = std::get_if<BoundKernel>(&step);
    order += !kernel ? 'c' : kernel->kernel == 0 ? 's' : 'a';
  }
  EXPECT_EQ(order, "csaasaasaaa");

  std::get<LoopStep>(call.plan.steps[1]).count = -1;
  EXPECT_EQ(call.bind()->size(), 2u);
  std::get<LoopStep>(call.plan.steps[1]).count = int64_t{1} << 40;
  call.refuses(Code::Invalid, {"a loop of 3 steps has 1099511627776 rounds"});
}

TEST(Binding, PlacesOtherBuffersOfTheSameForm) {
  Call call, other;
  Expected<BoundPlan> bound =
      BoundPlan::bind(call.plan, call.inputs, call.outputs);
  ASSERT_TRUE(bound.ok()) << bound.status().message();
  for (Call *next : {&call, &other}) {
    ASSERT_TRUE(bound->fits(next->inputs, next->outputs));
    ASSERT_TRUE(
        bound->place(next->inputs, next->outputs, next->workspace).ok());
    EXPECT_EQ(std::get<BoundCopy>(bound->steps()[0]).from, next->y.data());
    EXPECT_EQ(std::get<BoundCopy>(bound->steps()[0]).to, next->workspace.data);
    EXPECT_EQ(std::get<BoundKernel>(bound->steps()[1]).slots[0],
              reinterpret_cast<uint64_t>(next->x.data()));
  }
  other.inputs[0].data = nullptr;
  expectError(bound->place(other.inputs, other.outputs, other.workspace),
              Code::Invalid, {"input 0 'x'", "null pointer"});
}

TEST(Binding, FitsOnlyTheSameForm) {
  Call call;
  Expected<BoundPlan> bound =
      BoundPlan::bind(call.plan, call.inputs, call.outputs);
  ASSERT_TRUE(bound.ok()) << bound.status().message();
  auto fits = [&](auto &&change) {
    Call other;
    change(other);
    return bound->fits(other.inputs, other.outputs);
  };
  EXPECT_TRUE(fits([](Call &) {}));
  EXPECT_FALSE(fits([](Call &c) { c.inputs[0].dims[0] = 2; }));
  EXPECT_FALSE(fits([](Call &c) { c.inputs[0].strides[0] = 5; }));
  EXPECT_FALSE(fits([](Call &c) { c.inputs[1].dtype = DType::F16; }));
  EXPECT_FALSE(fits([](Call &c) { c.outputs[1].dims[0] = 4; }));
  EXPECT_FALSE(fits([](Call &c) { c.outputs.pop_back(); }));
}

TEST(Binding, KeepsThePlansOfTheLastCalls) {
  Call call;
  BoundPlans plans;
  EXPECT_EQ(plans.take(call.inputs, call.outputs), nullptr);
  std::vector<Call> calls(17);
  for (int i = 0; i < 17; ++i) {
    Call &next = calls[i];
    next.inputs[0].dims[0] = next.outputs[0].dims[0] = i + 1;
    next.outputs[1].dims[0] = i + 1;
    Expected<BoundPlan> bound =
        BoundPlan::bind(next.plan, next.inputs, next.outputs);
    ASSERT_TRUE(bound.ok()) << bound.status().message();
    plans.giveBack(std::make_unique<BoundPlan>(std::move(*bound)));
  }
  EXPECT_EQ(plans.take(calls[0].inputs, calls[0].outputs), nullptr);
  for (int i = 1; i < 17; ++i) {
    EXPECT_NE(plans.take(calls[i].inputs, calls[i].outputs), nullptr) << i;
    EXPECT_EQ(plans.take(calls[i].inputs, calls[i].outputs), nullptr) << i;
  }
}

TEST(Binding, AnswersShapesWithoutData) {
  Call call;
  for (Tensor &input : call.inputs)
    input.data = nullptr;
  Expected<std::vector<Dims>> shapes = outputShapes(call.plan, call.inputs);
  ASSERT_TRUE(shapes.ok()) << shapes.status().message();
  EXPECT_EQ((*shapes)[0], Dims({3, 4}));
  EXPECT_EQ((*shapes)[1], Dims({3}));
  EXPECT_EQ(*workspaceBytes(call.plan, call.inputs), 512);
}

TEST(Binding, ReportsAFailedCheckWithBothValues) {
  Call call;
  call.inputs[1].dims[0] = 3;
  call.refuses(Code::Invalid, {"x has 4 columns and y has 3 elements"});
}

TEST(Binding, RefusesWrongInputs) {
  auto refuses = [](auto &&spoil,
                    std::initializer_list<std::string_view> pieces) {
    Call call;
    spoil(call);
    call.refuses(Code::Invalid, pieces);
  };
  refuses([](Call &c) { c.inputs.pop_back(); }, {"1 inputs", "takes 2"});
  refuses([](Call &c) { c.inputs[0].dtype = DType::F16; },
          {"input 0 'x'", "f16", "f32"});
  refuses([](Call &c) { c.inputs[0] = denseView(c.x, {12}); },
          {"rank 1", "[12]", "rank 2"});
  refuses([](Call &c) { c.plan.inputs[0].dims[0] = 5; },
          {"size 3 in dimension 0", "compiled for 5"});
  refuses([](Call &c) { c.inputs[0].strides = {1, 3}; },
          {"stride 3", "last dimension"});
  refuses([](Call &c) { c.inputs[0].strides[0] = -4; },
          {"stride -4 in dimension 0"});
  refuses([](Call &c) { c.inputs[0].strides = {1}; }, {"1 strides", "rank 2"});
  refuses([](Call &c) { c.inputs[1].data = nullptr; },
          {"input 1 'y'", "null pointer"});
  refuses(
      [](Call &c) {
        c.inputs[1].data = c.inputs[1].data =
            reinterpret_cast<char *>(c.y.data()) + 2;
      },
      {"2 bytes past a multiple of 4"});
  refuses([](Call &c) { c.inputs[0].dims[0] = -3; }, {"negative size"});
}

TEST(Binding, AcceptsStridedInputs) {
  Call call;
  call.inputs[0].strides[0] = 0; // one row for all
  EXPECT_TRUE(call.bind().ok());
  call.inputs[0] = {call.x.data(), DType::F32, {3, 1}, {4, 77}};
  call.inputs[1] = denseView(call.y, {1});
  call.outputs[0] = denseView(call.out, {3, 1});
  EXPECT_TRUE(call.bind().ok());
}

TEST(Binding, RefusesWrongOutputs) {
  Call call;
  call.outputs[0] = denseView(call.out, {4, 3});
  call.refuses(Code::Invalid, {"output 0 'out'", "[4, 3]", "[3, 4]"});
  call.outputs[0] = {call.out.data(), DType::F32, {3, 4}, {0, 1}};
  call.refuses(Code::Invalid, {"stride 0 in dimension 0"});
  call.outputs[0] = {nullptr, DType::F32, {3, 4}, {4, 1}};
  call.refuses(Code::Invalid, {"null pointer"});
  call.outputs.pop_back();
  call.refuses(Code::Invalid, {"1 outputs", "gives 2"});
}

TEST(Binding, RefusesWrongWorkspaces) {
  Call call;
  call.workspace.bytes = 511;
  call.refuses(Code::Capacity, {"511", "512"});
  call.workspace = {nullptr, 512};
  call.refuses(Code::Invalid, {"workspace", "null pointer"});
  call.workspace = {static_cast<char *>(call.memory.view.data) + 8, 512};
  call.refuses(Code::Invalid, {"8 bytes past a multiple of 64"});
}

TEST(Binding, RefusesToCopyToGaps) {
  Call call;
  std::vector<float> wide(24);
  call.plan.steps = {CopyStep{workspace(1), output(0), 48}};
  call.outputs[0] = {wide.data(), DType::F32, {3, 4}, {8, 1}};
  call.refuses(Code::Unsupported, {"output 'out'", "gaps"});
}

TEST(Binding, RefusesStepsBeyondABuffer) {
  Call call;
  call.plan.steps = {CopyStep{workspace(1), workspace(0), 17}};
  call.refuses(Code::Internal, {"17 bytes", "'kept'", "has 16"});
  call.plan.steps = {CopyStep{input(1), output(0), 17}};
  call.refuses(Code::Internal, {"17 bytes", "'y'", "has 16"});
  KernelStep kernel;
  kernel.arguments = {Argument::pointer(input(1), 17)};
  call.plan.steps = {kernel};
  call.refuses(Code::Internal, {"17 bytes into input 'y' of 16"});
}

TEST(Binding, RefusesImpossibleSizes) {
  Call call;
  KernelStep kernel;
  kernel.grid = {Expr::dim(0, 0) - 5, 1, 1};
  call.plan.steps = {kernel};
  call.refuses(Code::Invalid, {"grid size is -2"});
  kernel.grid = {Expr(int64_t{1} << 40), Expr(int64_t{1} << 40), 1};
  call.plan.steps = {kernel};
  call.refuses(Code::Invalid, {"2^63 thread blocks"});
  call.plan.workspace[0].bytes = Expr(int64_t{1} << 62) + Expr::dim(0, 0);
  call.plan.workspace[1].bytes = Expr(int64_t{1} << 62);
  call.refuses(Code::Capacity, {"2^63 bytes"});
  call.plan.outputs[0].dims[0] = Expr::dim(0, 0) - 4;
  call.refuses(Code::Invalid, {"size of output 'out' is -1"});
}

/// What a call gives is checked before what the program makes of it, inputs
/// before outputs, and addresses in the order of their use.
TEST(Binding, TellsTheFirstOfTwoFaults) {
  auto tells = [](auto &&spoil, Code code, std::string_view piece) {
    Call call;
    spoil(call);
    call.refuses(code, {piece});
  };
  tells([](Call &c) { c.workspace = {nullptr, 511}; }, Code::Capacity, "511");
  tells(
      [](Call &c) {
        c.workspace.data = static_cast<char *>(c.workspace.data) + 8;
        c.workspace.bytes = 511;
      },
      Code::Capacity, "511");
  tells(
      [](Call &c) {
        c.outputs[0].data = nullptr;
        c.workspace.bytes = 511;
      },
      Code::Invalid, "output 0 'out' of shape [3, 4] is a null pointer");
  tells(
      [](Call &c) {
        c.outputs[0].data = c.x.data();
        c.workspace.bytes = 511;
      },
      Code::Capacity, "511");
  tells([](Call &c) { c.inputs[1].data = c.outputs[0].data = nullptr; },
        Code::Invalid, "input 1 'y' of shape [4] is a null pointer");
  tells(
      [](Call &c) {
        c.outputs.pop_back();
        c.inputs[1].dims[0] = 3;
      },
      Code::Invalid, "x has 4 columns and y has 3 elements");
  tells(
      [](Call &c) {
        c.outputs[0].dtype = DType::F16;
        c.outputs.pop_back();
      },
      Code::Invalid, "1 outputs");
  tells(
      [](Call &c) {
        c.outputs[1].dtype = DType::F16;
        c.plan.workspace[0].bytes = Expr(-1);
      },
      Code::Invalid, "output 1");
  std::vector<float> wide(24);
  tells(
      [&](Call &c) {
        c.plan.steps = {CopyStep{output(0), workspace(0), 999}};
        c.outputs[0] = {wide.data(), DType::F32, {3, 4}, {8, 1}};
      },
      Code::Unsupported, "gaps");
  tells([](Call &c) { c.plan.steps = {CopyStep{input(1), output(0), 999}}; },
        Code::Internal, "input 'y'");
  KernelStep kernel;
  kernel.grid = {Expr(-2), 1, 1};
  kernel.dynamicSharedBytes = -3;
  tells([&](Call &c) { c.plan.steps = {kernel}; }, Code::Invalid,
        "grid size is -2");
  kernel.grid[0] = 1;
  kernel.arguments = {Argument::pointer(input(1), 17)};
  tells([&](Call &c) { c.plan.steps = {kernel}; }, Code::Invalid,
        "shared memory is -3");
}

TEST(Binding, TakesEmptyTensors) {
  Call call;
  call.inputs[0] = denseTensor(nullptr, DType::F32, {0, 4});
  call.outputs = {denseTensor(nullptr, DType::F32, {0, 4}),
                  denseTensor(nullptr, DType::I32, {0})};
  Expected<std::vector<BoundStep>> steps = call.bind();
  ASSERT_TRUE(steps.ok()) << steps.status().message();
  EXPECT_EQ(std::get<BoundKernel>((*steps)[1]).threadBlocks(), 0);
}

TEST(Binding, GridsOfNothingDoNotHideTheirSize) {
  for (std::array<Expr, 3> grid : {std::array<Expr, 3>{0, int64_t(1) << 62, 4},
                                   {int64_t(1) << 62, 4, 0},
                                   {int64_t(1) << 32, int64_t(1) << 31, 1}}) {
    Call call;
    std::get<KernelStep>(call.plan.steps[1]).grid = grid;
    call.refuses(Code::Invalid, {"more than 2^63 thread blocks"});
  }
}

TEST(Binding, OutputsWhoseRowsOverlapAreRefused) {
  Call call;
  call.outputs[0].strides[0] = 3;
  call.refuses(Code::Invalid, {"output 0", "strides [3, 1]", "lie on others"});
  call.outputs[0].strides[0] = 4;
  call.inputs[0].strides[0] = 3; // inputs may
  EXPECT_TRUE(call.bind().ok());
}

TEST(Binding, OutputsThatShareMemoryAreRefused) {
  Call call;
  call.outputs[0].data = call.x.data();
  call.refuses(Code::Invalid, {"output 0 at bytes [0x", "overlaps input 0"});
  call.outputs[0].data = call.workspace.data;
  call.refuses(Code::Invalid, {"output 0 at bytes [0x", "the workspace"});
}

TEST(Binding, AnOutputMayBeTheInputItStartsAs) {
  Call call;
  std::vector<Step> kernels(call.plan.steps.begin() + 1, call.plan.steps.end());
  call.plan.steps = {CopyStep{input(0), output(0), 48}};
  call.outputs[0].data = call.x.data();
  Expected<std::vector<BoundStep>> steps = call.bind();
  ASSERT_TRUE(steps.ok()) << steps.status().message();
  const auto &copy = std::get<BoundCopy>((*steps)[0]);
  EXPECT_EQ(copy.from, copy.to);
  // Read in another way, or also by a kernel, it has to be apart.
  call.inputs[0].strides[0] = 0;
  call.plan.steps = {CopyStep{input(1), output(0), 16}};
  call.refuses(Code::Invalid, {"output 0 at bytes [0x", "overlaps input 0"});
  call.inputs[0].strides[0] = 4;
  call.plan.steps = {CopyStep{input(0), output(0), 48}};
  call.plan.steps.push_back(kernels[0]);
  call.refuses(Code::Invalid, {"output 0 at bytes [0x", "overlaps input 0"});
}

TEST(Binding, OfSeveralOverlapsTheInputsAreToldFirst) {
  Call call;
  OwnedTensor memory = std::move(*OwnedTensor::zeros(DType::I8, {1024}));
  char *data = static_cast<char *>(memory.view.data);
  // The input, output 0 behind it, and output 1 on the end of the one and the
  // start of the other.
  call.inputs[0].data = data;
  call.outputs[0].data = data + 48;
  call.outputs[1].data = data + 44;
  call.refuses(Code::Invalid, {"output 1 at bytes [0x", "overlaps input 0"});
  // The same with the workspace, which is last.
  call.inputs[0].data = call.x.data();
  call.workspace.data = data;
  call.outputs[0].data = data + 512;
  call.outputs[1].data = data + 508;
  call.refuses(Code::Invalid, {"output 1 at bytes [0x", "overlaps output 0"});
}

} // namespace
} // namespace hipc
