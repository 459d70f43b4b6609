//===- Handles.h - Handles of C that know whether they are valid
//
// Part of hip-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_CAPI_HANDLES_H
#define HIPC_CAPI_HANDLES_H

#include "runtime/base/Fork.h"
#include "runtime/base/Status.h"

#include <array>
#include <atomic>
#include <bit>
#include <memory>
#include <mutex>
#include <vector>

namespace hipc::capi {

/// Objects that C knows by handles. A handle is a number in the form of a
/// pointer, so that one that was destroyed is recognized, whatever became of
/// its memory. Threads that use an object while another destroys its handle
/// finish their use: the last of them frees it.
template <typename Object, typename Handle> class Handles {
  static_assert(sizeof(uintptr_t) == 8, "a handle has 64 bits");

  /// `state` is a generation above kLive above the number of uses.
  struct Slot {
    std::atomic<uint64_t> state = 0;
    std::unique_ptr<Object> object;
  };
  static constexpr uint64_t kGeneration = uint64_t{1} << 32,
                            kLive = uint64_t{1} << 31, kUses = kLive - 1;

public:
  /// `tag`, from 1 to 3, tells handles of one table from those of another;
  /// `name` is what messages call them, "program".
  Handles(uintptr_t tag, std::string_view name) : tag(tag), name(name) {}

  /// An object that stays as long as this.
  class Use {
  public:
    Use(Handles &table, uint32_t index) : table(table), index(index) {}
    Use(Use &&other) noexcept : table(other.table), index(other.index) {
      other.index = kNone;
    }
    ~Use() {
      if (index != kNone)
        table.release(index);
    }
    Object *operator->() const { return table.slot(index).object.get(); }
    Object &operator*() const { return *table.slot(index).object; }

  private:
    static constexpr uint32_t kNone = ~uint32_t{0};

    Handles &table;
    uint32_t index;
  };

  Handle *add(Object object) {
    auto made = std::make_unique<Object>(std::move(object));
    std::lock_guard lock(mutex);
    uint32_t index = takeIndex();
    Slot &free = slot(index);
    free.object = std::move(made);
    uint64_t generation = free.state / kGeneration;
    free.state.store(generation * kGeneration | kLive,
                     std::memory_order_release);
    return reinterpret_cast<Handle *>(uintptr_t(generation) << 32 |
                                      uintptr_t(index) << 2 | tag);
  }

  /// The object of a handle, which may be null.
  Expected<Use> use(const Handle *handle) {
    uint64_t was = 0;
    Slot *found = find(handle);
    auto alive = [&] { return isOf(was, handle) && (was & kLive); };
    if (found) {
      was = found->state.load(std::memory_order_relaxed);
      while (alive())
        if (found->state.compare_exchange_weak(was, was + 1,
                                               std::memory_order_acquire))
          return Use(*this, indexOf(handle));
    }
    return refuse(handle);
  }

  /// Ends the handle, and the object once nobody uses it.
  Status destroy(const Handle *handle) {
    Expected<Use> last = use(handle);
    if (!last)
      return last.status();
    std::atomic<uint64_t> &state = find(handle)->state;
    // Of two threads that destroy it, one finds it alive.
    return state.fetch_and(~kLive) & kLive ? Status() : refuse(handle);
  }

private:
  static uint32_t indexOf(const Handle *handle) {
    return uint32_t(reinterpret_cast<uintptr_t>(handle)) >> 2;
  }
  static bool isOf(uint64_t state, const Handle *handle) {
    return state / kGeneration == reinterpret_cast<uintptr_t>(handle) >> 32;
  }

  Slot *find(const Handle *handle) {
    bool ours = (reinterpret_cast<uintptr_t>(handle) & 3) == tag;
    return ours && indexOf(handle) < count ? &slot(indexOf(handle)) : nullptr;
  }

  Status refuse(const Handle *handle) const {
    if (!handle)
      return error(Code::Invalid, "'", name,
                   "' is null, but the call needs it");
    return error(Code::Invalid, "'", name, "' is not a handle of a ", name,
                 ", or one that hipc_", name,
                 "_destroy() has ended; destroy each once, after its last use");
  }

  void release(uint32_t index) {
    Slot &used = slot(index);
    uint64_t left = used.state.fetch_sub(1, std::memory_order_acq_rel) - 1;
    if (left & (kLive | kUses))
      return;
    used.object.reset();
    std::lock_guard lock(mutex);
    used.state = (left / kGeneration + 1) * kGeneration;
    freed.push_back(index);
  }

  /// Slots never move: group g has kFirst << g of them.
  Slot &slot(uint32_t index) {
    uint64_t place = uint64_t{index} + kFirst;
    auto group = std::bit_width(place) - std::bit_width(kFirst);
    return groups[group].load(
        std::memory_order_acquire)[place - (kFirst << group)];
  }

  uint32_t takeIndex() {
    if (!freed.empty()) {
      uint32_t index = freed.back();
      freed.pop_back();
      return index;
    }
    uint32_t index = count;
    uint64_t place = uint64_t{index} + kFirst;
    auto group = std::bit_width(place) - std::bit_width(kFirst);
    if (!groups[group].load())
      groups[group] = new Slot[kFirst << group];
    count = index + 1;
    return index;
  }

  static constexpr uint64_t kFirst = 64;

  const uintptr_t tag;
  const std::string_view name;
  std::array<std::atomic<Slot *>, 25> groups = {}; ///< 2^30 indices
  std::atomic<uint32_t> count = 0;
  std::mutex mutex; ///< held to make and to free
  std::vector<uint32_t> freed;
  ForkHooks hooks{[this] { mutex.lock(); }, [this](bool) { mutex.unlock(); }};
};

} // namespace hipc::capi

#endif // HIPC_CAPI_HANDLES_H
