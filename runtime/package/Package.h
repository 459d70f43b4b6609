//===- Package.h - Compiled code with its launch plan -----------*- C++ -*-===//
//
// A package is the result of compilation and what a device loads: one string of
// bytes or one file. It needs no LLVM to be read, written or run.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_PACKAGE_PACKAGE_H
#define HIPC_RUNTIME_PACKAGE_PACKAGE_H

#include "runtime/package/Plan.h"

namespace hipc {

/// Incremented with every change of the stored form; a reader accepts only its
/// own version.
constexpr uint32_t kPackageFormatVersion = 9;

enum class BlobKind : uint8_t { Object, Ptx, Cubin };

std::string_view blobKindName(BlobKind kind);

/// Code for one target, such as "x86_64-linux-gnu/icelake-server" or "sm_90a".
struct Blob {
  BlobKind kind = BlobKind::Object;
  std::string target;
  std::string bytes;
  /// Features that a processor needs beyond its architecture: "avx2,fma".
  std::string features = {};

  bool operator==(const Blob &) const = default;
};

/// A program that is one host function, for programs beyond a launch plan.
struct HostEntry {
  std::string name;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  /// Sizes of the outputs from those of the inputs; empty where not all of them
  /// follow from those.
  std::vector<std::vector<Expr>> outputDims = {};
  std::vector<Check> checks = {};

  bool operator==(const HostEntry &) const = default;
};

enum class PackageKind : uint8_t { Plan, Host };

struct Package {
  std::string compilerVersion;
  std::string target; ///< what it was compiled for
  PackageKind kind = PackageKind::Plan;
  std::vector<std::string> kernels; ///< symbol names
  std::vector<Blob> blobs;          ///< alternatives, best first
  Plan plan;                        ///< kind Plan
  HostEntry host;                   ///< kind Host
  std::string source;               ///< IR text it was compiled from
  std::string key;                  ///< of an entry of a cache folder

  bool operator==(const Package &) const = default;

  const std::string &entryName() const {
    return kind == PackageKind::Plan ? plan.name : host.name;
  }
};

/// Checks all indices, expressions and ranks, so that a launcher may rely on
/// them.
Status verify(const Package &package);

/// The bytes of a package, with a checksum that detects any altered or missing
/// byte.
std::string writePackage(const Package &package);

/// Whether `bytes` start as those of a package do.
bool isPackage(std::string_view bytes);

/// Reads and verifies a package; hostile bytes give an error, never a crash.
Expected<Package> readPackage(std::string_view bytes);

/// Saves to a file; on failure there is no new file and an old one is intact.
Status savePackage(const Package &package, const std::string &path);

Expected<Package> loadPackage(const std::string &path);

/// Readable text of everything but the code: for `--explain`.
std::string explain(const Package &package);

} // namespace hipc

#endif // HIPC_RUNTIME_PACKAGE_PACKAGE_H
