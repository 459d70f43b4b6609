#include "runtime/npy/NpyHeader.h"
#include "test/unit/runtime/TestSupport.h"

namespace hipc {
namespace {
using test::expectError;

TEST(NpyHeader, ParsesWhatNumpyWrites) {
  Expected<NpyHeader> header = parseNpyHeader(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }    \n");
  ASSERT_TRUE(header.ok()) << header.status().message();
  EXPECT_EQ(header->dtype, DType::F32);
  EXPECT_EQ(header->dims, Dims({2, 3}));
}

TEST(NpyHeader, ParsesAnyOrderQuotesAndSpaces) {
  Expected<NpyHeader> header = parseNpyHeader(
      "{\"shape\":(7,),'fortran_order' : False,'descr':\"<V2\"}");
  ASSERT_TRUE(header.ok()) << header.status().message();
  EXPECT_EQ(header->dtype, DType::BF16);
  EXPECT_EQ(header->dims, Dims({7}));
}

TEST(NpyHeader, ParsesScalars) {
  Expected<NpyHeader> header =
      parseNpyHeader("{'descr': '<i8', 'fortran_order': False, 'shape': ()}");
  ASSERT_TRUE(header.ok()) << header.status().message();
  EXPECT_TRUE(header->dims.empty());
}

TEST(NpyHeader, RefusesEachUnsupportedForm) {
  auto refuses = [](std::string_view descr, std::string_view order,
                    std::string_view shape, Code code,
                    std::initializer_list<std::string_view> pieces) {
    expectError(parseNpyHeader(join("{'descr': ", descr, ", 'fortran_order': ",
                                    order, ", 'shape': ", shape, "}"))
                    .status(),
                code, pieces);
  };
  refuses("'<f4'", "True", "(2, 3)", Code::Unsupported,
          {"Fortran", "ascontiguousarray"});
  refuses("'>f4'", "False", "(2,)", Code::Unsupported, {"big-endian", "'>f4'"});
  refuses("'<c8'", "False", "(2,)", Code::Unsupported, {"'<c8'"});
  refuses("'|O'", "False", "(2,)", Code::Unsupported, {"'|O'"});
  refuses("[('a', '<f4')]", "False", "(2,)", Code::Unsupported, {"record"});
  refuses("'<f4'", "False", "(1,1,1,1,1,1,1,1,1)", Code::Unsupported,
          {"more than 8"});
  refuses("'<f4'", "False", "(2, -3)", Code::Corrupt, {"size", "-3"});
  refuses("'<f4'", "False", "(99999999999999999999,)", Code::Corrupt, {"size"});
  refuses("'<f4'", "0", "(2,)", Code::Corrupt, {"True or False"});
}

TEST(NpyHeader, RefusesMalformedText) {
  for (std::string_view text :
       {"", "{", "{'descr'", "{'descr': '<f4'", "{'descr': '<f4}", "{}",
        "{'descr': '<f4', 'fortran_order': False}", "[]", "{'x': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x"})
    EXPECT_EQ(codeName(parseNpyHeader(text).status().code()), "corrupt")
        << text;
}

TEST(NpyHeader, FormatsAsNumpyDoes) {
  std::string whole = formatNpyHeader({DType::BF16, {5}});
  EXPECT_EQ(whole.size() % kNpyAlignment, 0u);
  EXPECT_EQ(whole.substr(0, 10), std::string("\x93NUMPY\x01\x00v\x00", 10));
  EXPECT_EQ(whole.substr(10, 56),
            "{'descr': '<V2', 'fortran_order': False, 'shape': (5,), ");
  EXPECT_EQ(whole.back(), '\n');
}

// As ml_dtypes writes float8_e4m3fn and float8_e5m2.
TEST(NpyHeader, KnowsNumbersOfEightBits) {
  for (auto [dtype, descr] :
       {std::pair(DType::F8E4M3, "'<V1'"), {DType::F8E5M2, "'<f1'"}}) {
    std::string whole = formatNpyHeader({dtype, {5}});
    EXPECT_EQ(whole.substr(20, 5), descr);
    auto read = parseNpyHeader(whole.substr(10));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->dtype, dtype);
  }
}

} // namespace
} // namespace hipc
