//===- ChildProcess.h - Children of fork() in tests -------------*- C++ -*-===//

#ifndef HIPC_TEST_UNIT_CHILDPROCESS_H
#define HIPC_TEST_UNIT_CHILDPROCESS_H

#include <cstdio>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

// The thread sanitizer has locks of its own that a child of several threads
// waits for.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HIPC_TEST_NO_FORK 1
#endif
#endif

namespace hipc_test {

/// Starts a child that ends with exit(0), destructors and all, where `body`
/// gives true. One that hangs is ended by a signal.
template <typename Body> pid_t startChild(Body body) {
  std::fflush(nullptr); // or the child writes it too
  pid_t child = ::fork();
  if (child != 0)
    return child;
  ::alarm(120);
  std::exit(body() ? 0 : 1);
}

/// 0 where a child's `body` gives true and the child ends.
inline int waitFor(pid_t child) {
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}
template <typename Body> int inChild(Body body) {
  return waitFor(startChild(body));
}

} // namespace hipc_test

#endif // HIPC_TEST_UNIT_CHILDPROCESS_H
