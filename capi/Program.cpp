//===- Program.cpp - Load, ask and run
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "capi/NewProgram.h"
#include "capi/Sized.h"
#include "capi/Tensors.h"

#include <cstdlib>
#include <cstring>

using namespace hipc;
using namespace hipc::capi;

Status capi::copyText(const std::string &text, char **copy) {
  *copy = static_cast<char *>(std::malloc(text.size() + 1));
  if (!*copy)
    return Status(Code::Capacity, "not enough memory for a text");
  std::memcpy(*copy, text.c_str(), text.size() + 1);
  return {};
}

namespace {
/// The tensors of a call, in memory that a thread keeps: calls come often.
struct CallTensors {
  std::vector<Tensor> inputs, outputs;

  static CallTensors &ofThread() {
    thread_local CallTensors tensors;
    return tensors;
  }
};
} // namespace

static Expected<std::span<const Tensor>>
readInputs(const LoadedProgram &program, const hipc_tensor *const *inputs,
           int32_t count) {
  std::vector<Tensor> &read = CallTensors::ofThread().inputs;
  HIPC_RETURN_IF_ERROR(readTensors(inputs, count, "input",
                                   program.session->deviceId(), read,
                                   program.program->inputs()));
  return std::span<const Tensor>(read);
}

static Status writeShapes(const Executable &program,
                          const std::vector<Dims> &dims, hipc_shape *shapes,
                          int32_t count) {
  if (count < 0 || size_t(count) != dims.size())
    return error(Code::Invalid, "there is room for ", count,
                 " shapes, but the program has ", dims.size(), " outputs");
  if (count > 0)
    HIPC_RETURN_IF_ERROR(requireNotNull(shapes, "shapes"));
  for (int32_t i = 0; i < count; ++i) {
    shapes[i].dtype = dtypeOf(program.outputType(i));
    shapes[i].ndim = int32_t(dims[i].size());
    std::copy(dims[i].begin(), dims[i].end(), shapes[i].shape);
  }
  return {};
}

static Status run(const hipc_call &call) {
  auto loaded = programs().use(call.program);
  if (!loaded)
    return loaded.status();
  auto in = readInputs(**loaded, call.inputs, call.input_count);
  if (!in)
    return in.status();
  std::vector<Tensor> &out = CallTensors::ofThread().outputs;
  HIPC_RETURN_IF_ERROR(readTensors(call.outputs, call.output_count, "output",
                                   (*loaded)->session->deviceId(), out));
  int64_t bytes = int64_t(std::min<size_t>(call.workspace_bytes, INT64_MAX));
  return (*loaded)->program->run(*in, out, Workspace{call.workspace, bytes},
                                 call.stream);
}

/// What `of` counts in a program; 0 where the handle is none.
static int32_t count(const hipc_program *program,
                     size_t (*of)(const Executable &executable)) {
  int32_t counted = 0;
  guarded([&]() -> Status {
    auto loaded = programs().use(program);
    if (!loaded)
      return loaded.status();
    counted = int32_t(of(*(*loaded)->program));
    return {};
  });
  return counted;
}

extern "C" {

hipc_code hipc_load(hipc_engine *engine, const void *package, size_t length,
                    hipc_program **program) {
  auto make = [&](Session &session) -> Expected<ExecutableRef> {
    HIPC_RETURN_IF_ERROR(requireNotNull(package, "package"));
    return session.load({static_cast<const char *>(package), length});
  };
  return makeProgram(engine, program, make);
}

void hipc_free(void *memory) { std::free(memory); }

void hipc_program_destroy(hipc_program *program) {
  guarded([&] { return program ? programs().destroy(program) : Status(); });
}

hipc_code hipc_program_explain(const hipc_program *program, char **text) {
  return guarded([&]() -> Status {
    HIPC_RETURN_IF_ERROR(requireNotNull(text, "text"));
    *text = nullptr;
    auto loaded = programs().use(program);
    if (!loaded)
      return loaded.status();
    Expected<std::string> explained =
        (*loaded)->session->explain(*(*loaded)->program);
    if (!explained)
      return explained.status();
    return copyText(*explained, text);
  });
}

int32_t hipc_program_inputs(const hipc_program *program) {
  return count(program, [](const Executable &executable) {
    return executable.inputs().size();
  });
}

int32_t hipc_program_outputs(const hipc_program *program) {
  return count(program, [](const Executable &executable) {
    return executable.outputCount();
  });
}

hipc_code hipc_program_output_shapes(const hipc_program *program,
                                     const hipc_tensor *const *inputs,
                                     int32_t input_count, hipc_shape *shapes,
                                     int32_t shape_count) {
  return guarded([&]() -> Status {
    auto loaded = programs().use(program);
    if (!loaded)
      return loaded.status();
    auto read = readInputs(**loaded, inputs, input_count);
    if (!read)
      return read.status();
    const Executable &executable = *(*loaded)->program;
    Expected<std::vector<Dims>> dims = executable.outputShapes(*read);
    if (!dims)
      return dims.status();
    return writeShapes(executable, *dims, shapes, shape_count);
  });
}

hipc_code hipc_program_workspace(const hipc_program *program,
                                 const hipc_tensor *const *inputs,
                                 int32_t input_count, size_t *bytes) {
  return guarded([&]() -> Status {
    HIPC_RETURN_IF_ERROR(requireNotNull(bytes, "bytes"));
    auto loaded = programs().use(program);
    if (!loaded)
      return loaded.status();
    auto read = readInputs(**loaded, inputs, input_count);
    if (!read)
      return read.status();
    Expected<int64_t> needed = (*loaded)->program->workspaceBytes(*read);
    if (!needed)
      return needed.status();
    *bytes = size_t(*needed);
    return {};
  });
}

hipc_code hipc_run(const hipc_program *program,
                   const hipc_tensor *const *inputs, int32_t input_count,
                   const hipc_tensor *const *outputs, int32_t output_count,
                   void *workspace, size_t workspace_bytes, void *stream) {
  return guarded([&] {
    return run({sizeof(hipc_call), program, inputs, outputs, input_count,
                output_count, workspace, workspace_bytes, stream});
  });
}

hipc_code hipc_run_call(const hipc_call *call) {
  return guarded([&]() -> Status {
    HIPC_RETURN_IF_ERROR(requireNotNull(call, "call"));
    Expected<hipc_call> read = readSized(call, "hipc_call");
    return read ? run(*read) : read.status();
  });
}
}
