#include "runtime/cpu/ObjectLoader.h"
#include "compiler/Compiler.h"
#include "test/unit/runtime/TestSupport.h"

#include <cstring>

#include <elf.h>

namespace hipc {
namespace {
using namespace test;

/// Calls of the runtime, of the C library and constants of its own.
constexpr std::string_view kText =
    "func.func @f(%a: tensor<?xf32>) -> tensor<?xf32> {\n"
    "  %c0 = arith.constant 0 : index\n"
    "  %n = tensor.dim %a, %c0 : tensor<?xf32>\n"
    "  %third = arith.constant 0.333 : f32\n"
    "  %out = tensor.empty(%n) : tensor<?xf32>\n"
    "  %r = linalg.generic {iterator_types = [\"parallel\"],\n"
    "    indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]}\n"
    "    ins(%a : tensor<?xf32>) outs(%out : tensor<?xf32>) {\n"
    "  ^bb0(%x: f32, %o: f32):\n"
    "    %s = arith.mulf %x, %third : f32\n"
    "    %t = math.tanh %s : f32\n"
    "    linalg.yield %t : f32\n"
    "  } -> tensor<?xf32>\n"
    "  return %r : tensor<?xf32>\n}\n";

/// Object code whose tables can be changed.
class Object {
public:
  explicit Object(Blob blob) : blob(std::move(blob)) {}

  Elf64_Ehdr &header() { return at<Elf64_Ehdr>(0); }
  Elf64_Shdr &section(size_t index) {
    return at<Elf64_Shdr>(header().e_shoff + index * sizeof(Elf64_Shdr));
  }
  /// The first section that `is` holds for.
  template <typename Is> Elf64_Shdr &find(Is is) {
    for (size_t i = 0; i < header().e_shnum; ++i)
      if (is(section(i)))
        return section(i);
    ADD_FAILURE() << "there is no such section";
    return section(0);
  }
  Elf64_Shdr &ofType(uint32_t type) {
    return find([&](Elf64_Shdr &each) { return each.sh_type == type; });
  }
  Elf64_Shdr &code() {
    return find([](Elf64_Shdr &each) {
      return (each.sh_flags & SHF_EXECINSTR) && each.sh_size > 0;
    });
  }
  /// Of the code.
  Elf64_Shdr &relocations() {
    size_t code = &this->code() - &section(0);
    return find([&](Elf64_Shdr &each) {
      return each.sh_type == SHT_RELA && each.sh_info == code;
    });
  }
  /// The first that is by the place of a symbol in the object.
  Elf64_Rela &relocation() {
    size_t at = relocations().sh_offset;
    while (ELF64_R_TYPE(this->at<Elf64_Rela>(at).r_info) != R_X86_64_GOTOFF64)
      at += sizeof(Elf64_Rela);
    return this->at<Elf64_Rela>(at);
  }
  Elf64_Sym &symbol(size_t index) {
    return at<Elf64_Sym>(ofType(SHT_SYMTAB).sh_offset +
                         index * sizeof(Elf64_Sym));
  }
  size_t symbols() { return ofType(SHT_SYMTAB).sh_size / sizeof(Elf64_Sym); }

  Status load() const { return ObjectLoader().load(blob).status(); }

  Blob blob;

private:
  template <typename T> T &at(size_t offset) {
    return *reinterpret_cast<T *>(blob.bytes.data() + offset);
  }
};

class ObjectLoaderTest : public testing::Test {
protected:
  static void SetUpTestSuite() {
    CompileOptions options;
    Expected<Package> made = compile(kText, options);
    ASSERT_TRUE(made.ok()) << made.status().message();
    ASSERT_EQ(made->blobs.size(), 1u);
    blob = new Blob(made->blobs[0]);
  }
  static void TearDownTestSuite() {
    delete blob;
    blob = nullptr;
  }
  /// Expects a refusal of the object that `change` makes, with these words.
  template <typename Change>
  static void expectRefused(Change change,
                            std::initializer_list<std::string_view> words,
                            Code code = Code::Corrupt) {
    Object object(*blob);
    change(object);
    expectError(object.load(), code, words);
  }

