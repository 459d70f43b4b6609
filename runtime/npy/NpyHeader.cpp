#include "runtime/npy/NpyHeader.h"

#include <cassert>
#include <charconv>

namespace hipc {

namespace {
struct Descr {
  std::string_view text;
  DType dtype;
};
// The first entry of a type is the one that is written. Those of bfloat16 and
// of 8 bits are what ml_dtypes writes.
constexpr Descr kDescrs[] = {
    {"<f4", DType::F32},    {"<f2", DType::F16},    {"<f8", DType::F64},
    {"<i4", DType::I32},    {"<i8", DType::I64},    {"<i8", DType::Index},
    {"<i2", DType::I16},    {"|i1", DType::I8},     {"|b1", DType::I1},
    {"<V2", DType::BF16},   {"|V2", DType::BF16},   {"V2", DType::BF16},
    {"<V1", DType::F8E4M3}, {"|V1", DType::F8E4M3}, {"V1", DType::F8E4M3},
    {"<f1", DType::F8E5M2},
};

/// Takes a Python literal apart, token by token.
class Parser {
public:
  explicit Parser(std::string_view text) : rest(text) {}

  Expected<NpyHeader> parse() {
    HIPC_RETURN_IF_ERROR(expect('{'));
    while (!accept('}')) {
      std::string_view key;
      HIPC_RETURN_IF_ERROR(parseString(key));
      HIPC_RETURN_IF_ERROR(expect(':'));
      HIPC_RETURN_IF_ERROR(parseValue(key));
      if (!accept(',')) {
        HIPC_RETURN_IF_ERROR(expect('}'));
        break;
      }
    }
    skipSpace();
    if (!rest.empty())
      return malformed("nothing more");
    if (!hasDescr || !hasOrder || !hasShape)
      return error(Code::Corrupt, "the header lacks ",
                   !hasDescr   ? "'descr'"
                   : !hasOrder ? "'fortran_order'"
                               : "'shape'");
    if (fortranOrder)
      return error(Code::Unsupported,
                   "the array is in Fortran order, but row-major order is "
                   "needed; save numpy.ascontiguousarray(array)");
    return header;
  }

private:
  Status malformed(std::string_view wanted) const {
    return error(Code::Corrupt, "malformed header: expected ", wanted,
                 " but found '", rest.substr(0, 16), "'");
  }

  void skipSpace() {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
  }

  bool accept(char wanted) {
    skipSpace();
    if (rest.empty() || rest[0] != wanted)
      return false;
    rest.remove_prefix(1);
    return true;
  }

  bool acceptWord(std::string_view word) {
    skipSpace();
    if (!rest.starts_with(word))
      return false;
    rest.remove_prefix(word.size());
    return true;
  }

  Status expect(char wanted) {
    if (accept(wanted))
      return {};
    return malformed(join("'", std::string_view(&wanted, 1), "'"));
  }

  Status parseString(std::string_view &text) {
    skipSpace();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return malformed("a string");
    size_t end = rest.find(rest[0], 1);
    if (end == std::string_view::npos)
      return malformed("the end of a string");
    text = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return {};
  }

  Status parseValue(std::string_view key) {
    if (key == "descr")
      return parseDescr();
    if (key == "fortran_order")
      return parseOrder();
    if (key == "shape")
      return parseShape();
    return error(Code::Corrupt, "malformed header: unknown key '", key, "'");
  }

  Status parseDescr() {
    hasDescr = true;
    skipSpace();
    if (rest.starts_with('['))
      return error(Code::Unsupported, "the array has a record type; save each "
                                      "field as an array of its own");
    std::string_view text;
    HIPC_RETURN_IF_ERROR(parseString(text));
    for (const Descr &descr : kDescrs)
      if (descr.text == text) {
        header.dtype = descr.dtype;
        return {};
      }
    if (text.starts_with('>'))
      return error(Code::Unsupported, "the array is big-endian ('", text,
                   "'), but little-endian is needed; convert it first");
    return error(Code::Unsupported, "unknown element type '", text,
                 "'; known are <f2 <f4 <f8 <i2 <i4 <i8 |i1 |b1, <V2 for "
                 "bfloat16, <V1 for float8_e4m3fn and <f1 for float8_e5m2");
  }

  Status parseOrder() {
    hasOrder = true;
    fortranOrder = acceptWord("True");
    if (fortranOrder || acceptWord("False"))
      return {};
    return malformed("True or False");
  }

  Status parseShape() {
    hasShape = true;
    header.dims = {};
    HIPC_RETURN_IF_ERROR(expect('('));
    while (!accept(')')) {
      HIPC_RETURN_IF_ERROR(parseSize());
      if (!accept(',')) {
        HIPC_RETURN_IF_ERROR(expect(')'));
        break;
      }
    }
    return {};
  }

  Status parseSize() {
    skipSpace();
    int64_t size = 0;
    auto [end, failure] =
        std::from_chars(rest.data(), rest.data() + rest.size(), size);
    if (failure != std::errc() || size < 0)
      return malformed("a size");
    rest.remove_prefix(end - rest.data());
    if (header.dims.size() == kMaxRank)
      return error(Code::Unsupported, "the array has more than ", kMaxRank,
                   " dimensions");
    header.dims.push_back(size);
    return {};
  }

  std::string_view rest;
  NpyHeader header;
  bool hasDescr = false;
  bool hasOrder = false;
  bool hasShape = false;
  bool fortranOrder = false;
};
} // namespace

Expected<NpyHeader> parseNpyHeader(std::string_view text) {
  return Parser(text).parse();
}

std::string formatNpyHeader(const NpyHeader &header) {
  const Descr *descr = std::find_if(
      std::begin(kDescrs), std::end(kDescrs),
      [&](const Descr &each) { return each.dtype == header.dtype; });
  assert(descr != std::end(kDescrs) && "every type of tensors has an entry");
  std::string text =
      join("{'descr': '", descr->text, "', 'fortran_order': False, 'shape': (");
  for (int64_t i = 0; i < header.dims.size(); ++i)
    text += join(i ? ", " : "", header.dims[i]);
  // A tuple of one is written with a comma.
  text += header.dims.size() == 1 ? ",), }" : "), }";

  constexpr int64_t kLengthBytes = 2;
  int64_t used = kNpyPreambleBytes + kLengthBytes + text.size() + 1;
  text.append((kNpyAlignment - used % kNpyAlignment) % kNpyAlignment, ' ');
  text += '\n';
  std::string whole(kNpyMagic);
  whole += '\1';
  whole += '\0';
  whole += static_cast<char>(text.size() & 0xff);
  whole += static_cast<char>(text.size() >> 8);
  return whole + text;
}

} // namespace hipc
