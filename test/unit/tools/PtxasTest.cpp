#include "tools/support/Ptxas.h"
#include "test/unit/runtime/TestSupport.h"

namespace hip_tool {
namespace {
using namespace hipc;
using namespace hipc::test;
namespace fs = std::filesystem;

constexpr const char *kReport = R"(
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'f_kernel_1' for 'sm_90a'
ptxas info    : Function properties for f_kernel_1
    24 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 255 registers, used 1 barriers, 24 bytes cumulative stack size, 1024 bytes smem
ptxas warning : Registers are spilled to local memory in function 'f_kernel_1'
ptxas info    : Compiling entry function 'f_kernel_0' for 'sm_90a'
ptxas info    : Function properties for f_kernel_0
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 22 registers, used 0 barriers
ptxas info    : (C7508) Potential Performance Loss: 'setmaxnreg' ignored
ptxas info    : Compile time = 15.484 ms
)";

TEST(PtxasReport, TellsWhatKernelsTake) {
  Assembly read = parsePtxasReport(kReport);
  ASSERT_EQ(read.kernels.size(), 2u);
  EXPECT_TRUE(read.kernels[0] ==
              (KernelUse{"f_kernel_1", 255, 24, 20, 1024, 1}));
  EXPECT_TRUE(read.kernels[1] == (KernelUse{"f_kernel_0", 22, 0, 0, 0, 0}));
}

TEST(PtxasReport, KeepsNotesThatCostSpeed) {
  Assembly read = parsePtxasReport(kReport);
  ASSERT_EQ(read.notes.size(), 2u);
  EXPECT_TRUE(read.notes[0].starts_with("ptxas warning : Registers"));
  EXPECT_TRUE(read.notes[1].starts_with("ptxas info    : (C7508)"));
  EXPECT_TRUE(parsePtxasReport("").kernels.empty());
}

class PtxasTest : public testing::Test {
protected:
  /// A program in place of ptxas that runs `script`.
  std::string program(const std::string &script) {
    std::string path = folder.path("ptxas");
    writeBytes(path, "#!/bin/sh\n" + script);
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }

  TemporaryFolder folder;
  const std::string version =
      "[ \"$1\" = --version ] && echo 'release 13.0, V13.0.88' && exit\n";
};

TEST_F(PtxasTest, RefusesWhatIsNoPtxas) {
  expectError(Ptxas::find(folder.path("none")).status(), Code::NotFound,
              {"none", "not an executable"});
  expectError(Ptxas::find(folder.path("")).status(), Code::NotFound,
              {"not an executable"});
  expectError(Ptxas::find(program("echo hello")).status(), Code::Device,
              {"ptxas", "does not say"});
  expectError(Ptxas::find(program("echo broken; exit 3")).status(),
              Code::Device, {"ended with code 3", "broken"});
}

TEST_F(PtxasTest, GivesWhatTheProgramWrites) {
  // Arguments end with FILE.ptx -o FILE.cubin.
  Expected<Ptxas> ptxas = Ptxas::find(
      program(version + "for word; do last=$word; done\n"
                        "echo \"$4\" | cat - \"$5\" >\"$last\"\n"
                        "echo \"entry function 'f' Used 7 registers\"\n"));
  ASSERT_TRUE(ptxas.ok()) << ptxas.status().message();
  EXPECT_EQ(ptxas->version(), "13.0.88");
  Expected<Assembly> made = ptxas->assemble("text; $(exit)", "sm_80");
  ASSERT_TRUE(made.ok()) << made.status().message();
  EXPECT_EQ(made->cubin, "-arch=sm_80\ntext; $(exit)");
  ASSERT_EQ(made->kernels.size(), 1u);
  EXPECT_EQ(made->kernels[0].registers, 7);
}

TEST_F(PtxasTest, PassesErrorsOn) {
  Expected<Ptxas> ptxas =
      Ptxas::find(program(version + "echo 'error: line 7' >&2; exit 255"));
  ASSERT_TRUE(ptxas.ok());
  expectError(ptxas->assemble("text", "sm_80").status(), Code::Device,
              {"code 255", "error: line 7"});
}

} // namespace
} // namespace hip_tool
