//===- TuneBench.cpp - The fastest schedules of attention on a GPU
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TuneBench.h"

#include "CudaRunner.h"
#include "Programs.h"
#include "TuneSearch.h"
#include "TuneTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <bit>
#include <ctime>
#include <map>
#include <variant>

using namespace hipc;
using cuda::CudaDevice;
using cuda::CudaExecutable;
using llvm::StringRef;
namespace json = llvm::json;

namespace hip_bench {

namespace {
/// The kernel of a program, and the schedule that the model has for it.
struct Kernel {
  std::string name;
  ScheduleText model{""};
};

/// What running at each length gave.
struct Runs {
  std::vector<double> ms;
  double relative = 1; ///< geometric mean beside the model's times
  bool sameBits = true;
};

/// What is against a schedule, or its times.
using Answer = std::variant<std::string, Runs>;

/// Times schedules of one request.
class Tuner {
public:
  Tuner(const TuneOptions &options, CudaRunner &runner,
        const CudaRequest &request)
      : options(options), runner(runner), request(request) {}

  Status run();

private:
  using Program = Expected<std::unique_ptr<CudaExecutable>>;

  ListShape shapeOf(int64_t length) const {
    return {options.cuda.batches.front(), kHeads, kKvHeadCount,
            request.decode ? 1 : length,  length, kSize};
  }
  Expected<Package> compileBy(const ScheduleText *schedule,
                              std::vector<Remark> *remarks) const;
  Status startFromModel();
  Expected<Answer> time(const CudaExecutable &program, bool addsAlike);
  Expected<Answer> tryOne(const ScheduleText &schedule);
  json::Object describe(const ScheduleText &schedule) const;
  json::Object timesOf(const std::vector<double> &ms) const;
  json::Object result(const Found &found) const;

