//===- Tuning.cpp - Tables of measured schedules
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/Tuning.h"

#include "runtime/base/File.h"

#include "llvm/Support/JSON.h"

using namespace llvm;

namespace hipc {

/// The field, or an error that says where the table has to have it.
static Expected<std::string> textOf(const json::Object &object, StringRef field,
                                    const std::string &where) {
  if (std::optional<StringRef> text = object.getString(field))
    return text->str();
  return error(Code::Invalid, where, " has no text \"", std::string_view(field),
               "\"");
}

static Expected<TunedKernel> readKernel(const json::Value &value,
                                        const std::string &where) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return error(Code::Invalid, where, " is no object");
  Expected<std::string> name = textOf(*object, "kernel", where);
  if (!name)
    return name.status();
  Expected<std::string> schedule = textOf(*object, "schedule", where);
  if (!schedule)
    return schedule.status();
  return TunedKernel{*name, *schedule};
}

Expected<Tuning> readTuning(const std::string &path) {
  Expected<std::string> text = readFile(path);
  if (!text)
    return text.status();
  auto parsed = json::parse(*text);
  if (!parsed)
    return error(Code::Invalid, path, ": ", toString(parsed.takeError()));
  const json::Object *table = parsed->getAsObject();
  const json::Array *kernels = table ? table->getArray("kernels") : nullptr;
  if (!kernels)
    return error(Code::Invalid, path,
                 ": is no table of 'hip-bench tune': it has no array "
                 "\"kernels\"");
  Expected<std::string> chip = textOf(*table, "chip", path + ":");
  if (!chip)
    return chip.status();
  Tuning tuning{path, *chip, {}};
  for (const json::Value &value : *kernels) {
    Expected<TunedKernel> kernel =
        readKernel(value, join(path, ": kernel ", tuning.kernels.size() + 1));
    if (!kernel)
      return kernel.status();
    tuning.kernels.push_back(std::move(*kernel));
  }
  return tuning;
}

} // namespace hipc
