#include "compiler/PackageCache.h"
#include "test/unit/ChildProcess.h"
#include "test/unit/runtime/TestSupport.h"

#include <set>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hipc {
namespace {
using namespace test;
namespace fs = std::filesystem;

constexpr std::string_view kText =
    "func.func @f(%a: tensor<?xf32>) -> tensor<?xf32> {\n"
    "  return %a : tensor<?xf32>\n}\n";

Package makePackage(size_t bytes = 100) {
  Package package;
  package.kind = PackageKind::Host;
  package.host = {"f", {{"a", DType::F32, {kDynamic, 4}}}, {}};
  package.host.checks = {{eq(Expr::dim(0, 0), Expr(4)), "not 4", {}}};
  package.source = std::string(bytes, 'x');
  return package;
}

class PackageCacheTest : public testing::Test {
protected:
  void setAge(const std::string &key, std::chrono::hours age) {
    fs::last_write_time(entry(key), fs::file_time_type::clock::now() - age);
  }
  std::string entry(const std::string &key) {
    return folder.path("cache/" + key + ".hipcpkg");
  }
  Expected<Package> build(std::string_view text, BuildReport &report) {
    return compileCached(
        &cache, text,
        [&]() -> Expected<std::string> {
          ++texts;
          return std::string(text);
        },
        {}, report);
  }

