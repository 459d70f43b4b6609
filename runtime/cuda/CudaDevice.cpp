#include "runtime/cuda/CudaDevice.h"

#include <charconv>
#include <utility>

namespace hipc::cuda {

CudaDevice::~CudaDevice() {
  if (context && library->checkProcess().ok())
    library->contextRelease(device);
}

Status CudaDevice::open(int number) {
  int count = 0;
  HIPC_RETURN_IF_ERROR(library->check(library->deviceCount(&count), "devices"));
  if (number < 0 || number >= count)
    return error(Code::NotFound, "no GPU ", number, ": the driver has ", count);
  HIPC_RETURN_IF_ERROR(
      library->check(library->deviceGet(&device, number), "device"));
  char text[256] = {};
  HIPC_RETURN_IF_ERROR(library->check(
      library->deviceName(text, sizeof(text) - 1, device), "device name"));
  deviceName = text;
  int major = 0, minor = 0;
  for (auto [attribute, value] : {std::pair(kComputeMajor, &major),
                                  {kComputeMinor, &minor},
                                  {kSharedBytesOptIn, &shared},
                                  {kMaxThreadsPerSm, &threads}})
    HIPC_RETURN_IF_ERROR(
        library->check(library->deviceAttribute(value, attribute, device),
                       "device attribute"));
  for (int i = 0; i < 3; ++i)
    for (auto [attribute, value] :
         {std::pair(kMaxGridDim + i, &grid[i]), {kMaxBlockDim + i, &block[i]}})
      HIPC_RETURN_IF_ERROR(
          library->check(library->deviceAttribute(value, attribute, device),
                         "device attribute"));
  compute = major * 10 + minor;
  return library->check(library->contextRetain(&context, device),
                        "primary context");
}

Expected<std::shared_ptr<CudaDevice>> CudaDevice::create(int number) {
  Expected<std::shared_ptr<const Driver>> driver = Driver::load();
  if (!driver)
    return driver.status();
  std::shared_ptr<CudaDevice> made(new CudaDevice());
  made->library = *driver;
  HIPC_RETURN_IF_ERROR(made->open(number));
  return made;
}

std::string CudaDevice::capability() const { return join("sm_", compute); }

Status CudaDevice::accepts(std::string_view chip, bool ptx) const {
  int capability = 0;
  bool named = chip.substr(0, 3) == "sm_";
  if (named)
    std::from_chars(chip.data() + 3, chip.data() + chip.size(), capability);
  bool only = !ptx || chip.ends_with("a");
  if (named && (only ? compute == capability : compute >= capability))
    return {};
  return error(Code::Unsupported, "code for ", chip, " does not run on ",
               deviceName, ", which is sm_", compute, "; compile for that");
}

CudaDevice::Scope::Scope(const CudaDevice &device) : device(device) {
  entered = device.library->checkProcess();
  if (!entered.ok())
    return;
  entered = device.library->check(device.library->contextPush(device.context),
                                  "context");
}

CudaDevice::Scope::~Scope() {
  Context popped = nullptr;
  if (entered.ok())
    device.library->contextPop(&popped);
}

Expected<DeviceMemory>
DeviceMemory::allocate(std::shared_ptr<CudaDevice> device, int64_t bytes) {
  DeviceMemory memory;
  CudaDevice::Scope scope(*device);
  HIPC_RETURN_IF_ERROR(scope.status());
  const Driver &driver = device->driver();
  if (bytes > 0)
    HIPC_RETURN_IF_ERROR(driver.check(driver.allocate(&memory.pointer, bytes),
                                      join("allocation of ", bytes, " bytes")));
  memory.size = bytes;
  memory.device = std::move(device);
  return memory;
}

DeviceMemory &DeviceMemory::operator=(DeviceMemory &&other) noexcept {
  std::swap(device, other.device);
  std::swap(pointer, other.pointer);
  std::swap(size, other.size);
  return *this;
}

DeviceMemory::~DeviceMemory() {
  if (!pointer)
    return;
  CudaDevice::Scope scope(*device);
  // Also where the context cannot be entered: it may be the current one.
  if (device->driver().checkProcess().ok())
    device->driver().release(pointer);
}

} // namespace hipc::cuda
