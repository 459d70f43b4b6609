//===- ThreadTest.cpp - Many threads and many rounds
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include <barrier>
#include <fstream>
#include <thread>

#include <unistd.h>

namespace hipc_test {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HIPC_TEST_SANITIZED 1
#endif
#endif
#ifdef HIPC_TEST_SANITIZED
// Sanitizers keep freed memory; leaks are theirs to find.
constexpr int64_t kGrowthBytes = int64_t{1} << 30;
#else
constexpr int64_t kGrowthBytes = int64_t{2} << 20;
#endif

TEST_F(CapiTest, SixteenThreadsCompileAndRunAtOnce) {
  EnginePtr engine = makeEngine();
  SmallArrays expected;
  std::barrier start(16);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 16; ++t)
    threads.emplace_back([&, t] {
      hipc_attention attention = smallAttention("dense<block_q = 32>");
      attention.returns_lse = t % 2; // two programs
      start.arrive_and_wait();
      ProgramPtr program = compile(engine.get(), attention);
      SmallArrays a;
      for (int round = 0; round < 5; ++round) {
        if (t % 2)
          run(program, a.inputs(), {&a.out.tensor, &a.lse.tensor});
        else
          run(program, a.inputs(), {&a.out.tensor});
        expectDense(a, a.out.data);
      }
      ++right;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(right, 16);
  EXPECT_EQ(logged("compiled"), 2);
}

TEST_F(CapiTest, ThreadsHaveErrorsOfTheirOwn) {
  EnginePtr engine = makeEngine();
  std::barrier both(2);
  auto fail = [&](const char *policy) {
    hipc_attention attention = smallAttention(policy);
    hipc_program *program = nullptr;
    EXPECT_EQ(hipc_compile_attention(engine.get(), &attention, &program),
              HIPC_INVALID);
    both.arrive_and_wait();
    EXPECT_NE(std::string(hipc_last_error()).find(policy), std::string::npos)
        << hipc_last_error();
  };
  std::thread other([&] {
    EXPECT_STREQ(hipc_last_error(), "");
    fail("forest");
  });
  fail("desert");
  other.join();
}

int64_t residentBytes() {
  int64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

TEST_F(CapiTest, TenThousandRoundsTakeNoMemory) {
  EnginePtr engine = makeEngine();
  hipc_attention attention = smallAttention("dense<block_q = 32>");
  SmallArrays a(2);
  auto round = [&] {
    ProgramPtr program = compile(engine.get(), attention);
    run(program, a.inputs(), {&a.out.tensor});
    hipc_program *none = nullptr;
    ASSERT_EQ(hipc_compile(engine.get(), "x", 1, nullptr, nullptr),
              HIPC_INVALID);
    ASSERT_EQ(none, nullptr);
  };
  for (int i = 0; i < 500; ++i)
    round();
  int64_t before = residentBytes();
  for (int i = 0; i < 10000; ++i)
    round();
  EXPECT_LT(residentBytes() - before, kGrowthBytes);
  EXPECT_EQ(logged("compiled"), 1);
}

/// The programs of a long-lived process do not pile up.
TEST_F(CapiTest, ManyProgramsAreForgotten) {
  EnginePtr engine = makeEngine();
  auto compileOne = [&](int number) {
    std::string size = std::to_string(number + 1);
    return compileText(engine.get(), "func.func @f(%a: tensor<" + size +
                                         "xf32>) -> tensor<" + size +
                                         "xf32> {\n  return %a : tensor<" +
                                         size + "xf32>\n}\n");
  };
  for (int i = 0; i < 140; ++i)
    ASSERT_TRUE(compileOne(i));
  EXPECT_EQ(logged("compiled"), 140);
  compileOne(139);
  EXPECT_EQ(logged("loaded"), 0);
  compileOne(0); // forgotten, but in the folder
  EXPECT_EQ(logged("loaded"), 1);
}

} // namespace
} // namespace hipc_test
