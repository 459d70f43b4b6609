//===- ProgramCache.cpp - Loaded programs by key
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "capi/ProgramCache.h"

namespace hipc::capi {

/// Programs that callers hold outlive their entry.
void ProgramCache::dropOldest() {
  auto oldest = entries.end();
  for (auto it = entries.begin(); it != entries.end(); ++it)
    if (it->second->made &&
        (oldest == entries.end() || it->second->used < oldest->second->used))
      oldest = it;
  if (oldest != entries.end())
    entries.erase(oldest);
}

/// The threads that make these hold a reference that they never give up.
void ProgramCache::dropUnfinished() {
  std::erase_if(entries, [](const auto &each) { return !each.second->made; });
}

ProgramCache::EntryRef ProgramCache::entryOf(const std::string &key) {
  std::lock_guard lock(mutex);
  EntryRef &entry = entries[key];
  if (!entry)
    entry = std::make_shared<Entry>();
  entry->used = ++uses;
  EntryRef found = entry;
  if (entries.size() > kMostPrograms)
    dropOldest();
  return found;
}

/// So that the next who asks tries again.
void ProgramCache::remove(const std::string &key, const EntryRef &entry) {
  std::lock_guard lock(mutex);
  auto it = entries.find(key);
  if (it != entries.end() && it->second == entry)
    entries.erase(it);
}

Expected<ExecutableRef> ProgramCache::get(const std::string &key,
                                          const Maker &make) {
  EntryRef entry = entryOf(key);
  if (entry->made)
    return entry->program;
  std::lock_guard lock(entry->making);
  if (entry->made)
    return entry->program;
  if (!entry->failure.ok())
    return entry->failure;
  Expected<ExecutableRef> program = make();
  if (program) {
    entry->program = *program;
    entry->made = true;
  } else {
    entry->failure = program.status();
    remove(key, entry);
  }
  return program;
}

} // namespace hipc::capi
