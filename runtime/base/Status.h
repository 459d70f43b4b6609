//===- Status.h - Success or an error with a message ------------*- C++ -*-===//
//
// The runtime throws nothing: a function that can fail returns a Status, or an
// Expected<T> if it also has a result.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_BASE_STATUS_H
#define HIPC_RUNTIME_BASE_STATUS_H

#include <cassert>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hipc {

enum class Code : uint8_t {
  Ok,
  Invalid,     ///< an argument is wrong
  Unsupported, ///< correct, but this build or device cannot do it
  NotFound,    ///< a file, symbol or target is missing
  Capacity,    ///< memory or a buffer is too small
  Corrupt,     ///< stored bytes are damaged
  Device,      ///< the device or the operating system reported a failure
  Internal,    ///< a bug in the compiler or the runtime
};

/// The name of `code` in lower case, such as "corrupt".
std::string_view codeName(Code code);

class [[nodiscard]] Status {
public:
  Status() = default;
  Status(Code code, std::string message)
      : errorCode(code), text(std::move(message)) {}

  bool ok() const { return errorCode == Code::Ok; }
  Code code() const { return errorCode; }
  const std::string &message() const { return text; }

private:
  Code errorCode = Code::Ok;
  std::string text;
};

namespace detail {
inline void append(std::string &text, std::string_view part) { text += part; }
template <std::integral T> void append(std::string &text, T value) {
  text += std::to_string(value);
}
} // namespace detail

/// Joins strings and integers into one string.
template <typename... Parts> std::string join(const Parts &...parts) {
  std::string text;
  (detail::append(text, parts), ...);
  return text;
}

/// An error whose message is the joined `parts`.
template <typename... Parts> Status error(Code code, const Parts &...parts) {
  assert(code != Code::Ok && "an error needs an error code");
  return Status(code, join(parts...));
}

/// A value, or the status that says why there is none.
template <typename T> class [[nodiscard]] Expected {
public:
  Expected(T value) : held(std::move(value)) {}
  Expected(Status status) : failure(std::move(status)) {
    assert(!failure.ok() && "an Expected without a value needs an error");
  }

  bool ok() const { return held.has_value(); }
  explicit operator bool() const { return ok(); }
  const Status &status() const { return failure; }

  T &operator*() { return *held; }
  const T &operator*() const { return *held; }
  T *operator->() { return &*held; }
  const T *operator->() const { return &*held; }

private:
  std::optional<T> held;
  Status failure;
};

} // namespace hipc

/// Leaves the enclosing function when `expression`, a Status, is an error.
#define HIPC_RETURN_IF_ERROR(expression)                                       \
  do {                                                                         \
    if (::hipc::Status hipcStatus = (expression); !hipcStatus.ok())            \
      return hipcStatus;                                                       \
  } while (false)

#endif // HIPC_RUNTIME_BASE_STATUS_H
