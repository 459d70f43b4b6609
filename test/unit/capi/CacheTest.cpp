//===- CacheTest.cpp - Programs are compiled once
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

namespace hipc_test {
namespace {
namespace fs = std::filesystem;

constexpr const char *kDense = "dense<block_q = 32>";

class CacheTest : public CapiTest {
protected:
  std::vector<fs::path> entries() const {
    std::vector<fs::path> files;
    if (fs::exists(folder / "cache"))
      for (const auto &file : fs::directory_iterator(folder / "cache"))
        files.push_back(file.path());
    return files;
  }
  static void expectRuns(const ProgramPtr &program) {
    SmallArrays a;
    run(program, a.inputs(), {&a.out.tensor});
    expectDense(a, a.out.data);
  }
};

TEST_F(CacheTest, TheSameProgramTwiceIsOneCompilation) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention(kDense);
  ProgramPtr first = compile(engine.get(), attention),
             second = compile(engine.get(), attention);
  EXPECT_NE(first, second);
  EXPECT_EQ(logged("compiled"), 1);
  first.reset();
  expectRuns(second);
  // Anything that differs is another program.
  attention.window = 4;
  ProgramPtr third = compile(engine.get(), attention);
  attention.has_scale = 1;
  ProgramPtr fourth = compile(engine.get(), attention);
  EXPECT_EQ(logged("compiled"), 3);
}

TEST_F(CacheTest, WhatIsInTheFolderIsAPackage) {
  EnginePtr engine = makeEngine();
  compile(engine.get(), smallAttention(kDense));
  std::ifstream file(entries().at(0), std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  hipc_program *loaded = nullptr;
  ASSERT_EQ(hipc_load(engine.get(), bytes.data(), bytes.size(), &loaded),
            HIPC_OK)
      << hipc_last_error();
  expectRuns(ProgramPtr(loaded));
  // Any byte that is another one is found.
  bytes.back() = char(bytes.back() ^ 1);
  hipc_program *damaged = nullptr;
  EXPECT_EQ(hipc_load(engine.get(), bytes.data(), bytes.size(), &damaged),
            HIPC_CORRUPT);
  EXPECT_EQ(damaged, nullptr);
}

TEST_F(CacheTest, AnotherEngineLoadsWhatIsInTheFolder) {
  EnginePtr first = makeEngine(), second = makeEngine();
  compile(first.get(), smallAttention(kDense));
  expectRuns(compile(second.get(), smallAttention(kDense)));
  EXPECT_EQ(logged("compiled"), 1);
  EXPECT_EQ(logged("loaded"), 1);
  EXPECT_EQ(entries().size(), 1u);
}

TEST_F(CacheTest, DamagedEntriesAreMadeAgain) {
  compile(makeEngine().get(), smallAttention(kDense));
  ASSERT_EQ(entries().size(), 1u);
  std::string path = entries()[0];
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(fs::file_size(path) / 2);
  file.write("damaged", 7);
  file.close();
  expectRuns(compile(makeEngine().get(), smallAttention(kDense)));
  EXPECT_EQ(logged("compiled"), 2);
  expectRuns(compile(makeEngine().get(), smallAttention(kDense)));
  EXPECT_EQ(logged("loaded"), 1);
}

TEST_F(CacheTest, TheOldestUseGoesFirst) {
  hipc_attention a = smallAttention(kDense), b = a, c = a;
  b.sink = 1;
  c.sink = 2;
  compile(makeEngine().get(), a);
  int64_t bytes = fs::file_size(entries().at(0)) * 5 / 2;
  auto age = [&](int hours) {
    for (const fs::path &file : entries())
      fs::last_write_time(file, fs::last_write_time(file) -
                                    std::chrono::hours(hours));
  };
  age(2);
  compile(makeEngine("cpu", bytes).get(), b);
  age(1);
  compile(makeEngine("cpu", bytes).get(), a); // used last now
  compile(makeEngine("cpu", bytes).get(), c);
  EXPECT_EQ(entries().size(), 2u);
  EXPECT_EQ(logged("compiled"), 3);
  compile(makeEngine("cpu", bytes).get(), a);
  EXPECT_EQ(logged("compiled"), 3);
  compile(makeEngine("cpu", bytes).get(), b);
  EXPECT_EQ(logged("compiled"), 4);
}

TEST_F(CacheTest, TheEnvironmentNamesTheFolder) {
  std::string other = (folder / "other").string();
  ::setenv("HIPC_CACHE_DIR", other.c_str(), 1);
  hipc_engine_options options = {};
  options.size = sizeof(options);
  options.device = "cpu";
  hipc_engine *engine = nullptr;
  ASSERT_EQ(hipc_engine_create(&options, &engine), HIPC_OK);
  EnginePtr owner(engine);
  compile(engine, smallAttention(kDense));
  ::unsetenv("HIPC_CACHE_DIR");
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(CacheTest, NoFolderIsAChoice) {
  std::string other = (folder / "other").string();
  ::setenv("HIPC_CACHE_DIR", other.c_str(), 1);
  EnginePtr engine = makeBareEngine();
  ASSERT_TRUE(engine);
  expectRuns(compile(engine.get(), smallAttention(kDense)));
  ::unsetenv("HIPC_CACHE_DIR");
  EXPECT_FALSE(fs::exists(other));
}

TEST_F(CacheTest, AFolderThatOthersWriteToIsRefusedOrToldOf) {
  fs::create_directories(folder / "cache");
  fs::permissions(folder / "cache", fs::perms(0777));
  std::string path = (folder / "cache").string();
  hipc_engine_options options = {};
  options.size = sizeof(options);
  options.device = "cpu";
  options.cache = path.c_str();
  auto expectRefused = [&] {
    hipc_engine *engine = nullptr;
    EXPECT_EQ(hipc_engine_create(&options, &engine), HIPC_INVALID);
    for (std::string part : {path.c_str(), "mode 0777", "chmod go-w"})
      EXPECT_NE(std::string(hipc_last_error()).find(part), std::string::npos)
          << hipc_last_error();
  };
  // Where the caller has named it,
  expectRefused();
  options.cache = nullptr;
  ::setenv("HIPC_CACHE_DIR", path.c_str(), 1);
  expectRefused();
  ::unsetenv("HIPC_CACHE_DIR");
  // and nowhere else: a home may be anybody's.
  fs::rename(folder / "cache", folder / "hipc");
  ::setenv("XDG_CACHE_HOME", folder.c_str(), 1);
  EnginePtr engine = makeDefaultEngine();
  expectRuns(compile(engine.get(), smallAttention(kDense)));
  ::unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(logged("keeps no programs: "), 1);
  EXPECT_EQ(logged("mode 0777"), 1);
  EXPECT_TRUE(fs::is_empty(folder / "hipc"));
}

TEST_F(CacheTest, AFolderThatCannotBeMadeIsToldOfOnce) {
  std::ofstream(folder / "cache") << "a file";
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention(kDense);
  expectRuns(compile(engine.get(), attention));
  attention.sink = 1;
  expectRuns(compile(engine.get(), attention));
  EXPECT_EQ(logged("keeps no programs: "), 1);
}

TEST_F(CacheTest, FailuresAreTriedAgain) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention("forest<block_q = 32>");
  for (int i = 0; i < 2; ++i) {
    hipc_program *program = nullptr;
    EXPECT_EQ(hipc_compile_attention(engine.get(), &attention, &program),
              HIPC_INVALID);
    EXPECT_NE(std::string(hipc_last_error()).find("forest"), std::string::npos);
  }
  EXPECT_TRUE(entries().empty());
  compile(engine.get(), smallAttention(kDense));
}

TEST_F(CacheTest, ProcessesShareTheFolder) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    pid_t child = ::fork();
    if (child != 0) {
      children.push_back(child);
      continue;
    }
    hipc_attention attention = smallAttention(kDense);
    for (int64_t sink : {0, 8, 0}) {
      attention.sink = sink;
      expectRuns(compile(makeEngine().get(), attention));
    }
    ::_exit(HasFailure());
  }
  for (pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(entries().size(), 2u);
}

} // namespace
} // namespace hipc_test
