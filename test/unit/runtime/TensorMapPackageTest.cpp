// Arguments that are tensor maps: stored, verified and bound.

#include "runtime/call/Binding.h"
#include "test/unit/runtime/ScaleAddPackage.h"
#include "test/unit/runtime/TestSupport.h"

namespace hipc {
namespace {
using namespace test;

Package mapPackage() {
  Package package = scaleAddPackage();
  package.plan = scaleAddPlanOfMaps();
  return package;
}

TEST(TensorMapPackage, IsExplained) {
  std::string text = explain(mapPackage());
  for (std::string_view line :
       {"launch scale grid [x.dim[0], 1, 1] threads [1, 1, 1] shared 0 (&x, "
        "map of &x, x.dim[1], 0.500000, &scaled)\n"
        "  maps &x as f32 sizes [x.dim[1], x.dim[0]] strides "
        "[x.stride[0] * 4] bytes box [8, 64] swizzle 32\n",
        "  maps &y as f32 sizes [y.dim[0]] strides [] bytes box [4] swizzle "
        "0\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "in\n" << text;
}

TEST(TensorMapPackage, DiffersByItsMap) {
  Package package = mapPackage();
  change(mapOfX(package.plan)).swizzle = 64;
  EXPECT_NE(package, mapPackage());
  package = mapPackage();
  mapOfX(package.plan).map = nullptr;
  EXPECT_NE(package, mapPackage());
  EXPECT_NE(mapPackage(), package);
}

/// Of a package in memory, and of its bytes.
void refuses(const Package &package, std::string_view piece) {
  expectError(verify(package), Code::Invalid, {piece});
  expectError(readPackage(writePackage(package)).status(), Code::Corrupt,
              {piece});
}

void refusesMap(void (*spoil)(TensorMapSpec &), std::string_view piece) {
  Package package = mapPackage();
  spoil(change(mapOfX(package.plan)));
  refuses(package, piece);
}

TEST(TensorMapPackage, RefusesMapsThatTheDriverWould) {
  refusesMap([](TensorMapSpec &m) { m.element = DType::I32; },
             "element type 5, but it has to be f16, bf16 or f32");
  refusesMap([](TensorMapSpec &m) { m.element = DType{77}; },
             "element type 77");
  refusesMap([](TensorMapSpec &m) { m = {DType::F32, {}, {}, {}, 0}; },
             "rank 0, but it has to be 1 to 5");
  refusesMap(
      [](TensorMapSpec &m) {
        m.sizes.assign(6, 1);
        m.strides.assign(5, 16);
        m.box.assign(6, 4);
      },
      "rank 6, but it has to be 1 to 5");
  refusesMap([](TensorMapSpec &m) { m.strides.clear(); },
             "rank 2 has 0 strides, but it needs 1");
  refusesMap([](TensorMapSpec &m) { m.box.push_back(1); },
             "rank 2 has a box of rank 3");
  refusesMap([](TensorMapSpec &m) { m.box[1] = 257; },
             "a box of 257 elements on axis 1, but it has to be 1 to 256");
  refusesMap([](TensorMapSpec &m) { m.box[0] = 0; },
             "a box of 0 elements on axis 0");
  refusesMap([](TensorMapSpec &m) { m.box[0] = 6; },
             "rows of 24 bytes, which is no multiple of 16");
  refusesMap([](TensorMapSpec &m) { m.box[0] = 16; },
             "rows of 64 bytes, but its swizzle takes 32");
  refusesMap([](TensorMapSpec &m) { m.swizzle = 16; },
             "a swizzle of 16 bytes, but it has to be 0, 32, 64 or 128");
  refusesMap([](TensorMapSpec &m) { m.sizes[0] = Expr::dim(2, 0); }, "input 2");
  refusesMap([](TensorMapSpec &m) { m.strides[0] = Expr::dim(0, 7); }, "7");
}

TEST(TensorMapPackage, TakesBoxesUpToTheLimits) {
  for (auto [elements, swizzle] :
       {std::pair(32u, 128u), {16u, 64u}, {8u, 32u}, {256u, 0u}}) {
    Package package = mapPackage();
    TensorMapSpec &map = change(mapOfX(package.plan));
    map.box = {elements, 256};
    map.swizzle = swizzle;
    EXPECT_EQ(verify(package).message(), "");
  }
}

TEST(TensorMapPackage, RefusesArgumentsThatAreNone) {
  Package package = mapPackage();
  mapOfX(package.plan).map = nullptr;
  refuses(package, "kind 4 has no tensor map");
  package = mapPackage();
  mapOfX(package.plan).kind = Argument::Kind::Pointer;
  refuses(package, "kind 0 has a tensor map");
  package = mapPackage();
  mapOfX(package.plan).kind = static_cast<Argument::Kind>(5);
  refuses(package, "unknown kind 5");
  package = mapPackage();
  mapOfX(package.plan).buffer = input(2);
  refuses(package, "buffer 2");
  package.plan.inputs.push_back({"factor", DType::F32, {}, /*number=*/true});
  refuses(package, "input 2 as memory of the device, but it is a number");
  package = mapPackage();
  mapOfX(package.plan).value = Expr::dim(9, 0);
  refuses(package, "input 9");
}

/// Each map of 128 bytes begins at a multiple of 64.
TEST(TensorMapPackage, CountsBytesOfArguments) {
  Package package = mapPackage();
  Argument map = mapOfX(package.plan);
  std::vector<Argument> &arguments =
      std::get<KernelStep>(package.plan.steps[1]).arguments;
  arguments.assign(31, map);
  arguments.insert(arguments.begin(), 8, Argument::integer(1));
  EXPECT_EQ(verify(package).message(), "");
  arguments.push_back(Argument::integer(1));
  EXPECT_EQ(verify(package).message(), "");
  arguments.insert(arguments.begin(), Argument::integer(1));
  refuses(package, "kernel 0 with 4104 bytes of arguments, but a kernel takes "
                   "4096");
  arguments.assign(513, Argument::integer(1));
  refuses(package, "4104 bytes");
}

TEST(TensorMapPackage, IsForGpusAlone) {
  Package package = mapPackage();
  package.host.name = "run";
  package.kind = PackageKind::Host;
  refuses(package, "program 'run' is a host function, but its plan has tensor "
                   "maps");
  package.plan = scaleAddPlan();
  EXPECT_EQ(verify(package).message(), "");
}

//===----------------------------------------------------------------------===//
// Binding
//===----------------------------------------------------------------------===//

struct MapCall {
  Plan plan = scaleAddPlanOfMaps();
  std::vector<float> x = std::vector<float>(24), y = std::vector<float>(4);
  std::vector<float> out = std::vector<float>(12);
  std::vector<int32_t> touched = std::vector<int32_t>(3);
  OwnedTensor memory = std::move(*OwnedTensor::zeros(DType::I8, {512}));
  std::vector<Tensor> inputs = {{x.data(), DType::F32, {3, 4}, {8, 1}},
                                denseView(y, {4})};
  std::vector<Tensor> outputs = {denseView(out, {3, 4}),
                                 denseView(touched, {3}, DType::I32)};

  Expected<BoundPlan> bind() {
    Expected<BoundPlan> bound = BoundPlan::bind(plan, inputs, outputs);
    if (bound)
      HIPC_RETURN_IF_ERROR(
          bound->place(inputs, outputs, {memory.view.data, 512}));
    return bound;
  }
};

TEST(TensorMapBinding, EvaluatesAndSharesMaps) {
  MapCall call;
  Expected<BoundPlan> bound = call.bind();
  ASSERT_TRUE(bound.ok()) << bound.status().message();
  ASSERT_EQ(bound->maps().size(), 2u);
  const BoundMap &x = bound->maps()[0];
  EXPECT_EQ(x.address, call.x.data());
  EXPECT_EQ(x.sizes, Dims({4, 3}));
  EXPECT_EQ(x.strides, Dims({32}));
  EXPECT_EQ(bound->maps()[1].address, call.y.data());
  const auto &add = std::get<BoundKernel>(bound->steps()[2]);
  ASSERT_EQ(add.maps.size(), 2u);
  EXPECT_EQ(add.maps[0].slot, 1u);
  EXPECT_EQ(add.maps[0].map, 1u);
  EXPECT_EQ(add.maps[1].slot, 6u);
  EXPECT_EQ(add.maps[1].map, 0u);
}

TEST(TensorMapBinding, EncodedBytesStayWithTheAddress) {
  MapCall call, other;
  Expected<BoundPlan> bound = call.bind();
  ASSERT_TRUE(bound.ok());
  for (BoundMap &map : bound->maps())
    map.encoded = true;
  other.inputs[1] = call.inputs[1];
  ASSERT_TRUE(
      bound->place(other.inputs, call.outputs, {call.memory.view.data, 512})
          .ok());
  EXPECT_FALSE(bound->maps()[0].encoded);
  EXPECT_TRUE(bound->maps()[1].encoded);
}

TEST(TensorMapBinding, RefusesWhatReachesOutside) {
  auto refuses = [](auto &&spoil, std::string_view piece) {
    MapCall call;
    spoil(call.plan);
    expectError(call.bind().status(), Code::Internal, {piece});
  };
  refuses([](Plan &p) { mapOfY(p).value = 4; },
          "maps 16 bytes from byte 4 of input 'y', which has 16");
  refuses([](Plan &p) { mapOfY(p).value = -16; }, "from byte -16 of");
  refuses([](Plan &p) { mapOfY(p).value = 32; }, "from byte 32 of");
  refuses([](Plan &p) { change(mapOfX(p)).sizes[1] = 4; },
          "maps 112 bytes from byte 0 of input 'x', which has 80");
  refuses([](Plan &p) { change(mapOfX(p)).sizes[0] = INT64_MAX; },
          "maps more than 2^63 bytes");
  refuses([](Plan &p) { change(mapOfX(p)).strides[0] = INT64_MAX; },
          "maps more than 2^63 bytes");
}

TEST(TensorMapBinding, RefusesNegativeSizes) {
  MapCall call;
  change(mapOfX(call.plan)).strides[0] = -16;
  expectError(call.bind().status(), Code::Invalid,
              {"a stride of the tensor map of input 'x' is -16"});
  change(mapOfX(call.plan)).sizes[0] = -1;
  expectError(call.bind().status(), Code::Invalid,
              {"a size of the tensor map of input 'x' is -1"});
}

/// What is not launched has no limits.
TEST(TensorMapBinding, LeavesOutMapsOfEmptyGrids) {
  MapCall call;
  change(mapOfX(call.plan)).sizes[1] = 1000;
  std::get<KernelStep>(call.plan.steps[1]).grid[2] = 0;
  std::get<KernelStep>(call.plan.steps[2]).grid[1] = 0;
  Expected<BoundPlan> bound = call.bind();
  ASSERT_TRUE(bound.ok()) << bound.status().message();
  EXPECT_TRUE(bound->maps().empty());
}

} // namespace
} // namespace hipc
