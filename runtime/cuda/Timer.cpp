#include "runtime/cuda/Timer.h"

namespace hipc::cuda {

Timer::~Timer() {
  if (!driver.checkProcess().ok())
    return;
  for (Event event : {begin, end})
    if (event)
      driver.eventDestroy(event);
  if (stream)
    driver.streamDestroy(stream);
}

Status Timer::create() {
  HIPC_RETURN_IF_ERROR(driver.check(driver.streamCreate(&stream, 0), "stream"));
  HIPC_RETURN_IF_ERROR(driver.check(driver.eventCreate(&begin, 0), "event"));
  return driver.check(driver.eventCreate(&end, 0), "event");
}

Status Timer::start() {
  return driver.check(driver.eventRecord(begin, stream), "event");
}

Expected<float> Timer::stop() {
  float milliseconds = 0;
  HIPC_RETURN_IF_ERROR(driver.check(driver.eventRecord(end, stream), "event"));
  HIPC_RETURN_IF_ERROR(wait());
  HIPC_RETURN_IF_ERROR(driver.check(
      driver.eventElapsed(&milliseconds, begin, end), "elapsed time"));
  return milliseconds;
}

Status Timer::wait() {
  return driver.check(driver.streamSynchronize(stream), "run");
}

} // namespace hipc::cuda
