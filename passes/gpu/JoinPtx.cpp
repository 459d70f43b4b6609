//===- gpu/JoinPtx.cpp - Texts of kernels to one text
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/gpu/JoinPtx.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

/// What LLVM writes before the first function, after the line of whose name the
/// declarations and an empty line stand, and how its labels begin.
static constexpr StringLiteral kLastOfHeader = ".address_size 64\n\n";
static constexpr StringLiteral kDeclaration = ".extern .shared .align ";
static constexpr StringLiteral kLabel = "$L__BB";
static constexpr StringLiteral kFirstLabel = "$L__BB0_";

namespace {
/// A text without header and declarations.
struct Piece {
  StringRef name; ///< the line that names the function
  StringRef code;
};
} // namespace

/// Arrays of shared memory, each with the most that a function asks for.
using Alignments = llvm::MapVector<StringRef, unsigned>;

static void declare(StringRef line, Alignments &declarations) {
  auto [number, array] = line.drop_front(kDeclaration.size()).split(' ');
  unsigned alignment = 0;
  number.getAsInteger(10, alignment);
  declarations[array] = std::max(declarations[array], alignment);
}

static Piece takeApart(StringRef text, Alignments &declarations) {
  StringRef rest = text.split(kLastOfHeader).second;
  Piece piece;
  std::tie(piece.name, rest) = rest.split('\n');
  while (rest.starts_with(kDeclaration)) {
    auto [line, more] = rest.split('\n');
    declare(line, declarations);
    rest = more;
  }
  rest.consume_front("\n");
  piece.code = rest;
  return piece;
}

static void appendCode(std::string &out, StringRef code, size_t number) {
  std::string label = (kLabel + Twine(number) + "_").str();
  while (!code.empty()) {
    auto [before, after] = code.split(kFirstLabel);
    out += before;
    if (before.size() == code.size())
      return;
    out += label;
    code = after;
  }
}

FailureOr<std::string> mlir::hip::joinPtx(ArrayRef<std::string> texts) {
  Alignments declarations;
  SmallVector<Piece> pieces;
  size_t bytes = 0;
  for (const std::string &text : texts) {
    if (!StringRef(text).contains(kLastOfHeader))
      return failure();
    pieces.push_back(takeApart(text, declarations));
    bytes += text.size();
  }
  std::string out;
  out.reserve(bytes);
  out += StringRef(texts.front()).split(kLastOfHeader).first;
  out += kLastOfHeader;
  for (auto [i, piece] : llvm::enumerate(pieces)) {
    out += (piece.name + "\n").str();
    if (i == 0) {
      for (auto [array, alignment] : declarations)
        out += (kDeclaration + Twine(alignment) + " " + array + "\n").str();
      out += '\n';
    }
    appendCode(out, piece.code, i);
  }
  return out;
}
