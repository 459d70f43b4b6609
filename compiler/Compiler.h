//===- Compiler.h - Text of a program to a package
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_COMPILER_COMPILER_H
#define HIPC_COMPILER_COMPILER_H

#include "compiler/Tuning.h"
#include "runtime/package/Package.h"

namespace hipc {

struct CompileOptions {
  std::string entry;                  ///< empty: the only public function
  std::string pipeline = "reference"; ///< how tensors become loops
  std::string cpu = "host";           ///< as LLVM names it
  unsigned optLevel = 3;              ///< 0 to 3
  std::string sourceName = "source";  ///< file name in messages
  std::string chip = "sm_90a";        ///< GPU of the pipeline "ptx"
  /// GPU whose tile programs a CPU runs; empty: a CPU's own.
  std::string scheduleFor = {};
  Tuning tuning = {};     ///< of the GPU, before the model's schedules
  bool described = false; ///< nobody wrote the text: errors do not quote it
};

/// The target to compile for, such as "sm_90a", given the compute capability of
/// a GPU, such as "sm_90", or a chip. For "" it is the processor of this
/// machine.
std::string targetFor(std::string_view gpu);

/// For such a GPU, or for this processor where that is empty.
CompileOptions optionsFor(std::string_view gpu);

/// How long a compilation took.
struct CompileTimes {
  double parseMs = 0;
  double compileMs = 0;
};

/// What a pass chose for an op, or could not apply to it.
struct Remark {
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
                          std::vector<Remark> *remarks = nullptr);

/// The function of the source that a package was compiled from.
std::string sourceEntry(const Package &package);

/// What was chosen and what did not apply as text, each line once.
std::string explainRemarks(std::span<const Remark> remarks);

/// The text of the module after the passes of `options.pipeline`.
Expected<std::string> lowerToText(std::string_view source,
                                  const CompileOptions &options);

} // namespace hipc

#endif // HIPC_COMPILER_COMPILER_H