  TemporaryFolder folder;
  PackageCache cache{folder.path("cache")};
  int texts = 0;
};

TEST_F(PackageCacheTest, FindsWhatItStored) {
  EXPECT_FALSE(cache.find("a"));
  EXPECT_EQ(cache.store("a", makePackage()).message(), "");
  EXPECT_TRUE(cache.find("a") == makePackage());
  EXPECT_FALSE(cache.find("b"));
  auto others = fs::perms::group_all | fs::perms::others_all;
  EXPECT_EQ(fs::status(folder.path("cache")).permissions() & others,
            fs::perms::none);
}

TEST_F(PackageCacheTest, RemovesDamagedEntries) {
  EXPECT_EQ(cache.store("a", makePackage()).message(), "");
  std::string good = readBytes(entry("a"));
  for (size_t size : {size_t(0), size_t(10), good.size() - 1}) {
    writeBytes(entry("a"), std::string_view(good).substr(0, size));
    EXPECT_FALSE(cache.find("a"));
    EXPECT_FALSE(fs::exists(entry("a"))) << size;
  }
  for (size_t i = 0; i < good.size(); i += 7) {
    std::string bad = good;
    bad[i] ^= 1;
    writeBytes(entry("a"), bad);
    EXPECT_FALSE(cache.find("a")) << i;
    EXPECT_FALSE(fs::exists(entry("a"))) << i;
  }
}

TEST_F(PackageCacheTest, RemovesWhatWasNotUsedForLongest) {
  EXPECT_EQ(cache.store("size", makePackage()).message(), "");
  int64_t bytes = fs::file_size(entry("size"));
  fs::remove(entry("size"));
  PackageCache small(folder.path("cache"), 3 * bytes);
  for (std::string key : {"a", "b", "c"})
    EXPECT_EQ(small.store(key, makePackage()).message(), "");
  setAge("a", std::chrono::hours(3));
  setAge("b", std::chrono::hours(2));
  setAge("c", std::chrono::hours(1));
  EXPECT_TRUE(small.find("a")); // now the newest
  EXPECT_EQ(small.store("d", makePackage()).message(), "");
  EXPECT_TRUE(small.find("a"));
  EXPECT_FALSE(small.find("b"));
  EXPECT_TRUE(small.find("c"));
  EXPECT_TRUE(small.find("d"));
}

TEST_F(PackageCacheTest, KeepsNoEntryAboveTheLimit) {
  PackageCache tiny(folder.path("cache"), 10);
  EXPECT_EQ(tiny.store("a", makePackage()).message(), "");
  EXPECT_FALSE(tiny.find("a"));
}

TEST_F(PackageCacheTest, RemovesTemporaryFilesOfEndedProcesses) {
  EXPECT_EQ(cache.store("a", makePackage()).message(), "");
  std::string stale = entry("x") + ".tmp.1.0", fresh = entry("y") + ".tmp.1.0";
  std::string other = folder.path("cache/notes.txt");
  for (const std::string &file : {stale, fresh, other})
    writeBytes(file, "bytes");
  for (const std::string &file : {stale, other})
    fs::last_write_time(file, fs::file_time_type::clock::now() -
                                  std::chrono::hours(2));
  EXPECT_EQ(cache.store("b", makePackage()).message(), "");
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_TRUE(fs::exists(fresh));
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(PackageCacheTest, KeysDifferInEveryPart) {
  std::vector<CompileOptions> options(7);
  options[1].entry = "g";
  options[2].pipeline = "none";
  options[3].cpu = "x86-64";
  options[4].optLevel = 2;
  options[5].chip = "sm_80";
  options[6].scheduleFor = "sm_80";
  std::set<std::string> keys = {PackageCache::key("other", {})};
  for (const CompileOptions &each : options)
    keys.insert(PackageCache::key("text", each));
  // The end of one part is not the start of the next.
  CompileOptions moved;
  moved.entry = "t";
  keys.insert(PackageCache::key("tex", moved));
  EXPECT_EQ(keys.size(), 9u);
  EXPECT_EQ(PackageCache::key("text", {}), PackageCache::key("text", {}));
}

TEST_F(PackageCacheTest, CompilesOnlyOnce) {
  BuildReport first, second, third;
  Expected<Package> compiled = build(kText, first);
  ASSERT_TRUE(compiled.ok()) << compiled.status().message();
  Expected<Package> found = build(kText, second);
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(*compiled == *found);
  EXPECT_FALSE(first.cached);
  EXPECT_TRUE(second.cached);
  EXPECT_EQ(texts, 1);
  EXPECT_GT(first.times.compileMs, 0);
  EXPECT_EQ(second.times.compileMs, 0);
  writeBytes(entry(PackageCache::key(kText, {})), "damaged");
  ASSERT_TRUE(build(kText, third).ok());
  EXPECT_FALSE(third.cached);
  EXPECT_TRUE(cache.find(PackageCache::key(kText, {})));
}

TEST_F(PackageCacheTest, StoresNoErrors) {
  BuildReport report;
  expectError(build("nonsense", report).status(), Code::Invalid, {"nonsense"});
  EXPECT_FALSE(fs::exists(folder.path("cache")));
}

TEST_F(PackageCacheTest, AFolderThatCannotBeCostsOnlyTheCompilation) {
  writeBytes(folder.path("file"), "x");
  PackageCache nowhere(folder.path("file/cache"));
  BuildReport report;
  TextWriter text = [] { return std::string(kText); };
  EXPECT_TRUE(compileCached(&nowhere, kText, text, {}, report).ok());
  EXPECT_FALSE(report.cached);
  expectError(report.stored, Code::NotFound, {"file/cache", "make"});
}

TEST_F(PackageCacheTest, ManyProcessesShareIt) {
  constexpr int kProcesses = 8, kRounds = 40;
  PackageCache small(folder.path("cache"), 2000);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    pid_t child = ::fork();
    if (child != 0) {
      children.push_back(child);
      continue;
    }
    bool good = true;
    for (int round = 0; round < kRounds; ++round) {
      std::string key = std::to_string((i + round) % 5);
      good &= small.store(key, makePackage(std::stoul(key) * 100)).ok();
      if (auto package = small.find(key))
        good &= package->source.size() == std::stoul(key) * 100;
    }
    ::_exit(good ? 0 : 1);
  }
  for (pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  for (const auto &file : fs::directory_iterator(folder.path("cache")))
    EXPECT_EQ(file.path().extension(), ".hipcpkg");
}

//===----------------------------------------------------------------------===//
// Trust
//===----------------------------------------------------------------------===//

TEST_F(PackageCacheTest, AnEntryKnowsItsKey) {
  EXPECT_TRUE(cache.store("a", makePackage(100)).ok());
  EXPECT_TRUE(cache.store("b", makePackage(200)).ok());
  fs::rename(entry("a"), entry("b"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_FALSE(fs::exists(entry("b")));
  // Nor is a package that was made for no cache an entry.
  writeBytes(entry("c"), writePackage(makePackage()));
  fs::permissions(entry("c"), fs::perms(0600));
  EXPECT_FALSE(cache.find("c"));
  EXPECT_TRUE(cache.store("b", makePackage(200)).ok());
  EXPECT_TRUE(cache.find("b") == makePackage(200));
}

TEST_F(PackageCacheTest, FoldersAndEntriesAreForTheirOwnerAlone) {
  mode_t before = ::umask(0);
  PackageCache deep(folder.path("one/two/cache"));
  EXPECT_EQ(deep.store("a", makePackage()).message(), "");
  ::umask(before);
  for (const char *made : {"one", "one/two", "one/two/cache"})
    EXPECT_EQ(fs::status(folder.path(made)).permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(folder.path("one/two/cache/a.hipcpkg")).permissions(),
            fs::perms(0600));
}

TEST_F(PackageCacheTest, AFolderThatOthersWriteToIsNotUsed) {
  EXPECT_TRUE(cache.trust().ok()); // there is none
  EXPECT_TRUE(cache.store("a", makePackage()).ok());
  for (int mode : {0777, 0770, 0720, 0702, 01777}) {
    fs::permissions(folder.path("cache"), fs::perms(mode));
    for (const Status &status : {cache.trust(), cache.store("b", {})})
      expectError(
          status, Code::Invalid,
          {folder.path("cache"), "has mode ", "chmod go-w", "HIPC_CACHE_DIR"});
    EXPECT_FALSE(cache.find("a")) << mode;
    EXPECT_FALSE(fs::exists(entry("b"))) << mode;
  }
  expectError(cache.trust(), Code::Invalid, {"mode 1777"});
  fs::permissions(folder.path("cache"), fs::perms(0755));
  EXPECT_TRUE(cache.trust().ok());
  EXPECT_TRUE(cache.find("a"));
  if (::geteuid() != 0)
    return;
  // Of another user.
  ASSERT_EQ(::chown(folder.path("cache").c_str(), 12345, 0), 0);
  for (const Status &status : {cache.trust(), cache.store("b", {})})
    expectError(status, Code::Invalid,
                {"belongs to user 12345", "runs as user 0", "HIPC_CACHE_DIR"});
  EXPECT_FALSE(cache.find("a"));
  // A link to a folder of one's own is as good.
  ASSERT_EQ(::chown(folder.path("cache").c_str(), 0, 0), 0);
  fs::create_symlink(folder.path("cache"), folder.path("link"));
  EXPECT_TRUE(PackageCache(folder.path("link")).find("a"));
}

TEST_F(PackageCacheTest, WhatIsNoFileOfThisUserIsNoEntry) {
  auto make = [&](const std::string &key) {
    EXPECT_EQ(cache.store(key, makePackage()).message(), "");
    return entry(key);
  };
  // Right in all but where it lies.
  std::string elsewhere = folder.path("elsewhere");
  fs::rename(make("link"), elsewhere);
  std::string good = readBytes(elsewhere);
  auto isReplaced = [&](const std::string &key) {
    EXPECT_FALSE(cache.find(key)) << key;
    EXPECT_EQ(cache.store(key, makePackage()).message(), "") << key;
    EXPECT_TRUE(cache.find(key) == makePackage()) << key;
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(entry(key)))) << key;
  };
  fs::create_symlink(elsewhere, entry("link"));
  isReplaced("link");
  EXPECT_EQ(readBytes(elsewhere), good); // not written through
  fs::create_symlink("/none", entry("dangling"));
  isReplaced("dangling");
  ASSERT_EQ(::mkfifo(entry("fifo").c_str(), 0600), 0);
  isReplaced("fifo"); // and waits for nobody
  fs::permissions(make("written"), fs::perms(0620));
  isReplaced("written");
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(make("owned").c_str(), 12345, 0), 0);
    isReplaced("owned");
    ASSERT_EQ(::mknod(entry("device").c_str(), S_IFCHR | 0600, 0x103), 0);
    isReplaced("device");
  }
  fs::create_directory(entry("folder"));
  EXPECT_FALSE(cache.find("folder"));
  EXPECT_FALSE(cache.store("folder", makePackage()).ok());
  // Nothing is left of it.
  for (const auto &file : fs::directory_iterator(folder.path("cache")))
    EXPECT_EQ(file.path().extension(), ".hipcpkg");
}

