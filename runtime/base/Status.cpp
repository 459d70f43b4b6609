#include "runtime/base/Status.h"

namespace hipc {

std::string_view codeName(Code code) {
  switch (code) {
  case Code::Ok:
    return "ok";
  case Code::Invalid:
    return "invalid";
  case Code::Unsupported:
    return "unsupported";
  case Code::NotFound:
    return "not found";
  case Code::Capacity:
    return "capacity";
  case Code::Corrupt:
    return "corrupt";
  case Code::Device:
    return "device";
  case Code::Internal:
    return "internal";
  }
  return "unknown";
}

} // namespace hipc
