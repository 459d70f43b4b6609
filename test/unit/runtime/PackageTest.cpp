#include "runtime/base/Checksum.h"
#include "test/unit/runtime/ScaleAddPackage.h"
#include "test/unit/runtime/TestSupport.h"

#include <cstring>
#include <random>

namespace hipc {
namespace {
using namespace test;

Package hostPackage() {
  Package package;
  package.compilerVersion = "1.2.3";
  package.target = "fake";
  package.kind = PackageKind::Host;
  package.blobs = {{BlobKind::Object, "fake", "code"}};
  package.host = {"run",
                  {{"a", DType::BF16, {kDynamic, 64}}},
                  {{"b", {}, {4}}},
                  {{Expr::dim(0, 0)}}};
  return package;
}

/// `bytes` with a checksum that fits them again.
std::string sealed(std::string bytes) {
  std::string_view body = std::string_view(bytes).substr(0, bytes.size() - 8);
  uint64_t checksum = crc64(body);
  std::memcpy(bytes.data() + body.size(), &checksum, sizeof(checksum));
  return bytes;
}

TEST(Package, VerifiesSizesOfHostOutputs) {
  Package package = hostPackage();
  EXPECT_TRUE(verify(package).ok());
  package.host.outputDims = {{Expr::dim(1, 0)}};
  expectError(verify(package), Code::Invalid, {"input 1 of 1"});
  package.host.outputDims = {{}};
  expectError(verify(package), Code::Invalid,
              {"output 0 has rank 1 but 0 size expressions"});
  package.host.outputDims = {{Expr(4)}, {Expr(4)}};
  expectError(verify(package), Code::Invalid, {"sizes of 2 outputs, but 1"});
}

TEST(Package, ChecksumIsCrc64Xz) {
  // The check value of the published parameters.
  EXPECT_EQ(crc64("123456789"), 0x995DC9BBDF1939FAu);
}

TEST(Package, RoundTrips) {
  Package packages[] = {scaleAddPackage(), hostPackage(), scaleAddPackage()};
  packages[2].plan = scaleAddPlanOfMaps();
  packages[0].plan.steps.push_back(CopyStep{input(0), output(0), Expr(4)});
  for (const Package &package : packages) {
    Expected<Package> again = readPackage(writePackage(package));
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(*again, package);
  }
}

TEST(Package, WritesTheSameBytesAgain) {
  EXPECT_EQ(writePackage(scaleAddPackage()), writePackage(scaleAddPackage()));
}

TEST(Package, RefusesEveryAlteredByte) {
  std::string bytes = writePackage(scaleAddPackage());
  for (size_t i = 0; i < bytes.size(); ++i)
    for (uint8_t change : {0x01, 0x80, 0xff}) {
      std::string altered = bytes;
      altered[i] ^= change;
      EXPECT_FALSE(readPackage(altered).ok()) << "byte " << i;
    }
}

TEST(Package, RefusesEveryTruncation) {
  std::string bytes = writePackage(scaleAddPackage());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(readPackage(bytes.substr(0, size)).ok()) << size << " bytes";
  expectError(readPackage(bytes + "x").status(), Code::Corrupt,
              {std::to_string(bytes.size()), std::to_string(bytes.size() + 1)});
}

TEST(Package, SurvivesHostileBytesUnderAValidChecksum) {
  // Reading must end without a crash, whatever it gives.
  Package package = scaleAddPackage();
  package.plan = scaleAddPlanOfMaps();
  std::string bytes = writePackage(package);
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string altered = bytes;
    for (int changes = 1 + random() % 3; changes > 0; --changes)
      altered[20 + random() % (bytes.size() - 28)] = random();
    if (Expected<Package> package = readPackage(sealed(altered)); package.ok())
      explain(*package);
  }
}

TEST(Package, RefusesCountsBeyondTheBytes) {
  // The first field is the length of the compiler version.
  std::string bytes = writePackage(scaleAddPackage());
  for (uint64_t count : {~uint64_t{0}, uint64_t{1} << 40, uint64_t{5000}}) {
    std::memcpy(bytes.data() + 20, &count, sizeof(count));
    expectError(readPackage(sealed(bytes)).status(), Code::Corrupt, {});
  }
}

TEST(Package, RefusesOtherBytesThanZeroAndOneForYesAndNo) {
  Package package = scaleAddPackage();
  std::string no = writePackage(package);
  package.plan.inputs[0].number = true;
  std::string yes = writePackage(package);
  auto [byte, other] = std::ranges::mismatch(yes, no);
  ASSERT_EQ(*byte, 1);
  ASSERT_EQ(*other, 0);
  *byte = 2;
  expectError(readPackage(sealed(yes)).status(), Code::Corrupt,
              {"fields do not fill"});
}

TEST(Package, NamesAnotherFormatVersion) {
  std::string bytes = writePackage(scaleAddPackage());
  bytes[8] = 100;
  expectError(readPackage(sealed(bytes)).status(), Code::Unsupported,
              {"version 100", join("version ", kPackageFormatVersion)});
}

TEST(Package, KeepsAndExplainsDependentLaunches) {
  Package package = scaleAddPackage();
  std::get<KernelStep>(package.plan.steps[2]).dependent = true;
  EXPECT_EQ(*readPackage(writePackage(package)), package);
  EXPECT_NE(writePackage(package), writePackage(scaleAddPackage()));
  std::string text = explain(package);
  EXPECT_NE(text.find("shared x.dim[1] * 4 dependent (&scaled,"),
            std::string::npos)
      << text;
}

TEST(Package, KeepsAndVerifiesLoops) {
  Package package = scaleAddPackage();
  std::vector<Step> &steps = package.plan.steps;
  steps.insert(steps.begin() + 1, LoopStep{Expr::dim(0, 0), 2});
  EXPECT_EQ(*readPackage(writePackage(package)), package);
  EXPECT_NE(explain(package).find("the next 2 steps x.dim[0] times"),
            std::string::npos)
      << explain(package);

  std::get<LoopStep>(steps[1]).steps = 3;
  expectError(verify(package), Code::Invalid,
              {"the loop at step 1 has 3 steps, but 2 follow"});
  std::get<LoopStep>(steps[1]).steps = 1;
  steps.insert(steps.begin() + 2, LoopStep{2, 1});
  expectError(verify(package), Code::Invalid,
              {"the loop at step 2 has 1 steps, but 0 follow"});
}

TEST(Package, VerifiesReferences) {
  auto refuses = [](auto &&spoil, std::string_view piece) {
    Package package = scaleAddPackage();
    spoil(package);
    expectError(verify(package), Code::Invalid, {piece});
    expectError(readPackage(writePackage(package)).status(), Code::Corrupt,
                {piece});
  };
  refuses([](Package &p) { p.kernels.pop_back(); }, "kernel 1 of 1");
  refuses([](Package &p) { p.plan.name = ""; }, "no name");
  refuses([](Package &p) { p.host.checks = {{Expr::dim(9, 0), "", {}}}; },
          "input 9");
  refuses(
      [](Package &p) { p.host.checks = {{Expr(1), "", {Expr::dim(9, 0)}}}; },
      "input 9");
  refuses([](Package &p) { p.plan.outputs[0].dims.pop_back(); },
          "1 size expressions");
  refuses([](Package &p) { p.plan.inputs[0].dims.assign(9, 1); }, "rank 9");
  refuses([](Package &p) { p.plan.inputs[0].dims[0] = -2; }, "size -2");
  refuses([](Package &p) { p.plan.inputs[0].dtype = DType{77}; },
          "element type 77");
  refuses([](Package &p) { p.plan.checks[0].values.resize(3); }, "3 values");
  refuses([](Package &p) { p.plan.workspace[0].bytes = Expr::dim(2, 0); },
          "input 2");
  refuses(
      [](Package &p) { p.plan.outputs[0].dims[0] = Expr::outputStride(0, 0); },
      "output 0");
  refuses(
      [](Package &p) { p.plan.steps = {CopyStep{input(0), workspace(2), 1}}; },
      "buffer 2");
  refuses(
      [](Package &p) { p.plan.steps = {CopyStep{workspace(0), input(0), 1}}; },
      "writes to input 0");
  refuses(
      [](Package &p) {
        p.plan.steps = {
            CopyStep{{static_cast<BufferKind>(9), 0}, output(0), 1}};
      },
      "kind 9");
}

TEST(Package, KeepsAndVerifiesNumbers) {
  Package package = scaleAddPackage();
  package.plan = scaleAddPlanOfNumber();
  EXPECT_EQ(*readPackage(writePackage(package)), package);
  EXPECT_NE(explain(package).find("input factor: a number, f32"),
            std::string::npos)
      << explain(package);
  Package whole = package;
  whole.plan.inputs[2].dtype = DType::I32;
  EXPECT_TRUE(verify(whole).ok());
  auto refuses = [&](auto &&spoil, std::string_view piece) {
    Package spoiled = package;
    spoil(spoiled.plan);
    expectError(verify(spoiled), Code::Invalid, {piece});
  };
  refuses([](Plan &p) { p.inputs[2].dtype = DType::F64; },
          "number 'factor' has type f64 and rank 0");
  refuses([](Plan &p) { p.inputs[2].dims = {1}; }, "rank 1");
  refuses([](Plan &p) { p.outputs[0].spec.number = true; },
          "output 'out' is a number");
  refuses([](Plan &p) { p.inputs[2].number = false; },
          "the number in input 2, which is none");
  // Memory of the host is no place for a device.
  refuses([](Plan &p) { p.steps = {CopyStep{input(2), output(0), 4}}; },
          "input 2 as memory of the device");
  package.host.outputs = {{"r", DType::F32, {}, /*number=*/true}};
  expectError(verify(package), Code::Invalid, {"output 'r' is a number"});
}

TEST(Package, SavesAndLoads) {
  TemporaryFolder folder;
  std::string path = folder.path("program.hipc");
  ASSERT_TRUE(savePackage(scaleAddPackage(), path).ok());
  Expected<Package> again = loadPackage(path);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(*again, scaleAddPackage());
  EXPECT_EQ(folder.files(), 1u);

  writeBytes(path, "HIPCPKG");
  expectError(loadPackage(path).status(), Code::Corrupt, {path, "7 bytes"});
  expectError(loadPackage(folder.path("none")).status(), Code::NotFound,
              {"none", "No such file"});
}

TEST(Package, ExplainsThePlan) {
  std::string text = explain(scaleAddPackage());
  for (std::string_view line :
       {"package 'scale_add' for fake, compiler 1.2.3\n",
        "code cubin for sm_90a, 3 bytes\n", "input x: ?x?xf32\n",
        "output out: ?x?xf32 = [x.dim[0], x.dim[1]]\n",
        "check x.dim[1] == y.dim[0] else \"x has {0}",
        "workspace scaled: x.dim[0] * x.dim[1] * 4 bytes\n",
        "copy y to kept, x.dim[1] * 4 bytes\n",
        "launch scale grid [x.dim[0], 1, 1] threads [1, 1, 1] shared 0 (&x, "
        "x.stride[0], x.dim[1], 0.500000, &scaled)\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "in\n" << text;
  EXPECT_NE(explain(hostPackage()).find("input a: ?x64xbf16\n"),
            std::string::npos);
}

} // namespace
} // namespace hipc
