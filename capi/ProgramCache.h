//===- ProgramCache.h - Loaded programs by key
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_CAPI_PROGRAMCACHE_H
#define HIPC_CAPI_PROGRAMCACHE_H

#include "runtime/base/Fork.h"
#include "runtime/device/Backend.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace hipc::capi {

using device::Executable;
using device::ExecutableRef;

/// A cache of loaded programs that keeps the last used ones. If several threads
/// request one program at once, the first makes it and the others wait. In a
/// child of fork(), a program that another thread of the parent was making is
/// made anew.
class ProgramCache {
public:
  static constexpr size_t kMostPrograms = 128;

  using Maker = std::function<Expected<ExecutableRef>()>;
  Expected<ExecutableRef> get(const std::string &key, const Maker &make);

private:
  struct Entry {
    std::mutex making;
    ExecutableRef program;          ///< guarded by `making`, or null
    std::atomic<bool> made = false; ///< `program` stays as it is
    Status failure;                 ///< guarded by `making`
    uint64_t used = 0;              ///< guarded by the cache's mutex
  };
  using EntryRef = std::shared_ptr<Entry>;

  EntryRef entryOf(const std::string &key);
  void remove(const std::string &key, const EntryRef &entry);
  void dropOldest();
  void dropUnfinished();

  std::mutex mutex; ///< guards what follows
  std::unordered_map<std::string, EntryRef> entries;
  uint64_t uses = 0;
  ForkHooks hooks{[this] { mutex.lock(); },
                  [this](bool child) {
                    if (child)
                      dropUnfinished();
                    mutex.unlock();
                  }};
};

} // namespace hipc::capi

#endif // HIPC_CAPI_PROGRAMCACHE_H
