#include "runtime/base/File.h"
#include "test/unit/runtime/TestSupport.h"

#include <sys/stat.h>

namespace hipc {
namespace {
using namespace test;

TEST(File, WritesPartsAndReplaces) {
  TemporaryFolder folder;
  std::string path = folder.path("file");
  ASSERT_TRUE(writeFile(path, {"old contents"}).ok());
  ASSERT_TRUE(writeFile(path, {"ab", "", "c"}).ok());
  EXPECT_EQ(*readFile(path), "abc");
  EXPECT_EQ(folder.files(), 1u);
}

TEST(File, ReadsMoreThanOnePiece) {
  TemporaryFolder folder;
  std::string bytes((1 << 21) + 3, 'x');
  ASSERT_TRUE(writeFile(folder.path("file"), {bytes}).ok());
  EXPECT_EQ(*readFile(folder.path("file")), bytes);
}

TEST(File, NamesThePathAndTheReason) {
  TemporaryFolder folder;
  std::string path = folder.path("none/file");
  expectError(writeFile(path, {"x"}), Code::NotFound,
              {path, "No such file or directory"});
  expectError(writeFile(folder.path(), {"x"}), Code::Invalid,
              {folder.path(), "Is a directory"});
  expectError(readFile(path).status(), Code::NotFound, {path});
  expectError(readFile(folder.path()).status(), Code::Invalid,
              {"Is a directory"});
}

TEST(File, KeepsSymbolicLinks) {
  TemporaryFolder folder;
  writeBytes(folder.path("file"), "old");
  std::filesystem::create_symlink("file", folder.path("link"));
  ASSERT_TRUE(writeFile(folder.path("link"), {"new"}).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link")));
  EXPECT_EQ(readBytes(folder.path("file")), "new");
}

TEST(File, WritesDevicesInPlace) {
  ASSERT_TRUE(writeFile("/dev/null", {"x"}).ok());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(File, WritesAllOrNone) {
  TemporaryFolder folder;
  std::string good = folder.path("a"), bad = folder.path("none/b");
  std::vector<FileContents> files = {{good, {"x"}}, {bad, {"y"}}};
  expectError(writeFiles(files), Code::NotFound, {bad});
  EXPECT_EQ(folder.files(), 0u);
  files[1].path = folder.path();
  expectError(writeFiles(files), Code::Invalid, {"Is a directory"});
  EXPECT_EQ(folder.files(), 0u);
  files[1].path = folder.path("b");
  ASSERT_TRUE(writeFiles(files).ok());
  EXPECT_EQ(readBytes(files[0].path) + readBytes(files[1].path), "xy");
  EXPECT_EQ(folder.files(), 2u);
}

TEST(File, LeavesNoEarlierFileWhenALaterOneFails) {
  TemporaryFolder folder;
  writeBytes(folder.path("old"), "old");
  std::vector<FileContents> files = {{folder.path("new"), {"x"}},
                                     {folder.path("old"), {"y"}},
                                     {"/dev/full", {"z"}}};
  expectError(writeFiles(files), Code::Capacity, {"/dev/full"});
  EXPECT_EQ(folder.files(), 1u);
  EXPECT_EQ(readBytes(folder.path("old")), "old");
}

TEST(File, LeavesNothingWhenTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full"))
    GTEST_SKIP() << "no /dev/full";
  expectError(writeFile("/dev/full", {"x"}), Code::Capacity,
              {"/dev/full", "No space left"});
}

} // namespace
} // namespace hipc
