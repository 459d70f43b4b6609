#include "runtime/cpu/ObjectLoader.h"

#include "runtime/cpu/ElfObject.h"
#include "runtime/cpu/FloatConversions.h"
#include "runtime/cpu/Launch.h"
#include "runtime/cpu/Processor.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <sys/mman.h>

namespace hipc {

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

namespace {
/// Sections of one protection lie side by side, from a page on.
struct Group {
  int protection;
  size_t begin = 0, size = 0;
};
enum : size_t { kCode, kConstants, kData, kGroups };

/// Where the sections of an object are.
struct Layout {
  std::array<Group, kGroups> groups = {
      {{PROT_READ | PROT_EXEC}, {PROT_READ}, {PROT_READ | PROT_WRITE}}};
  std::vector<size_t> offsets; ///< of each section that is loaded
  size_t addresses = 0;        ///< of the table of symbols' addresses
  size_t bytes = 0;
};

/// Memory for code, writable until protect().
class Image {
public:
  Image() = default;
  Image(Image &&other) noexcept
      : memory(std::exchange(other.memory, nullptr)), bytes(other.bytes) {}
  ~Image() {
    if (memory)
      ::munmap(memory, bytes);
  }

  static Expected<Image> allocate(size_t bytes) {
    void *memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      return error(Code::Capacity, "no memory for ", bytes, " bytes of code");
    Image image;
    image.memory = static_cast<char *>(memory);
    image.bytes = bytes;
    return image;
  }

  Status protect(const Layout &layout) {
    for (const Group &group : layout.groups)
      if (group.size &&
          ::mprotect(at(group.begin), group.size, group.protection) != 0)
        return Status(Code::Device,
                      "the system does not let memory hold code: " +
                          std::string(std::strerror(errno)));
    return {};
  }

  char *at(size_t offset) const { return memory + offset; }

private:
  char *memory = nullptr;
  size_t bytes = 0;
};

class ObjectCode final : public LoadedCode {
public:
  ObjectCode(Image image, std::vector<std::pair<std::string, void *>> functions)
      : image(std::move(image)), functions(std::move(functions)) {}

  Expected<void *> lookup(const std::string &symbol) override {
    for (const auto &[name, address] : functions)
      if (name == symbol)
        return address;
    return error(Code::NotFound, "object code has no function '", symbol, "'");
  }

private:
  Image image;
  std::vector<std::pair<std::string, void *>> functions;
};
} // namespace

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// What code calls of the runtime; a static executable exports no symbols.
static void *findInRuntime(std::string_view name) {
  if (name == "hip.cpu_launch")
    return reinterpret_cast<void *>(&hipc_cpu_launch);
  if (name == "hipc_cpu_alloc")
    return reinterpret_cast<void *>(&hipc_cpu_alloc);
  if (name == "hipc_cpu_free")
    return reinterpret_cast<void *>(&hipc_cpu_free);
  for (NamedAddress conversion : floatConversions())
    if (name == conversion.name)
      return conversion.address;
  return nullptr;
}

/// Of the C library or that of math, which a process may do without.
static void *findInProcess(const std::string &name) {
  if (void *address = ::dlsym(RTLD_DEFAULT, name.c_str()))
    return address;
  static void *math = ::dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
  return math ? ::dlsym(math, name.c_str()) : nullptr;
}

//===----------------------------------------------------------------------===//
// Linking
//===----------------------------------------------------------------------===//

template <typename... Parts> static Status damaged(const Parts &...parts) {
  return error(Code::Corrupt, "object code ", parts...,
               "; compile the program again");
}

static size_t alignUp(size_t offset, size_t alignment) {
  return (offset + alignment - 1) & -alignment;
}

static size_t groupOf(const Elf64_Shdr &section) {
  if (section.sh_flags & SHF_EXECINSTR)
    return kCode;
  return section.sh_flags & SHF_WRITE ? kData : kConstants;
}

static Expected<Layout> layOut(const ElfObject &object) {
  constexpr size_t kPage = 4096, kMostBytes = size_t{1} << 30;
  auto sections = object.sections();
  Layout layout;
  layout.offsets.resize(sections.size());
  auto place = [&](size_t bytes, size_t alignment) -> Expected<size_t> {
    if (alignment > kPage || (alignment & (alignment - 1)) != 0)
      return damaged("has a section aligned to ", alignment,
                     " bytes, but the most is a page of ", kPage);
    size_t offset = alignUp(layout.bytes, alignment ? alignment : 1);
    if (bytes > kMostBytes || offset > kMostBytes - bytes)
      return damaged("needs more than ", kMostBytes, " bytes");
    layout.bytes = offset + bytes;
    return offset;
  };
  for (size_t group = 0; group < kGroups; ++group) {
    layout.bytes = layout.groups[group].begin = alignUp(layout.bytes, kPage);
    for (size_t i = 0; i < sections.size(); ++i) {
      if (!ElfObject::isLoaded(sections[i]) || groupOf(sections[i]) != group)
        continue;
      auto offset = place(sections[i].sh_size, sections[i].sh_addralign);
      if (!offset)
        return offset.status();
      layout.offsets[i] = *offset;
    }
    if (group == kConstants) {
      auto offset =
          place(object.symbols().size() * sizeof(uint64_t), sizeof(uint64_t));
      if (!offset)
        return offset.status();
      layout.addresses = *offset;
    }
    layout.groups[group].size = layout.bytes - layout.groups[group].begin;
  }
  return layout;
}

namespace {
/// One object on its way into memory.
class Linker {
public:
  Linker(const ElfObject &object, const Layout &layout, const Image &image)
      : object(object), layout(layout), image(image) {}

