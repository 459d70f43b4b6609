//===- TestSupport.h - What several runtime tests need ----------*- C++ -*-===//

#ifndef HIPC_TEST_UNIT_RUNTIME_TESTSUPPORT_H
#define HIPC_TEST_UNIT_RUNTIME_TESTSUPPORT_H

#include "runtime/cpu/CodeLoader.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>

namespace hipc::test {

/// Expects an error with `code` whose message contains each of `pieces`.
inline void expectError(const Status &status, Code code,
                        std::initializer_list<std::string_view> pieces) {
  EXPECT_EQ(codeName(status.code()), codeName(code)) << status.message();
  for (std::string_view piece : pieces)
    EXPECT_NE(status.message().find(piece), std::string::npos)
        << "'" << piece << "' is not in: " << status.message();
}

/// A folder that is removed at the end.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "hipc-test-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      std::abort();
    folder = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(folder); }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  std::string path(std::string_view name = "") const {
    return (folder / name).string();
  }
  size_t files() const {
    return std::distance(std::filesystem::directory_iterator(folder),
                         std::filesystem::directory_iterator());
  }

private:
  std::filesystem::path folder;
};

inline void writeBytes(const std::string &path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), bytes.size());
}

inline std::string readBytes(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Finds functions of the test itself instead of object code.
class FakeLoader : public CodeLoader {
public:
  explicit FakeLoader(std::map<std::string, void *> symbols)
      : symbols(std::move(symbols)) {}

  Status accepts(const Blob &blob) const override {
    return blob.target == "fake" ? Status()
                                 : Status(Code::Unsupported, "not fake");
  }

  Expected<std::unique_ptr<LoadedCode>> load(const Blob &blob) override {
    loaded = blob.bytes;
    return std::unique_ptr<LoadedCode>(new FakeCode(symbols));
  }

  std::string loaded; ///< bytes of the blob that was loaded last

private:
  class FakeCode : public LoadedCode {
  public:
    explicit FakeCode(const std::map<std::string, void *> &symbols)
        : symbols(symbols) {}
    Expected<void *> lookup(const std::string &symbol) override {
      auto found = symbols.find(symbol);
      if (found == symbols.end())
        return error(Code::NotFound, "no symbol '", symbol, "'");
      return found->second;
    }

  private:
    std::map<std::string, void *> symbols;
  };

  std::map<std::string, void *> symbols;
};

template <typename T>
Tensor denseView(std::vector<T> &data, const Dims &dims,
                 DType dtype = DType::F32) {
  return denseTensor(data.data(), dtype, dims);
}

} // namespace hipc::test

#endif // HIPC_TEST_UNIT_RUNTIME_TESTSUPPORT_H
