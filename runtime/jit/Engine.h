//===- Engine.h - Compile and run on this machine
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_JIT_ENGINE_H
#define HIPC_RUNTIME_JIT_ENGINE_H

#include "runtime/cpu/CpuDevice.h"

namespace hipc {

struct CompileOptions {
  std::string entry;                  ///< empty: the only public function
  std::string pipeline = "reference"; ///< how tensors become loops
  std::string cpu = "host";           ///< as LLVM names it
  unsigned optLevel = 3;              ///< 0 to 3
  std::string sourceName = "source";  ///< file name in messages
  std::string chip = "sm_90a";        ///< GPU of the pipeline "ptx"
  bool described = false; ///< nobody wrote the text: errors do not quote it
};

/// How long a compilation took.
struct CompileTimes {
  double parseMs = 0;
  double compileMs = 0;
};

/// What a pass chose for an op, or could not do for it.
struct Decision {
  enum class Kind : uint8_t { Note, Taken, Missed };

  Kind kind = Kind::Note;
  std::string tag;   ///< as --hip-debug names it
  std::string op;    ///< "hip.score"
  std::string place; ///< "LINE:COLUMN" of the text, or empty
  std::string text;
};

/// Compiles a module given as text. Errors carry the place in the text.
Expected<Package> compile(std::string_view source,
                          const CompileOptions &options,
                          CompileTimes *times = nullptr,
                          std::vector<Decision> *decisions = nullptr);

/// The function of the source that a package was compiled from.
std::string sourceEntry(const Package &package);

/// What was chosen and what was not, equal lines once, as text.
std::string explainDecisions(std::span<const Decision> decisions);

/// The processor that code is compiled for, as LLVM names it.
std::string hostProcessor();

/// The module after the passes of `options.pipeline`, as text.
Expected<std::string> lowerToText(std::string_view source,
                                  const CompileOptions &options);

/// Loaded code. Immutable: calls from several threads may overlap.
class Program {
public:
  const Package &package() const { return executable->package(); }

  /// Shapes of the outputs; the inputs' data may be null.
  Expected<std::vector<Dims>>
  outputShapes(std::span<const Tensor> inputs) const;

  /// Runs and gives the results.
  Expected<std::vector<OwnedTensor>> call(std::span<const Tensor> inputs) const;

  /// Runs into the caller's outputs; on an error nothing has been written.
  Status run(std::span<const Tensor> inputs,
             std::span<const Tensor> outputs) const;

private:
  friend class Engine;
  Program(std::unique_ptr<CpuExecutable> executable, ThreadPool &pool)
      : executable(std::move(executable)), pool(pool) {}

  std::unique_ptr<CpuExecutable> executable;
  ThreadPool &pool;
};

/// Threads and a loader; it outlives the programs it loads.
class Engine {
public:
  /// An engine with `workers` threads; 0 stands for one each processor.
  static Expected<Engine> create(int64_t workers = 0);

  Expected<Program> load(Package package);

  /// compile() and load().
  Expected<Program> build(std::string_view source,
                          const CompileOptions &options);

private:
  explicit Engine(std::unique_ptr<CpuDevice> device)
      : device(std::move(device)) {}

  std::unique_ptr<CpuDevice> device;
};

} // namespace hipc

#endif // HIPC_RUNTIME_JIT_ENGINE_H