  void copySections() {
    auto sections = object.sections();
    for (size_t i = 0; i < sections.size(); ++i)
      if (std::string_view bytes = object.contents(sections[i]);
          ElfObject::isLoaded(sections[i]) && !bytes.empty())
        std::memcpy(image.at(layout.offsets[i]), bytes.data(), bytes.size());
  }
  Status relocate();
  std::vector<std::pair<std::string, void *>> functions() const;

private:
  /// Null for one that is not in a section that is loaded.
  char *placeOf(const Elf64_Sym &symbol) const;
  Expected<uint64_t> addressOf(const Elf64_Sym &symbol) const;
  Status apply(const Elf64_Rela &relocation, size_t section);

  const ElfObject &object;
  const Layout &layout;
  const Image &image;
};
} // namespace

char *Linker::placeOf(const Elf64_Sym &symbol) const {
  auto sections = object.sections();
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= sections.size() ||
      !ElfObject::isLoaded(sections[symbol.st_shndx]) ||
      symbol.st_value > sections[symbol.st_shndx].sh_size)
    return nullptr;
  return image.at(layout.offsets[symbol.st_shndx] + symbol.st_value);
}

Expected<uint64_t> Linker::addressOf(const Elf64_Sym &symbol) const {
  void *address = placeOf(symbol);
  std::string_view name = object.name(symbol);
  if (symbol.st_shndx == SHN_UNDEF) {
    address = findInRuntime(name);
    if (!address && !name.empty())
      address = findInProcess(std::string(name));
    if (!address)
      return error(Code::NotFound, "object code calls '", name,
                   "', which neither the runtime nor the C library has");
  }
  if (!address)
    return damaged("uses the symbol '", name, "', which has no place in it");
  return reinterpret_cast<uint64_t>(address);
}

/// S, A, P, G and GOT are as the x86-64 psABI has them.
Status Linker::apply(const Elf64_Rela &relocation, size_t section) {
  uint64_t index = ELF64_R_SYM(relocation.r_info),
           size = object.sections()[section].sh_size;
  if (index >= object.symbols().size() || size < sizeof(uint64_t) ||
      relocation.r_offset > size - sizeof(uint64_t))
    return damaged("has a relocation at ", relocation.r_offset, " of ", size,
                   " bytes by symbol ", index, " of ", object.symbols().size());
  char *place = image.at(layout.offsets[section] + relocation.r_offset);
  char *slot = image.at(layout.addresses + index * sizeof(uint64_t));
  uint64_t got = reinterpret_cast<uint64_t>(image.at(layout.addresses));
  uint64_t here = reinterpret_cast<uint64_t>(place);
  uint64_t value = relocation.r_addend;
  uint64_t type = ELF64_R_TYPE(relocation.r_info);
  if (type == R_X86_64_GOTPC64) {
    value += got - here; // of the table itself, by whatever name
  } else {
    Expected<uint64_t> address = addressOf(object.symbols()[index]);
    if (!address)
      return address.status();
    switch (type) {
    case R_X86_64_64:
      value += *address;
      break;
    case R_X86_64_PC64:
      value += *address - here;
      break;
    case R_X86_64_GOTOFF64:
      value += *address - got;
      break;
    case R_X86_64_GOT64:
      std::memcpy(slot, &*address, sizeof(*address));
      value += slot - image.at(layout.addresses);
      break;
    default:
      return damaged("has a relocation of type ", type,
                     ", which cannot be loaded");
    }
  }
  std::memcpy(place, &value, sizeof(value));
  return {};
}

Status Linker::relocate() {
  for (const Elf64_Shdr &section : object.sections()) {
    if (section.sh_type != SHT_RELA)
      continue;
    auto relocations = object.relocations(section);
    if (!relocations)
      return relocations.status();
    if (!ElfObject::isLoaded(object.sections()[section.sh_info]))
      continue;
    for (const Elf64_Rela &relocation : *relocations)
      HIPC_RETURN_IF_ERROR(apply(relocation, section.sh_info));
  }
  return {};
}

std::vector<std::pair<std::string, void *>> Linker::functions() const {
  std::vector<std::pair<std::string, void *>> found;
  for (const Elf64_Sym &symbol : object.symbols())
    if (char *place = placeOf(symbol);
        place && ELF64_ST_TYPE(symbol.st_info) == STT_FUNC &&
        ELF64_ST_BIND(symbol.st_info) == STB_GLOBAL &&
        groupOf(object.sections()[symbol.st_shndx]) == kCode)
      found.emplace_back(object.name(symbol), place);
  return found;
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

Status ObjectLoader::accepts(const Blob &blob) const {
  std::string_view target = blob.target;
  if (!target.starts_with("x86_64-") ||
      target.find("-linux") == std::string_view::npos)
    return Status(Code::Unsupported, "it is not for Linux on x86-64");
  std::string_view missing = missingFeature(blob.features);
  if (!missing.empty())
    return error(Code::Unsupported, "this processor has no ", missing);
  return {};
}

Expected<std::unique_ptr<LoadedCode>> ObjectLoader::load(const Blob &blob) {
  Expected<ElfObject> object = ElfObject::read(blob.bytes);
  if (!object)
    return object.status();
  Expected<Layout> layout = layOut(*object);
  if (!layout)
    return layout.status();
  Expected<Image> image = Image::allocate(layout->bytes);
  if (!image)
    return image.status();
  Linker linker(*object, *layout, *image);
  linker.copySections();
  HIPC_RETURN_IF_ERROR(linker.relocate());
  auto functions = linker.functions();
  HIPC_RETURN_IF_ERROR(image->protect(*layout));
  return std::unique_ptr<LoadedCode>(
      new ObjectCode(std::move(*image), std::move(functions)));
}

} // namespace hipc
