//===- Flags.h - Flags of all tools
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIP_TOOLS_SUPPORT_FLAGS_H
#define HIP_TOOLS_SUPPORT_FLAGS_H

#include "runtime/base/Status.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

namespace hip_tool {

//===----------------------------------------------------------------------===//
// --version and -h
//===----------------------------------------------------------------------===//

/// Replaces --version, and makes `-h` a flag that is rejected with letters
/// after it: LLVM's own prints the help for `--hip-tiel` and succeeds.
inline void addCommonFlags(llvm::StringRef tool) {
  namespace cl = llvm::cl;
  cl::SetVersionPrinter([name = tool.str()](llvm::raw_ostream &out) {
    out << name << " (hip-mlir) " HIP_VERSION ", LLVM " LLVM_VERSION_STRING
        << "\n";
  });
  static cl::opt<bool> help(
      "h", cl::desc("Alias for --help"), cl::Hidden, cl::ValueDisallowed,
      cl::sub(cl::SubCommand::getAll()), cl::callback([](const bool &) {
        // The first letter of a longer word is at no place of its own.
        if (help.getPosition() == 0)
          return;
        cl::PrintHelpMessage();
        std::exit(0);
      }));
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// Numbers with error messages of our own.
template <typename T> class NumberParser : public llvm::cl::basic_parser<T> {
public:
  NumberParser(llvm::cl::Option &option)
      : llvm::cl::basic_parser<T>(option), llvms(option) {}

  /// Which prints values.
  operator const llvm::cl::parser<T> &() const { return llvms; }

  bool parse(llvm::cl::Option &option, llvm::StringRef, llvm::StringRef text,
             T &value) {
    if constexpr (std::is_integral_v<T>)
      return !llvm::to_integer(text, value) &&
             option.error("'" + text + "' is not a whole number of 64 bits");
    else
      return !llvm::to_float(text, value) &&
             option.error("'" + text + "' is not a number");
  }

private:
  llvm::cl::parser<T> llvms;
};

/// Words of a list; an error for any other word gives that list.
template <typename T> struct ChoiceParser : llvm::cl::parser<T> {
  using llvm::cl::parser<T>::parser;

  bool parse(llvm::cl::Option &option, llvm::StringRef, llvm::StringRef text,
             T &value) {
    std::string names;
    for (unsigned i = 0; i < this->getNumOptions(); ++i) {
      if (this->getOption(i) == text) {
        value = this->Values[i].V.getValue();
        return false;
      }
      names += (names.empty() ? "" : ", ") + this->getOption(i).str();
    }
    return option.error("'" + text + "', but there are " + names);
  }
};

template <typename T>
using Parser = std::conditional_t<
    std::is_enum_v<T>, ChoiceParser<T>,
    std::conditional_t<std::is_same_v<T, int64_t> || std::is_same_v<T, double>,
                       NumberParser<T>, llvm::cl::parser<T>>>;

/// An option of any number of subcommands.
template <typename T> using Option = llvm::cl::opt<T, false, Parser<T>>;

inline hipc::Status checkRange(const Option<int64_t> &flag, int64_t least,
                               int64_t most) {
  if (flag >= least && flag <= most)
    return {};
  return hipc::error(hipc::Code::Invalid, "--", std::string_view(flag.ArgStr),
                     " ", flag.getValue(), ", but it has to be at least ",
                     least, " and at most ", most);
}

//===----------------------------------------------------------------------===//
// Options of one subcommand
//===----------------------------------------------------------------------===//

template <typename T> struct Flag : Option<T> {
  template <typename... Mods>
  Flag(llvm::cl::OptionCategory &category, llvm::cl::SubCommand &command,
       llvm::StringRef name, llvm::StringRef help, const Mods &...mods)
      : Option<T>(name, llvm::cl::desc(help), llvm::cl::cat(category),
                  llvm::cl::sub(command), mods...) {}
};

} // namespace hip_tool

#endif // HIP_TOOLS_SUPPORT_FLAGS_H
