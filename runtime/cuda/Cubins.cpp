#include "runtime/cuda/Cubins.h"

#include "runtime/package/Checksum.h"

namespace hipc::cuda {

/// What machine code depends on beside the PTX.
static std::string describe(const CudaDevice &device) {
  return join(device.name(), " sm_", device.capability(), " driver ",
              device.driver().version());
}

static std::string keyOf(const CudaDevice &device, const std::string &ptx) {
  auto hex = [](uint64_t value) {
    std::string digits;
    for (int shift = 60; shift >= 0; shift -= 4)
      digits += "0123456789abcdef"[value >> shift & 15];
    return digits;
  };
  return join("cubin-", hex(crc64(ptx)), hex(crc64(describe(device))), "-",
              ptx.size());
}

/// `options` are numbers, in the place of pointers.
static std::optional<std::string> link(const Driver &driver,
                                       const std::string &ptx, unsigned count,
                                       int *options, void **values) {
  LinkState state = nullptr;
  if (driver.linkCreate(count, options, values, &state) != 0)
    return std::nullopt;
  void *cubin = nullptr;
  size_t bytes = 0;
  std::optional<std::string> made;
  // Text with its 0 at the end; the cubin lives as long as the state.
  if (driver.linkAdd(state, kLinkPtx, const_cast<char *>(ptx.c_str()),
                     ptx.size() + 1, "kernels", 0, nullptr, nullptr) == 0 &&
      driver.linkComplete(state, &cubin, &bytes) == 0)
    made.emplace(static_cast<const char *>(cubin), bytes);
  driver.linkDestroy(state);
  return made;
}

/// Kernels side by side, on as many threads as there are processors, where the
/// driver can.
static std::optional<std::string> assemble(const Driver &driver,
                                           const std::string &ptx) {
  int option = kSplitCompile;
  void *allProcessors = nullptr;
  if (auto made = link(driver, ptx, 1, &option, &allProcessors))
    return made;
  return link(driver, ptx, 0, nullptr, nullptr);
}

std::optional<std::string> cubinOf(const CudaDevice &device,
                                   const std::string &ptx,
                                   const PackageFolder &folder) {
  std::string key = keyOf(device, ptx), target = describe(device);
  // A checksum is no proof: the PTX has to be the same.
  if (std::optional<Package> found = folder.find(key);
      found && found->source == ptx && found->target == target &&
      !found->blobs.empty())
    return std::move(found->blobs.front().bytes);
  std::optional<std::string> cubin = assemble(device.driver(), ptx);
  if (!cubin)
    return cubin;
  Package package;
  package.target = target;
  package.source = ptx;
  package.plan.name = "cubin";
  package.blobs = {{BlobKind::Cubin, target, *cubin}};
  folder.store(key, package);
  return cubin;
}

} // namespace hipc::cuda
