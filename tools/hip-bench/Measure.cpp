//===- Measure.cpp - Medians and peaks
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measure.h"

#include "runtime/base/File.h"
#include "runtime/base/Stopwatch.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <cerrno>
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

using namespace hipc;

namespace hip_bench {

/// A field of /proc/self/status, in KiB.
static Expected<int64_t> readStatus(std::string_view field) {
  Expected<std::string> text = readFile("/proc/self/status");
  if (!text)
    return text.status();
  size_t at = text->find(field);
  if (at == std::string::npos)
    return error(Code::Device, "/proc/self/status: has no field ", field);
  at = text->find_first_of("0123456789", at);
  int64_t kibibytes = 0;
  std::from_chars(text->data() + at, text->data() + text->size(), kibibytes);
  return kibibytes;
}

/// Makes VmHWM start again at VmRSS.
static Status resetPeak() {
  constexpr const char *kPath = "/proc/self/clear_refs";
  ::malloc_trim(0);
  // In place: no temporary file can be beside it.
  FileDescriptor file(::open(kPath, O_WRONLY | O_CLOEXEC));
  if (file.get() < 0 || ::write(file.get(), "5", 1) != 1)
    return fileError(kPath, "write", errno);
  return {};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}

Expected<Measurement> measure(int64_t repeat, int64_t outputBytes,
                              const std::function<Status()> &work) {
  HIPC_RETURN_IF_ERROR(resetPeak());
  Expected<int64_t> before = readStatus("VmRSS:");
  if (!before)
    return before.status();
  std::vector<double> times;
  for (int64_t i = 0; i < repeat; ++i) {
    Stopwatch time;
    HIPC_RETURN_IF_ERROR(work());
    times.push_back(time.milliseconds());
  }
  Expected<int64_t> peak = readStatus("VmHWM:");
  if (!peak)
    return peak.status();
  double kibibytes =
      static_cast<double>(*peak - *before) - outputBytes / 1024.0;
  return Measurement{median(times), std::max(kibibytes, 0.0) / 1024, 1};
}

} // namespace hip_bench
