//===- HandleTest.cpp - Handles that end, and logs that call back
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CapiTest.h"

#include <functional>
#include <thread>

namespace hipc_test {
namespace {

constexpr const char *kDense = "dense<block_q = 32>";

class HandleTest : public CapiTest {
protected:
  static void expectInvalid(hipc_code code, const char *part) {
    EXPECT_EQ(code, HIPC_INVALID);
    EXPECT_NE(std::string(hipc_last_error()).find(part), std::string::npos)
        << hipc_last_error();
  }
  static hipc_code runOnce(const hipc_program *program, SmallArrays &a) {
    const hipc_tensor *out = &a.out.tensor;
    return hipc_run(program, a.inputs().data(), 3, &out, 1, nullptr, 0,
                    nullptr);
  }
};

TEST_F(HandleTest, ADestroyedProgramIsRefused) {
  EnginePtr engine = makeEngine();
  hipc_program *program =
      compile(engine.get(), smallAttention(kDense)).release();
  SmallArrays a;
  EXPECT_EQ(runOnce(program, a), HIPC_OK);
  hipc_program_destroy(program);
  expectInvalid(runOnce(program, a), "hipc_program_destroy()");
  char *text = nullptr;
  expectInvalid(hipc_program_explain(program, &text),
                "'program' is not a handle");
  size_t bytes = 0;
  expectInvalid(hipc_program_workspace(program, a.inputs().data(), 3, &bytes),
                "'program' is not a handle");
  EXPECT_EQ(hipc_program_inputs(program), 0);
  EXPECT_EQ(hipc_program_outputs(program), 0);
  // The place of the old handle is used again, but not its number.
  ProgramPtr second = compile(engine.get(), smallAttention(kDense));
  EXPECT_NE(second.get(), program);
  hipc_program_destroy(program);
  EXPECT_EQ(runOnce(second.get(), a), HIPC_OK);
}

TEST_F(HandleTest, DestroyingTwiceIsToldAndDoesNothing) {
  hipc_engine *engine = makeEngine().release();
  hipc_engine_destroy(engine);
  hipc_engine_destroy(engine);
  EXPECT_NE(std::string(hipc_last_error()).find("'engine' is not a handle"),
            std::string::npos);
  hipc_attention attention = smallAttention(kDense);
  hipc_program *program = nullptr;
  expectInvalid(hipc_compile_attention(engine, &attention, &program),
                "hipc_engine_destroy()");
  expectInvalid(hipc_compile(engine, "", 0, nullptr, &program),
                "hipc_engine_destroy()");
  EXPECT_EQ(hipc_engine_device(engine).type, 0);
  EXPECT_STREQ(hipc_engine_target(engine), "");
}

TEST_F(HandleTest, OtherThingsAreNoHandles) {
  EnginePtr engine = makeEngine();
  ProgramPtr program = compile(engine.get(), smallAttention(kDense));
  SmallArrays a;
  for (uintptr_t wrong :
       {reinterpret_cast<uintptr_t>(engine.get()),
        reinterpret_cast<uintptr_t>(&a), uintptr_t{1}, uintptr_t{2},
        ~uintptr_t{0}, reinterpret_cast<uintptr_t>(program.get()) + 4,
        reinterpret_cast<uintptr_t>(program.get()) + (uintptr_t{1} << 32)})
    expectInvalid(runOnce(reinterpret_cast<hipc_program *>(wrong), a),
                  "'program' is not a handle of a program");
}

TEST_F(HandleTest, ProgramsEndWhileOthersRunThem) {
  EnginePtr engine = makeEngine();
  for (int round = 0; round < 20; ++round) {
    hipc_program *program =
        compile(engine.get(), smallAttention(kDense)).release();
    std::atomic<int> running = 0, odd = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&] {
        SmallArrays a(33);
        ++running;
        hipc_code code = HIPC_OK;
        while (code == HIPC_OK)
          code = runOnce(program, a);
        odd += code != HIPC_INVALID;
      });
    while (running < 3)
      std::this_thread::yield();
    if (round % 2)
      engine = makeEngine(); // the last of the old one goes with its program
    hipc_program_destroy(program);
    for (std::thread &thread : threads)
      thread.join();
    EXPECT_EQ(odd, 0);
  }
}

TEST_F(HandleTest, OneOfManyDestroysAProgram) {
  EnginePtr engine = makeEngine();
  hipc_program *program =
      compile(engine.get(), smallAttention(kDense)).release();
  std::atomic<int> told = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      hipc_program_destroy(program);
      told += hipc_last_error()[0] != '\0';
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(told, 7);
}

//===----------------------------------------------------------------------===//
// Logs
//===----------------------------------------------------------------------===//

/// An engine whose log calls `listener`.
struct Listening {
  std::function<void(std::string)> listener;
  hipc_engine *engine = nullptr;

  explicit Listening(const std::filesystem::path &cache,
                     std::function<void(std::string)> listener)
      : listener(std::move(listener)) {
    std::string folder = cache.string();
    hipc_engine_options options = {};
    options.size = sizeof(options);
    options.device = "cpu";
    options.cache = folder.c_str();
    options.log = [](void *user, hipc_log_level, const char *text) {
      static_cast<Listening *>(user)->listener(text);
    };
    options.log_user = this;
    EXPECT_EQ(hipc_engine_create(&options, &engine), HIPC_OK);
  }
  ~Listening() {
    if (engine)
      hipc_engine_destroy(engine);
  }
};

TEST_F(HandleTest, TheLogMayCallTheLibrary) {
  int heard = 0;
  SmallArrays a;
  Listening *self = nullptr;
  Listening listening(folder / "cache", [&](const std::string &) {
    if (++heard > 1)
      return;
    // The same program, another, and an error that is this thread's.
    EXPECT_EQ(runOnce(compile(self->engine, smallAttention(kDense)).get(), a),
              HIPC_OK);
    hipc_attention other = smallAttention(kDense);
    other.sink = 1;
    compile(self->engine, other);
    hipc_program *none = nullptr;
    expectInvalid(hipc_compile(self->engine, "x", 1, nullptr, &none), "x");
  });
  self = &listening;
  EXPECT_EQ(runOnce(compile(listening.engine, smallAttention(kDense)).get(), a),
            HIPC_OK);
  EXPECT_EQ(heard, 2);
}

TEST_F(HandleTest, LogsOfTwoThreadsMayWantWhatTheOtherCompiles) {
  std::atomic<int> heard = 0;
  Listening *self = nullptr;
  hipc_attention both[2] = {smallAttention(kDense), smallAttention(kDense)};
  both[1].sink = 1;
  Listening listening("", [&](const std::string &) {
    ++heard;
    for (const hipc_attention &attention : both)
      compile(self->engine, attention);
  });
  self = &listening;
  std::thread first([&] { compile(listening.engine, both[0]); });
  std::thread second([&] { compile(listening.engine, both[1]); });
  first.join();
  second.join();
  EXPECT_EQ(heard, 2);
}

TEST_F(HandleTest, TheLogMayDestroyItsEngine) {
  Listening *self = nullptr;
  Listening listening(folder / "cache", [&](const std::string &) {
    hipc_engine_destroy(std::exchange(self->engine, nullptr));
  });
  self = &listening;
  ProgramPtr program = compile(listening.engine, smallAttention(kDense));
  SmallArrays a;
  EXPECT_EQ(runOnce(program.get(), a), HIPC_OK);
}

} // namespace
} // namespace hipc_test
