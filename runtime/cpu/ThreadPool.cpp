#include "runtime/cpu/ThreadPool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace hipc {

namespace {
/// The body that this thread is running, for calls from within it.
struct Frame {
  const ThreadPool *pool;
  int64_t worker;
  Frame *outer;
};
thread_local Frame *innermostFrame = nullptr;
thread_local ThreadPool *currentPool = nullptr;

class FrameScope {
public:
  FrameScope(const ThreadPool *pool, int64_t worker)
      : frame{pool, worker, innermostFrame} {
    innermostFrame = &frame;
  }
  ~FrameScope() { innermostFrame = frame.outer; }

private:
  Frame frame;
};

const Frame *findFrame(const ThreadPool *pool) {
  const Frame *frame = innermostFrame;
  while (frame && frame->pool != pool)
    frame = frame->outer;
  return frame;
}
} // namespace

//===----------------------------------------------------------------------===//
// Jobs
//===----------------------------------------------------------------------===//

struct ThreadPool::Job {
  Invoke invoke;
  void *context;
  int64_t total;
  int64_t chunk;
  std::atomic<int64_t> next = 0;
  int64_t entered = 0; ///< workers inside, guarded by the pool's mutex

  void work(int64_t worker) {
    while (true) {
      int64_t first = next.fetch_add(chunk, std::memory_order_relaxed);
      if (first >= total)
        return;
      int64_t end = std::min(first + chunk, total);
      for (int64_t index = first; index < end; ++index)
        invoke(context, index, worker);
    }
  }
};

/// What threads share. A child of fork() gets another: locks of this one may be
/// held by threads that it does not have, for ever.
struct ThreadPool::Shared {
  std::mutex callers; ///< held for a whole parallelFor
  std::mutex mutex;   ///< guards what follows
  std::condition_variable jobReady;
  std::condition_variable jobLeft;
  Job *job = nullptr; ///< the job that workers may enter
  uint64_t jobSerial = 0;
  bool stopping = false;
};

/// Tasks differ in cost, so chunks stay small against one worker's share.
static int64_t chunkSize(int64_t total, int64_t workers) {
  constexpr int64_t kChunksPerWorker = 32;
  constexpr int64_t kLargestChunk = 64;
  return std::clamp<int64_t>(total / (workers * kChunksPerWorker), 1,
                             kLargestChunk);
}

void ThreadPool::run(int64_t total, Invoke invoke, void *context) {
  if (total <= 0)
    return;
  if (const Frame *frame = findFrame(this)) {
    for (int64_t index = 0; index < total; ++index)
      invoke(context, index, frame->worker);
    return;
  }
  auto &[callers, mutex, jobReady, jobLeft, job, jobSerial, stopping] = *shared;
  std::lock_guard turn(callers);
  // What cannot be started is done without: the results are the same.
  if (std::exchange(threadsLost, false))
    (void)start();
  FrameScope frame(this, 0);
  Job current{invoke, context, total, chunkSize(total, workerCount)};
  if (threads.empty() || total == 1) {
    current.work(0);
    return;
  }
  {
    std::lock_guard lock(mutex);
    job = &current;
    ++jobSerial;
  }
  jobReady.notify_all();
  current.work(0);
  // Close the door first: who has not entered yet need not be waited for.
  std::unique_lock lock(mutex);
  job = nullptr;
  jobLeft.wait(lock, [&] { return current.entered == 0; });
}

void ThreadPool::workerLoop(int64_t worker) {
  currentPool = this;
  FrameScope frame(this, worker);
  auto &[callers, mutex, jobReady, jobLeft, job, jobSerial, stopping] = *shared;
  uint64_t seen = 0;
  std::unique_lock lock(mutex);
  while (true) {
    jobReady.wait(lock, [&] { return stopping || (job && jobSerial != seen); });
    if (stopping)
      return;
    seen = jobSerial;
    Job *entered = job;
    ++entered->entered;
    lock.unlock();
    entered->work(worker);
    lock.lock();
    if (--entered->entered == 0)
      jobLeft.notify_one();
  }
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

int64_t ThreadPool::defaultWorkers() {
  return std::max(1u, std::thread::hardware_concurrency());
}

ThreadPool::ThreadPool(int64_t workers, size_t stackBytes)
    : workerCount(workers), stackBytes(stackBytes),
      shared(std::make_unique<Shared>()), hooks([] {},
                                                [this](bool child) {
                                                  if (child)
                                                    abandonThreads();
                                                }) {}

/// In a child of fork(). What threads of the parent shared can be neither used
/// nor destroyed: it stays where a leak checker finds it.
void ThreadPool::abandonThreads() {
  static std::vector<Shared *> *abandoned = new std::vector<Shared *>();
  abandoned->push_back(shared.release());
  shared = std::make_unique<Shared>();
  threadsLost |= !threads.empty();
  threads.clear();
}

Expected<std::unique_ptr<ThreadPool>> ThreadPool::create(int64_t workers,
                                                         size_t stackBytes) {
  if (workers < 1 || workers > kMostWorkers)
    return error(Code::Invalid, "a thread pool of ", workers,
                 " workers; it takes from 1 to ", kMostWorkers);
  std::unique_ptr<ThreadPool> pool(new ThreadPool(workers, stackBytes));
  HIPC_RETURN_IF_ERROR(pool->start());
  return pool;
}

Status ThreadPool::start() {
  struct Start {
    ThreadPool *pool;
    int64_t worker;
  };
  auto entry = [](void *argument) -> void * {
    std::unique_ptr<Start> start(static_cast<Start *>(argument));
    start->pool->workerLoop(start->worker);
    return nullptr;
  };
  threads.reserve(workerCount - 1);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  int failure = pthread_attr_setstacksize(&attributes, stackBytes);
  for (int64_t worker = 1; worker < workerCount && failure == 0; ++worker) {
    auto *start = new Start{this, worker}; // the thread's, which deletes it
    pthread_t thread;
    failure = pthread_create(&thread, &attributes, entry, start);
    if (failure != 0) {
      delete start;
      break;
    }
    threads.push_back(thread);
  }
  pthread_attr_destroy(&attributes);
  if (failure == 0)
    return {};
  return error(Code::Device, "cannot start thread ", threads.size() + 1, " of ",
               workerCount - 1, " with a stack of ", stackBytes,
               " bytes: ", std::generic_category().message(failure));
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(shared->mutex);
    shared->stopping = true;
  }
  shared->jobReady.notify_all();
  for (pthread_t thread : threads)
    pthread_join(thread, nullptr);
}

//===----------------------------------------------------------------------===//
// The current pool
//===----------------------------------------------------------------------===//

PoolScope::PoolScope(ThreadPool &pool) : outer(currentPool) {
  currentPool = &pool;
}

PoolScope::~PoolScope() { currentPool = outer; }

ThreadPool *PoolScope::current() { return currentPool; }

} // namespace hipc