  static Blob *blob;
};
Blob *ObjectLoaderTest::blob = nullptr;

/// The protection of the page at an address: "r-xp".
std::string protectionOf(const void *address) {
  std::ifstream maps("/proc/self/maps");
  auto wanted = reinterpret_cast<uintptr_t>(address);
  for (std::string line; std::getline(maps, line);) {
    size_t end = 0;
    uintptr_t from = std::stoull(line, &end, 16),
              to = std::stoull(line.substr(end + 1), &end, 16);
    if (from <= wanted && wanted < to)
      return line.substr(line.find(' ') + 1, 4);
  }
  return "none";
}

TEST_F(ObjectLoaderTest, FindsFunctionsInMemoryThatIsNotWritable) {
  auto code = ObjectLoader().load(*blob);
  ASSERT_TRUE(code.ok()) << code.status().message();
  Expected<void *> function = (*code)->lookup("hipc_f");
  ASSERT_TRUE(function.ok()) << function.status().message();
  EXPECT_EQ(protectionOf(*function), "r-xp");
  expectError((*code)->lookup("tanhf").status(), Code::NotFound, {"'tanhf'"});
  expectError((*code)->lookup("").status(), Code::NotFound, {"''"});
}

TEST_F(ObjectLoaderTest, TakesCodeForThisProcessorAlone) {
  ObjectLoader loader;
  EXPECT_TRUE(loader.accepts(*blob).ok());
  Blob other = *blob;
  other.features += ",sse9";
  expectError(loader.accepts(other), Code::Unsupported, {"has no sse9"});
  other = *blob;
  other.target = "aarch64-unknown-linux-gnu/generic";
  expectError(loader.accepts(other), Code::Unsupported, {"x86-64"});
  other.target = "x86_64-pc-windows-msvc/x86-64";
  expectError(loader.accepts(other), Code::Unsupported, {"Linux"});
}

TEST_F(ObjectLoaderTest, RefusesEveryCut) {
  Object object(*blob);
  while (!object.blob.bytes.empty()) {
    object.blob.bytes.pop_back();
    ASSERT_EQ(object.load().code(), Code::Corrupt) << object.blob.bytes.size();
  }
}

TEST_F(ObjectLoaderTest, RefusesOtherFiles) {
  std::string_view words = "is no relocatable ELF for x86-64";
  expectRefused([](Object &o) { o.header().e_ident[0] = 'M'; }, {words});
  expectRefused([](Object &o) { o.header().e_ident[EI_CLASS] = ELFCLASS32; },
                {words});
  expectRefused([](Object &o) { o.header().e_type = ET_DYN; }, {words});
  expectRefused([](Object &o) { o.header().e_machine = EM_AARCH64; }, {words});
  expectRefused([](Object &o) { o.header().e_shentsize = 63; }, {words});
  expectRefused([](Object &o) { o.header().e_shnum = 0; },
                {"not one table of symbols"});
  expectRefused([](Object &o) { o.header().e_shnum = 0xff00; },
                {"a table of sections", "bytes in all"});
}

TEST_F(ObjectLoaderTest, RefusesSections) {
  expectRefused([](Object &o) { o.code().sh_type = SHT_INIT_ARRAY; },
                {"of type 14"});
  expectRefused([](Object &o) { o.code().sh_type = SHT_GROUP; },
                {"of type 17"});
  expectRefused([](Object &o) { o.code().sh_flags |= SHF_WRITE; },
                {"with flags"});
  expectRefused([](Object &o) { o.code().sh_flags |= SHF_TLS; },
                {"with flags"});
  expectRefused([](Object &o) { o.code().sh_flags |= SHF_COMPRESSED; },
                {"with flags"});
  expectRefused([](Object &o) { o.code().sh_size = ~uint64_t{0}; },
                {"bytes in all"});
  expectRefused([](Object &o) { o.code().sh_offset = ~uint64_t{0}; },
                {"bytes in all"});
  expectRefused([](Object &o) { o.code().sh_addralign = 3; },
                {"aligned to 3 bytes"});
  expectRefused([](Object &o) { o.code().sh_addralign = 8192; },
                {"aligned to 8192 bytes", "4096"});
  // Zeros that no file has to hold.
  expectRefused(
      [](Object &o) {
        o.code().sh_type = SHT_NOBITS;
        o.code().sh_size = ~uint64_t{0} - 15;
      },
      {"needs more than 1073741824 bytes"});
}

TEST_F(ObjectLoaderTest, RefusesSymbols) {
  expectRefused([](Object &o) { o.ofType(SHT_SYMTAB).sh_link = 0xffff; },
                {"symbols without names"});
  expectRefused([](Object &o) { o.ofType(SHT_SYMTAB).sh_size -= 1; },
                {"a table of symbols"});
  expectRefused([](Object &o) { o.symbol(1).st_name = 1 << 30; },
                {"a name at 1073741824"});
  auto everyDefined = [](Object &o, auto change) {
    for (size_t i = 1; i < o.symbols(); ++i)
      if (o.symbol(i).st_shndx != SHN_UNDEF)
        change(o.symbol(i));
  };
  expectRefused(
      [&](Object &o) {
        everyDefined(o, [](Elf64_Sym &s) { s.st_shndx = SHN_ABS; });
      },
      {"has no place in it"});
  expectRefused(
      [&](Object &o) {
        everyDefined(o, [](Elf64_Sym &s) { s.st_value = 1 << 30; });
      },
      {"has no place in it"});
  expectRefused(
      [](Object &o) {
        size_t at = o.blob.bytes.find("tanhf");
        ASSERT_NE(at, std::string::npos);
        o.blob.bytes[at] = '?';
      },
      {"'?anhf'"}, Code::NotFound);
}

TEST_F(ObjectLoaderTest, RefusesRelocations) {
  auto setType = [](uint64_t type) {
    return [=](Object &o) {
      Elf64_Rela &first = o.relocation();
      first.r_info = ELF64_R_INFO(ELF64_R_SYM(first.r_info), type);
    };
  };
  expectRefused(setType(R_X86_64_PC32), {"relocation of type 2,"});
  expectRefused(setType(R_X86_64_TPOFF64), {"relocation of type 18,"});
  expectRefused(setType(12345), {"relocation of type 12345,"});
  expectRefused(
      [](Object &o) { o.relocation().r_offset = o.code().sh_size - 7; },
      {"a relocation at"});
  expectRefused([](Object &o) { o.relocation().r_offset = ~uint64_t{0}; },
                {"a relocation at"});
  expectRefused(
      [](Object &o) {
        o.relocation().r_info = ELF64_R_INFO(uint64_t{1} << 31, R_X86_64_64);
      },
      {"by symbol 2147483648 of"});
  expectRefused([](Object &o) { o.relocations().sh_info = 0xffff; },
                {"relocations of section 65535"});
  expectRefused([](Object &o) { o.relocations().sh_link = 0; },
                {"by the symbols of section 0"});
  expectRefused([](Object &o) { o.relocations().sh_size -= 1; },
                {"relocations of"});
}

/// Nothing is read or written outside, whatever a word says.
TEST_F(ObjectLoaderTest, SurvivesEveryWord) {
  constexpr size_t kWord = 8;
  size_t refused = 0, loaded = 0;
  for (size_t at = 0; at + kWord <= blob->bytes.size(); at += kWord / 2)
    for (uint64_t word : {~uint64_t{0}, uint64_t{1} << 63, uint64_t{1} << 28,
                          uint64_t{0xfff1}, uint64_t{1}, uint64_t{0}})
      for (size_t size : {kWord, kWord / 2, kWord / 4, size_t{1}}) {
        Object object(*blob);
        std::memcpy(object.blob.bytes.data() + at, &word, size);
        (object.load().ok() ? loaded : refused) += 1;
      }
  EXPECT_GT(refused, 100u);
  EXPECT_GT(loaded, Object(*blob).code().sh_size); // code is not looked at
}

} // namespace
} // namespace hipc
