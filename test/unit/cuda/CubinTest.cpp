// Machine code that the driver made is kept in a folder.

#include "runtime/package/File.h"
#include "test/unit/cuda/CudaTest.h"

#include <filesystem>

namespace hipc {
namespace {
using namespace test;
namespace fs = std::filesystem;

class CubinTest : public CudaTest {
protected:
  CubinTest() { cubins = &folder; }

  /// What was loaded, and how often the driver assembled.
  std::pair<std::string, int64_t> loaded() {
    fake->calls.clear();
    auto executable = load();
    EXPECT_TRUE(executable.ok()) << executable.status().message();
    std::string code;
    for (const std::string &call : fake->calls)
      if (call.starts_with("cuModuleLoadDataEx "))
        code = call.substr(call.find(' ') + 1);
    return {code, count("cuLinkComplete")};
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto &entry : fs::directory_iterator(temporary.path("cubins")))
      found.push_back(entry.path());
    return found;
  }

  TemporaryFolder temporary;
  PackageFolder folder{temporary.path("cubins")};
};

using Loaded = std::pair<std::string, int64_t>;

TEST_F(CubinTest, IsMadeOnce) {
  EXPECT_EQ(loaded(), Loaded("cubin of hopper", 1));
  EXPECT_TRUE(called("cuLinkAddData_v2 type 1"));
  EXPECT_FALSE(called("cuLinkAddData_v2 type 1 open"));
  EXPECT_EQ(loaded(), Loaded("cubin of hopper", 0));
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(CubinTest, IsMadeOfKernelsSideBySideWhereTheDriverCan) {
  EXPECT_EQ(loaded(), Loaded("cubin of hopper", 1));
  EXPECT_TRUE(called("cuLinkCreate_v2 option 34 = 0"));
  fake->splitsCompilation = false;
  package.blobs[0].bytes = "hopper 2";
  EXPECT_EQ(loaded(), Loaded("cubin of hopper 2", 1));
  EXPECT_TRUE(called("cuLinkCreate_v2"));
}

TEST_F(CubinTest, IsOfOneProgramChipAndDriver) {
  EXPECT_EQ(loaded(), Loaded("cubin of hopper", 1));
  package.blobs[0].bytes = "hopper 2";
  EXPECT_EQ(loaded(), Loaded("cubin of hopper 2", 1));
  fake->version = 13010;
  EXPECT_EQ(loaded(), Loaded("cubin of hopper 2", 1));
  fake->capability = 89;
  EXPECT_EQ(loaded(), Loaded("cubin of ampere", 1));
  fake->capability = 80;
  EXPECT_EQ(loaded(), Loaded("cubin of ampere", 1));
  EXPECT_EQ(files().size(), 5u);
  EXPECT_EQ(loaded(), Loaded("cubin of ampere", 0));
}

TEST_F(CubinTest, ADamagedEntryIsMadeAgain) {
  EXPECT_EQ(loaded(), Loaded("cubin of hopper", 1));
  std::string path = files().front().string();
  Expected<std::string> bytes = readFile(path);
  ASSERT_TRUE(bytes.ok());
  for (size_t at : {size_t{0}, bytes->size() / 2, bytes->size() - 1}) {
    std::string damaged = *bytes;
    damaged[at] ^= 1;
    ASSERT_TRUE(writeFile(path, {damaged}).ok());
    EXPECT_EQ(loaded(), Loaded("cubin of hopper", 1)) << at;
    EXPECT_EQ(loaded(), Loaded("cubin of hopper", 0)) << at;
  }
  ASSERT_TRUE(writeFile(path, {bytes->substr(0, 40)}).ok());
  EXPECT_EQ(loaded(), Loaded("cubin of hopper", 1));
}

TEST_F(CubinTest, PtxIsLoadedWhereThereIsNone) {
  fake->result = 1;
  for (const char *name :
       {"cuLinkCreate_v2", "cuLinkAddData_v2", "cuLinkComplete"}) {
    fake->failing = name;
    EXPECT_EQ(loaded().first, "hopper") << name;
  }
  fake->failing = "";
  PackageFolder none("/proc/none");
  cubins = &none;
  EXPECT_EQ(loaded(), Loaded("cubin of hopper", 1));
  cubins = nullptr;
  EXPECT_EQ(loaded(), Loaded("hopper", 0));
}

TEST_F(CubinTest, OfThePackageComesFirst) {
  package.blobs.push_back({BlobKind::Cubin, "sm_90a", "packed"});
  EXPECT_EQ(loaded(), Loaded("packed", 0));
}

} // namespace
} // namespace hipc
