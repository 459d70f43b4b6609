#include "runtime/package/Package.h"

namespace hipc {

namespace {
class Explainer {
public:
  explicit Explainer(const Package &package) : package(package) {
    for (const TensorSpec &input : package.plan.inputs)
      names.inputs.push_back(input.name);
    for (const OutputSpec &output : package.plan.outputs)
      names.outputs.push_back(output.spec.name);
  }

  std::string run() {
    line("package '", package.entryName(), "' for ", package.target,
         ", compiler ", package.compilerVersion);
    for (const Blob &blob : package.blobs)
      line("code ", blobKindName(blob.kind), " for ", blob.target, ", ",
           blob.bytes.size(), " bytes", blob.features.empty() ? "" : ", needs ",
           blob.features);
    if (package.kind == PackageKind::Plan)
      explainPlan();
    else
      explainHost();
    return std::move(text);
  }

private:
  template <typename... Parts> void line(const Parts &...parts) {
    text += join(parts..., "\n");
  }

  static std::string type(const TensorSpec &spec) {
    if (spec.number)
      return "a number, " + std::string(dtypeName(spec.dtype));
    std::string shown;
    for (int64_t size : spec.dims)
      shown += size == kDynamic ? "?x" : join(size, "x");
    return shown + std::string(dtypeName(spec.dtype));
  }

  void explainHost() {
    for (const TensorSpec &input : package.host.inputs)
      line("input ", input.name, ": ", type(input));
    for (const TensorSpec &output : package.host.outputs)
      line("output ", output.name, ": ", type(output));
    line("call ", package.host.name);
  }

  void explainPlan() {
    const Plan &plan = package.plan;
    for (const TensorSpec &input : plan.inputs)
      line("input ", input.name, ": ", type(input));
    for (const OutputSpec &output : plan.outputs)
      line("output ", output.spec.name, ": ", type(output.spec), " = ",
           list(output.dims));
    for (const Check &check : plan.checks)
      line("check ", check.condition.text(names), " else \"", check.message,
           "\"");
    for (const WorkspaceSpec &buffer : plan.workspace)
      line("workspace ", buffer.name, ": ", buffer.bytes.text(names), " bytes");
    for (const Step &step : plan.steps)
      std::visit([&](const auto &record) { explainStep(record); }, step);
  }

  std::string list(std::span<const Expr> exprs) const {
    std::string shown = "[";
    for (size_t i = 0; i < exprs.size(); ++i)
      shown += join(i ? ", " : "", exprs[i].text(names));
    return shown + "]";
  }

  /// A tensor without a name goes by its number, as in expressions.
  std::string buffer(BufferRef ref) const {
    const Plan &plan = package.plan;
    auto named = [&](const std::string &name, std::string_view role) {
      return name.empty() ? join(role, ref.index) : name;
    };
    switch (ref.kind) {
    case BufferKind::Input:
      return named(plan.inputs[ref.index].name, "in");
    case BufferKind::Output:
      return named(plan.outputs[ref.index].spec.name, "out");
    case BufferKind::Workspace:
      return plan.workspace[ref.index].name;
    }
    return "?";
  }

  std::string argument(const Argument &argument) const {
    switch (argument.kind) {
    case Argument::Kind::Float:
      return std::to_string(argument.real);
    case Argument::Kind::Integer:
      return argument.value.text(names);
    case Argument::Kind::Number:
      return buffer(argument.buffer);
    case Argument::Kind::Pointer:
      return address(argument);
    case Argument::Kind::TensorMap:
      return join("map of ", address(argument));
    }
    return "?";
  }

  std::string address(const Argument &argument) const {
    std::string base = join("&", buffer(argument.buffer));
    if (argument.value.constant() == 0)
      return base;
    return join(base, "[", argument.value.text(names), "]");
  }

  void explainMap(const Argument &argument) {
    const TensorMapSpec &map = *argument.map;
    std::string box;
    for (uint32_t size : map.box)
      box += join(box.empty() ? "" : ", ", size);
    line("  maps ", address(argument), " as ", dtypeName(map.element),
         " sizes ", list(map.sizes), " strides ", list(map.strides),
         " bytes box [", box, "] swizzle ", map.swizzle);
  }

  void explainStep(const KernelStep &step) {
    std::string shown;
    for (const Argument &each : step.arguments)
      shown += join(shown.empty() ? "" : ", ", argument(each));
    line("launch ", package.kernels[step.kernel], " grid ", list(step.grid),
         " threads [", step.threads[0], ", ", step.threads[1], ", ",
         step.threads[2], "] shared ", step.dynamicSharedBytes.text(names),
         step.dependent ? " dependent" : "", " (", shown, ")");
    for (const Argument &each : step.arguments)
      if (each.map)
        explainMap(each);
  }

  void explainStep(const CopyStep &step) {
    line("copy ", buffer(step.from), " to ", buffer(step.to), ", ",
         step.bytes.text(names), " bytes");
  }

  void explainStep(const LoopStep &step) {
    line("the next ", step.steps, " steps ", step.count.text(names), " times");
  }

  const Package &package;
  ExprNames names;
  std::string text;
};
} // namespace

std::string explain(const Package &package) { return Explainer(package).run(); }

} // namespace hipc
