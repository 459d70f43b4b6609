//===- Json.cpp - What a host has to know of a package
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Json.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace hipc;

namespace hip_compile {

namespace {
/// Grows with every change of the form.
constexpr int64_t kFormat = 1;

class Writer {
public:
  Writer(llvm::json::OStream &json, const Package &package)
      : json(json), package(package) {}

  void write() {
    json.object([&] {
      json.attribute("format", kFormat);
      json.attribute("compiler", package.compilerVersion);
      json.attribute("target", package.target);
      json.attribute("name", package.entryName());
      if (package.kind == PackageKind::Host)
        writeHost(package.host);
      else
        writePlan(package.plan);
    });
  }

private:
  void writeHost(const HostEntry &host) {
    writeInputs(host.inputs);
    json.attributeArray("outputs", [&] {
      for (size_t i = 0; i < host.outputs.size(); ++i)
        json.object([&] {
          writeSpec(host.outputs[i]);
          if (i < host.outputDims.size())
            writeExprs("sizes", host.outputDims[i]);
        });
    });
    writeChecks(host.checks);
  }

  void writePlan(const Plan &plan) {
    json.attributeArray("kernels", [&] {
      for (const std::string &kernel : package.kernels)
        json.value(kernel);
    });
    writeInputs(plan.inputs);
    json.attributeArray("outputs", [&] {
      for (const OutputSpec &output : plan.outputs)
        json.object([&] {
          writeSpec(output.spec);
          writeExprs("sizes", output.dims);
        });
    });
    json.attributeArray("workspace", [&] {
      for (const WorkspaceSpec &buffer : plan.workspace)
        json.object([&] {
          json.attribute("name", buffer.name);
          json.attribute("bytes", buffer.bytes.text());
        });
    });
    writeChecks(plan.checks);
    json.attributeArray("steps", [&] { writeSteps(0, plan.steps.size()); });
  }

  void writeInputs(const std::vector<TensorSpec> &inputs) {
    json.attributeArray("inputs", [&] {
      for (const TensorSpec &input : inputs)
        json.object([&] { writeSpec(input); });
    });
  }

  /// A size that is known only in a call is null.
  void writeSpec(const TensorSpec &spec) {
    json.attribute("name", spec.name);
    json.attribute("type", llvm::StringRef(dtypeName(spec.dtype)));
    if (spec.number)
      json.attribute("by_value", true);
    json.attributeArray("shape", [&] {
      for (int64_t size : spec.dims)
        json.value(size == kDynamic ? llvm::json::Value(nullptr)
                                    : llvm::json::Value(size));
    });
  }

  void writeChecks(const std::vector<Check> &checks) {
    json.attributeArray("checks", [&] {
      for (const Check &check : checks)
        json.object([&] {
          json.attribute("condition", check.condition.text());
          json.attribute("message", check.message);
          writeExprs("values", check.values);
        });
    });
  }

  void writeSteps(size_t first, size_t end) {
    for (size_t i = first; i < end; ++i) {
      const Step &step = package.plan.steps[i];
      json.object([&] {
        if (const auto *kernel = std::get_if<KernelStep>(&step))
          writeKernel(*kernel);
        else if (const auto *copy = std::get_if<CopyStep>(&step))
          writeCopy(*copy);
        else
          i += writeLoop(std::get<LoopStep>(step), i + 1);
      });
    }
  }

  /// Returns the number of steps in it.
  size_t writeLoop(const LoopStep &loop, size_t first) {
    json.attribute("repeat", loop.count.text());
    json.attributeArray("steps",
                        [&] { writeSteps(first, first + loop.steps); });
    return loop.steps;
  }

  void writeCopy(const CopyStep &copy) {
    json.attributeObject("copy", [&] {
      writeBuffer("from", copy.from);
      writeBuffer("to", copy.to);
      json.attribute("bytes", copy.bytes.text());
    });
  }

  void writeKernel(const KernelStep &step) {
    json.attribute("kernel", package.kernels[step.kernel]);
    writeExprs("grid", step.grid);
    json.attributeArray("threads", [&] {
      for (uint32_t size : step.threads)
        json.value(size);
    });
    json.attribute("dynamic_shared_bytes", step.dynamicSharedBytes.text());
    json.attribute("dependent", step.dependent);
    json.attributeArray("parameters", [&] {
      for (const Argument &argument : step.arguments)
        json.object([&] { writeArgument(argument); });
    });
  }

  llvm::StringRef numberKey(BufferRef input) {
    bool isReal = package.plan.inputs[input.index].dtype == DType::F32;
    return isReal ? "f32_of" : "i32_of";
  }

  void writeArgument(const Argument &argument) {
    switch (argument.kind) {
    case Argument::Kind::Pointer:
      writeBuffer("pointer", argument.buffer);
      json.attribute("offset", argument.value.text());
      return;
    case Argument::Kind::Integer:
      json.attribute("i64", argument.value.text());
      return;
    case Argument::Kind::Float:
      writeReal("f32", argument.real);
      return;
    case Argument::Kind::Number:
      writeBuffer(numberKey(argument.buffer), argument.buffer);
      return;
    case Argument::Kind::TensorMap:
      json.attributeObject("tensor_map", [&] { writeMap(argument); });
      return;
    }
  }

  /// JSON has no non-finite numbers.
  void writeReal(llvm::StringRef key, float value) {
    if (std::isfinite(value))
      json.attribute(key, value);
    else if (std::isnan(value))
      json.attribute(key, "nan");
    else
      json.attribute(key, value < 0 ? "-inf" : "inf");
  }

  void writeMap(const Argument &argument) {
    const TensorMapSpec &map = *argument.map;
    writeBuffer("pointer", argument.buffer);
    json.attribute("offset", argument.value.text());
    json.attribute("type", llvm::StringRef(dtypeName(map.element)));
    writeExprs("sizes", map.sizes);
    writeExprs("strides", map.strides);
    json.attributeArray("box", [&] {
      for (uint32_t size : map.box)
        json.value(size);
    });
    json.attribute("swizzle", map.swizzle);
  }

  void writeBuffer(llvm::StringRef key, BufferRef buffer) {
    constexpr std::string_view kNames[] = {"in", "out", "workspace"};
    json.attribute(key, join(kNames[size_t(buffer.kind)], buffer.index));
  }

  void writeExprs(llvm::StringRef key, std::span<const Expr> exprs) {
    json.attributeArray(key, [&] {
      for (const Expr &expr : exprs)
        json.value(expr.text());
    });
  }

  llvm::json::OStream &json;
  const Package &package;
};
} // namespace

std::string writeJson(const Package &package) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, /*IndentSize=*/2);
  Writer(json, package).write();
  return text + "\n";
}

} // namespace hip_compile
