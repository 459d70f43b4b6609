//===- ForkTest.cpp - Children of fork()
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include "test/unit/ChildProcess.h"
#include "test/unit/cuda/FakeCuda.h"

#include <dlfcn.h>
#include <thread>

#ifndef HIPC_TEST_NO_FORK
namespace hipc_test {
namespace {

constexpr const char *kDense = "dense<block_q = 32>";

class ForkTest : public CapiTest {
protected:
  static bool runs(const ProgramPtr &program) {
    SmallArrays a;
    run(program, a.inputs(), {&a.out.tensor});
    expectDense(a, a.out.data);
    return !HasFailure();
  }
  /// Its own compilation: no cache has it.
  static bool compiles(hipc_engine *engine, int sink) {
    hipc_attention attention = smallAttention(kDense);
    attention.sink = sink;
    return runs(compile(engine, attention));
  }
};

TEST_F(ForkTest, AChildRunsCompilesDropsAndExits) {
  EnginePtr engine = makeEngine();
  ProgramPtr program = compile(engine.get(), smallAttention(kDense));
  EXPECT_TRUE(runs(program));
  EXPECT_EQ(inChild([] { return true; }), 0);
  EXPECT_EQ(inChild([&] { return runs(program); }), 0);
  EXPECT_EQ(inChild([&] { return compiles(engine.get(), 1); }), 0);
  EXPECT_EQ(inChild([&] {
              program.reset();
              engine.reset();
              return compiles(makeEngine().get(), 2);
            }),
            0);
  EXPECT_EQ(inChild([&] {
              engine.reset();
              auto again = [&] { return runs(program); };
              return again() && inChild(again) == 0;
            }),
            0);
  EXPECT_TRUE(runs(program));
}

TEST_F(ForkTest, TheParentRunsAndCompilesMeanwhile) {
  EnginePtr engine = makeBareEngine();
  ProgramPtr program = compile(engine.get(), smallAttention(kDense));
  std::atomic<bool> done = false;
  std::atomic<int> sink = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      while (!done)
        runs(program);
    });
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      while (!done)
        compiles(engine.get(), ++sink);
    });
  for (int round = 0; round < 8; ++round)
    EXPECT_EQ(inChild([&] {
                bool right = runs(program) && compiles(engine.get(), sink) &&
                             compiles(engine.get(), -1 - round + 1000000);
                program.reset();
                engine.reset();
                return right;
              }),
              0)
        << round;
  done = true;
  for (std::thread &thread : threads)
    thread.join();
}

/// What a thread of the parent was making is made anew in the child.
TEST_F(ForkTest, AChildCompilesWhatTheParentIsCompiling) {
  EnginePtr engine = makeBareEngine();
  for (int sink = 0; sink < 6; ++sink) {
    std::atomic<bool> started = false;
    std::thread other([&] {
      started = true;
      compiles(engine.get(), sink);
    });
    while (!started)
      std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(5 * sink));
    EXPECT_EQ(inChild([&] { return compiles(engine.get(), sink); }), 0);
    other.join();
  }
}

TEST_F(ForkTest, AChildDoesNotTouchTheGpuOfItsParent) {
  ::setenv("HIPC_CUDA_LIBRARY", HIPC_FAKE_CUDA, 1);
  void *library = ::dlopen(HIPC_FAKE_CUDA, RTLD_NOW);
  auto *fake =
      reinterpret_cast<FakeCuda *(*)()>(::dlsym(library, "fakeCuda"))();
  *fake = {};
  EnginePtr engine = makeEngine("cuda");
  ProgramPtr program = compile(engine.get(), smallAttention(kDense));
  EXPECT_EQ(
      inChild([&] {
        fake->calls.clear();
        SmallArrays a;
        for (hipc_tensor *tensor :
             {&a.query.tensor, &a.key.tensor, &a.value.tensor, &a.out.tensor})
          tensor->device = {2, 0};
        const hipc_tensor *out = &a.out.tensor;
        auto says = [](const char *part) {
          return std::string(hipc_last_error()).find(part) != std::string::npos;
        };
        bool refused = hipc_run(program.get(), a.inputs().data(), 3, &out, 1,
                                nullptr, 0, nullptr) == HIPC_UNSUPPORTED &&
                       says("child of fork()") && says("spawn");
        hipc_engine_options options = {};
        options.size = sizeof(options);
        options.device = "cuda";
        hipc_engine *second = nullptr;
        refused &= hipc_engine_create(&options, &second) == HIPC_UNSUPPORTED &&
                   says("child of fork()");
        program.reset();
        engine.reset();
        // The CPU works.
        for (const std::string &call : fake->calls)
          refused &= call == "cuDriverGetVersion";
        return refused && compiles(makeEngine().get(), 3);
      }),
      0);
  ::dlclose(library);
}

} // namespace
} // namespace hipc_test
#endif // HIPC_TEST_NO_FORK