  const TuneOptions &options;
  CudaRunner &runner;
  const CudaRequest &request;
  Kernel kernel;
  int64_t modelLocalBytes = 0;
  std::vector<double> modelMs;
  std::vector<std::vector<uint16_t>> wanted; ///< the model's output by length
  std::map<std::string, Runs> timed;         ///< by code
  std::map<std::string, Runs> bySchedule;
  int64_t dropped = 0;
};
} // namespace

static void print(json::Object line) {
  llvm::outs() << json::Value(std::move(line)) << "\n";
  llvm::outs().flush();
}

static std::string codeOf(const Package &package) {
  for (const Blob &blob : package.blobs)
    if (blob.kind == BlobKind::Ptx)
      return blob.bytes;
  return {};
}

/// A remark of hip-schedule: "kernel 'NAME': #hip.schedule<FIELDS>, ...".
static std::optional<Kernel> kernelOf(StringRef text, bool isFew) {
  if (!text.consume_front("kernel '"))
    return std::nullopt;
  auto [name, rest] = text.split("': #hip.schedule<");
  if (name.contains("of few rows") != isFew || rest.empty())
    return std::nullopt;
  return Kernel{name.str(), ScheduleText(rest.split('>').first)};
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// Under the schedule, or the model's, which the remarks name.
Expected<Package> Tuner::compileBy(const ScheduleText *schedule,
                                   std::vector<Remark> *remarks) const {
  const CudaVariant &variant = *request.variant;
  std::string text =
      policyProgram({variant.policy, variant.sink, variant.window,
                     options.cuda.heads, options.cuda.kept ? variant.box : 0},
                    shapeOf(options.cuda.lengths.front()), "bf16", "");
  CompileOptions compileOptions = runner.compileOptions(request.name);
  compileOptions.tuning = {"hip-bench tune", runner.chip(), {}};
  if (schedule)
    compileOptions.tuning.kernels = {{kernel.name, schedule->text()}};
  return compile(text, compileOptions, /*times=*/nullptr, remarks);
}

Status Tuner::startFromModel() {
  std::vector<Remark> remarks;
  Expected<Package> package = compileBy(nullptr, &remarks);
  if (!package)
    return package.status();
  for (const Remark &remark : remarks)
    if (auto found = kernelOf(remark.text, request.decode))
      kernel = *found;
  if (kernel.name.empty())
    return error(Code::Unsupported, "--what '", request.name,
                 "': the program has no attention that is scheduled for ",
                 request.decode ? "few" : "many", " rows");
  std::string code = codeOf(*package);
  Program program = runner.load(std::move(*package));
  if (!program)
    return program.status();
  Expected<int64_t> local = (*program)->localBytes();
  if (!local)
    return local.status();
  modelLocalBytes = *local;
  Expected<Answer> answer = time(**program, /*addsAlike=*/true);
  if (!answer)
    return answer.status();
  const Runs *runs = std::get_if<Runs>(&*answer);
  if (!runs)
    return error(Code::Device, request.name, ": ",
                 std::get<std::string>(*answer));
  modelMs = runs->ms;
  timed[code] = bySchedule[kernel.model.text()] = *runs;
  return {};
}

//===----------------------------------------------------------------------===//
// Times
//===----------------------------------------------------------------------===//

static float widened(uint16_t number) {
  return std::bit_cast<float>(uint32_t(number) << 16);
}

/// Sums in another order: off by two bits of a bf16 at most.
static bool isClose(uint16_t one, uint16_t other) {
  constexpr float kRelative = 1.0F / 64, kAbsolute = 1.0F / 1024;
  float a = widened(one), b = widened(other);
  return one == other || std::abs(a - b) <= kRelative * std::abs(b) + kAbsolute;
}

Expected<Answer> Tuner::time(const CudaExecutable &program, bool addsAlike) {
  Runs runs;
  double logs = 0;
  for (auto [i, length] : llvm::enumerate(options.cuda.lengths)) {
    HIPC_RETURN_IF_ERROR(
        runner.makeInputs(shapeOf(length), nullptr,
                          options.cuda.kept ? request.variant->box : 0));
    HIPC_RETURN_IF_ERROR(runner.makeOutputs(program));
    HIPC_RETURN_IF_ERROR(runner.spoilOutput());
    if (Status status = runner.enqueue(program); !status.ok())
      return Answer("does not run: " + status.message());
    Expected<std::vector<uint16_t>> output = runner.readOutput();
    if (!output)
      return output.status();
    if (wanted.size() <= i)
      wanted.push_back(*output);
    if (*output != wanted[i]) {
      runs.sameBits = false;
      if (addsAlike || !std::equal(output->begin(), output->end(),
                                   wanted[i].begin(), isClose))
        return Answer(std::string("gives other outputs than the model's"));
    }
    Expected<double> ms = runner.measureGraph(program);
    if (!ms)
      return ms.status();
    runs.ms.push_back(*ms);
    if (!modelMs.empty())
      logs += std::log(*ms / modelMs[i]);
  }
  runs.relative = std::exp(logs / double(runs.ms.size()));
  return Answer(std::move(runs));
}

Expected<Answer> Tuner::tryOne(const ScheduleText &schedule) {
  Expected<Package> package = compileBy(&schedule, nullptr);
  if (!package)
    return Answer("does not compile: " + package.status().message());
  std::string code = codeOf(*package);
  if (auto same = timed.find(code); same != timed.end())
    return Answer(same->second);
  Program program = runner.load(std::move(*package));
  if (!program)
    return Answer("does not load: " + program.status().message());
  Expected<int64_t> local = (*program)->localBytes();
  if (!local)
    return local.status();
  if (*local > modelLocalBytes)
    return Answer(join("spills: ", *local, " bytes of local memory, the model ",
                       modelLocalBytes));
  Expected<Answer> answer = time(**program, addAlike(schedule, kernel.model));
  if (!answer)
    return answer.status();
  if (const Runs *runs = std::get_if<Runs>(&*answer))
    timed[code] = *runs;
  return answer;
}

//===----------------------------------------------------------------------===//
// Lines
//===----------------------------------------------------------------------===//

json::Object Tuner::describe(const ScheduleText &schedule) const {
  return json::Object{{"what", request.name},
                      {"kernel", kernel.name},
                      {"chip", runner.chip()},
                      {"device", runner.deviceName()},
                      {"schedule", schedule.text()}};
}

json::Object Tuner::timesOf(const std::vector<double> &ms) const {
  json::Object times;
  for (auto [length, each] : llvm::zip_equal(options.cuda.lengths, ms))
    times[std::to_string(length)] = digits(each);
  return times;
}

static std::string today() {
  std::time_t now = std::time(nullptr);
  std::tm parts = {};
  ::gmtime_r(&now, &parts);
  char text[16] = {};
  std::strftime(text, sizeof(text), "%Y-%m-%d", &parts);
  return text;
}

/// The last line, which the table has as well.
json::Object Tuner::result(const Found &found) const {
  const Runs &best = bySchedule.at(found.schedule.text());
  json::Object line = describe(found.schedule);
  const std::vector<int64_t> &lengths = options.cuda.lengths;
  auto [least, most] = std::minmax_element(lengths.begin(), lengths.end());
  line["T"] = json::Array{*least, *most};
  line["batch"] = options.cuda.batches.front();
  line["ms"] = timesOf(best.ms);
  line["model"] = kernel.model.text();
  line["model_ms"] = timesOf(modelMs);
  line["gain"] = digits(1 / found.relative);
  line["bits"] = best.sameBits ? "same" : "rounded otherwise";
  line["date"] = today();
  if (!options.commit.empty())
    line["commit"] = options.commit;
  return line;
}

Status Tuner::run() {
  HIPC_RETURN_IF_ERROR(startFromModel());
  Status failed;
  auto measure = [&](const ScheduleText &schedule) -> std::optional<double> {
    if (!failed.ok())
      return std::nullopt;
    auto answer = tryOne(schedule);
    if (!answer) {
      failed = answer.status();
      return std::nullopt;
    }
    json::Object line = describe(schedule);
    auto *runs = std::get_if<Runs>(&*answer);
    if (!runs) {
      ++dropped;
      line["dropped"] = std::get<std::string>(*answer);
      print(std::move(line));
      return std::nullopt;
    }
    bySchedule[schedule.text()] = *runs;
    line["ms"] = timesOf(runs->ms);
    line["relative"] = digits(runs->relative);
    print(std::move(line));
    return runs->relative;
  };
  Found found = searchAround(
      kernel.model,
      dimensionsAround(kernel.model, options.reorders, options.persistent),
      options.rounds, measure);
  HIPC_RETURN_IF_ERROR(failed);
  json::Object best = result(found);
  if (!options.table.empty()) {
    json::Object entry = best;
    // The model's needs no table.
    if (found.schedule.text() == kernel.model.text())
      entry.erase("schedule");
    HIPC_RETURN_IF_ERROR(
        mergeKernel(options.table, runner.chip(), std::move(entry)));
  }
  best["best"] = true;
  best["tried"] = int64_t(bySchedule.size()) - 1 + dropped;
  best["dropped"] = dropped;
  print(std::move(best));
  return {};
}

Status benchTune(const TuneOptions &options) {
  Expected<std::vector<CudaRequest>> requests = readRequests(options.cuda.what);
  if (!requests)
    return requests.status();
  for (const CudaRequest &request : *requests)
    if (request.variant->policy.empty())
      return error(Code::Invalid, "--what '", request.name,
                   "': tune takes policies, whose programs choose a schedule");
  Expected<std::shared_ptr<CudaDevice>> device = CudaDevice::create();
  if (!device)
    return device.status();
  CudaDevice::Scope scope(**device);
  HIPC_RETURN_IF_ERROR(scope.status());
  for (const CudaRequest &request : *requests) {
    // A decode step finds nothing in the L2 cache: a layer is one of many.
    CudaOptions cuda = options.cuda;
    cuda.flush |= request.decode;
    CudaRunner runner(cuda, *device);
    HIPC_RETURN_IF_ERROR(runner.start());
    Tuner tuner(options, runner, request);
    HIPC_RETURN_IF_ERROR(tuner.run());
  }
  return {};
}

} // namespace hip_bench
