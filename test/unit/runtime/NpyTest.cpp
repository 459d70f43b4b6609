#include "runtime/npy/Npy.h"
#include "test/unit/runtime/TestSupport.h"

#include <cstring>

namespace hipc {
namespace {
using namespace test;

/// A file of any version, with the header text padded by nothing.
std::string npyFile(int version, std::string_view descr, std::string_view shape,
                    std::string_view data) {
  std::string text =
      join("{'descr': '", descr, "', 'fortran_order': False, 'shape': ", shape,
           ", }\n");
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  uint32_t length = text.size();
  bytes.append(reinterpret_cast<const char *>(&length), version == 1 ? 2 : 4);
  return bytes + text + std::string(data);
}

class NpyTest : public testing::Test {
protected:
  Expected<OwnedTensor> readBack(std::string_view bytes) {
    writeBytes(path, bytes);
    return readNpy(path);
  }
  void refuses(std::string_view bytes, Code code,
               std::initializer_list<std::string_view> pieces) {
    Status status = readBack(bytes).status();
    expectError(status, code, pieces);
    expectError(status, code, {path});
  }

  TemporaryFolder folder;
  std::string path = folder.path("a.npy");
};

TEST_F(NpyTest, ReadsEveryVersionAndType) {
  struct Case {
    std::string_view descr;
    DType dtype;
  };
  for (int version : {1, 2, 3})
    for (Case c : {Case{"<f4", DType::F32}, Case{"<f2", DType::F16},
                   Case{"<f8", DType::F64}, Case{"<i4", DType::I32},
                   Case{"<i8", DType::I64}, Case{"<i2", DType::I16},
                   Case{"|i1", DType::I8}, Case{"|b1", DType::I1},
                   Case{"<V2", DType::BF16}, Case{"|V2", DType::BF16},
                   Case{"V2", DType::BF16}}) {
      std::string data(6 * dtypeBytes(c.dtype), '\0');
      for (size_t i = 0; i < data.size(); ++i)
        data[i] = i;
      auto tensor = readBack(npyFile(version, c.descr, "(2, 3)", data));
      ASSERT_TRUE(tensor.ok()) << tensor.status().message();
      EXPECT_EQ(tensor->view.dtype, c.dtype);
      EXPECT_EQ(tensor->view.dims, Dims({2, 3}));
      EXPECT_EQ(std::memcmp(tensor->view.data, data.data(), data.size()), 0);
    }
}

TEST_F(NpyTest, RefusesDamagedFiles) {
  std::string good = npyFile(1, "<f4", "(2, 3)", std::string(24, 'x'));
  for (size_t size = 0; size < good.size(); ++size)
    refuses(std::string_view(good).substr(0, size), Code::Corrupt,
            {"truncated", "bytes"});
  refuses(std::string_view(good).substr(0, good.size() - 1), Code::Corrupt,
          {"24 bytes", "has 23", "[2, 3]"});
  refuses(good + "yy", Code::Corrupt, {"trailing", "24 bytes", "has 26"});
  refuses("PK\3\4 something else", Code::Corrupt, {"not a .npy file"});
  std::string future = good;
  future[6] = 4;
  refuses(future, Code::Unsupported, {"version 4"});
}

TEST_F(NpyTest, RefusesHugeClaimsWithoutAllocating) {
  refuses(npyFile(1, "<f4", "(1000000000000, 1000)", "x"), Code::Corrupt,
          {"truncated", "4000000000000000 bytes", "has 1"});
  refuses(npyFile(1, "<f4", "(4294967296, 4294967296)", "x"), Code::Capacity,
          {"2^63"});
  refuses(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12), Code::Corrupt,
          {"4294967295 bytes"});
}

TEST_F(NpyTest, NamesTheFileOfABadHeader) {
  refuses(npyFile(1, ">f4", "(1,)", "xxxx"), Code::Unsupported, {"big-endian"});
  expectError(readNpy(folder.path("none.npy")).status(), Code::NotFound,
              {"none.npy", "No such file"});
}

TEST_F(NpyTest, RoundTrips) {
  for (DType dtype : {DType::F32, DType::F16, DType::BF16, DType::F64,
                      DType::I1, DType::I8, DType::I16, DType::I32, DType::I64})
    for (Dims dims : {Dims{}, Dims{5}, Dims{0, 3}, Dims{2, 3, 4, 5}}) {
      OwnedTensor tensor = std::move(*OwnedTensor::zeros(dtype, dims));
      int64_t bytes = *denseBytes(dtype, dims);
      std::memset(tensor.view.data, 0x11, bytes);
      ASSERT_TRUE(writeNpy(path, tensor.view).ok());
      auto again = readNpy(path);
      ASSERT_TRUE(again.ok()) << again.status().message();
      EXPECT_EQ(again->view.dtype, dtype);
      EXPECT_EQ(again->view.dims, dims);
      EXPECT_EQ(std::memcmp(again->view.data, tensor.view.data, bytes), 0);
    }
  EXPECT_EQ(folder.files(), 1u);
}

TEST_F(NpyTest, PacksStridedViews) {
  std::vector<int32_t> data = {0, 1, 2, 3, 4, 5, 6, 7};
  ASSERT_TRUE(writeNpy(path, {data.data(), DType::I32, {2, 3}, {4, 1}}).ok());
  auto tensor = readNpy(path);
  ASSERT_TRUE(tensor.ok());
  const auto *read = static_cast<const int32_t *>(tensor->view.data);
  EXPECT_EQ(std::vector<int32_t>(read, read + 6),
            (std::vector<int32_t>{0, 1, 2, 4, 5, 6}));
}

TEST_F(NpyTest, ReportsUnwritablePaths) {
  std::vector<float> data(2);
  std::string bad = folder.path("none/out.npy");
  expectError(writeNpy(bad, denseView(data, {2})), Code::NotFound,
              {bad, "No such file or directory"});
  EXPECT_EQ(folder.files(), 0u);
}

} // namespace
} // namespace hipc