/// A file may be of any size: what no cache of this size holds is not read.
TEST_F(PackageCacheTest, AnEntryBeyondTheLimitIsNotRead) {
  EXPECT_TRUE(cache.store("a", makePackage()).ok());
  fs::resize_file(entry("a"), uintmax_t{1} << 42);
  EXPECT_FALSE(cache.find("a"));
  EXPECT_FALSE(fs::exists(entry("a")));
}

/// As on a full disk: the limit makes a write end early, with a signal.
TEST_F(PackageCacheTest, APartialWriteLeavesNoEntry) {
  EXPECT_TRUE(cache.store("a", makePackage()).ok());
  int status = hipc_test::inChild([&] {
    rlimit most = {1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &most);
    Status stored = cache.store("b", makePackage(10000));
    BuildReport report;
    TextWriter text = [] { return std::string(kText); };
    bool compiled = compileCached(&cache, kText, text, {}, report).ok();
    return stored.code() == Code::Capacity && compiled &&
           report.stored.code() == Code::Capacity && cache.find("a") &&
           !fs::exists(entry("b"));
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path("cache")), {}), 1);
}

TEST(DefaultFolder, FollowsTheEnvironment) {
  ::setenv("HOME", "/home/u", 1);
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("HIPC_CACHE_DIR");
  EXPECT_EQ(PackageCache::defaultFolder(), "/home/u/.cache/hipc");
  ::setenv("XDG_CACHE_HOME", "/x", 1);
  EXPECT_EQ(PackageCache::defaultFolder(), "/x/hipc");
  EXPECT_FALSE(PackageCache::isDefaultNamed());
  ::setenv("HIPC_CACHE_DIR", "/c", 1);
  EXPECT_EQ(PackageCache::defaultFolder(), "/c");
  EXPECT_TRUE(PackageCache::isDefaultNamed());
  for (const char *name : {"HOME", "XDG_CACHE_HOME", "HIPC_CACHE_DIR"})
    ::unsetenv(name);
  EXPECT_EQ(PackageCache::defaultFolder(), "");
}

} // namespace
} // namespace hipc
