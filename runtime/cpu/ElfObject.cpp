#include "runtime/cpu/ElfObject.h"

#include <algorithm>
#include <cstring>

namespace hipc {

/// kLarge, which older headers do not have.
constexpr uint64_t kLarge = 0x10000000;

template <typename... Parts> static Status damaged(const Parts &...parts) {
  return error(Code::Corrupt, "object code ", parts...,
               "; compile the program again");
}

/// A table of `size` bytes at `offset`, at any alignment.
template <typename T>
static Expected<std::vector<T>> readTable(std::string_view bytes,
                                          std::string_view what,
                                          uint64_t offset, uint64_t size) {
  if (size % sizeof(T) != 0 || offset > bytes.size() ||
      size > bytes.size() - offset)
    return damaged("has ", what, " of ", size, " bytes at ", offset, ", but ",
                   bytes.size(), " bytes in all");
  std::vector<T> table(size / sizeof(T));
  if (size)
    std::memcpy(table.data(), bytes.data() + offset, size);
  return table;
}

Expected<ElfObject> ElfObject::read(std::string_view bytes) {
  ElfObject object(bytes);
  HIPC_RETURN_IF_ERROR(object.readSections());
  HIPC_RETURN_IF_ERROR(object.readSymbols());
  return object;
}

Status ElfObject::readSections() {
  auto headers =
      readTable<Elf64_Ehdr>(bytes, "a header", 0, sizeof(Elf64_Ehdr));
  if (!headers)
    return headers.status();
  const Elf64_Ehdr &header = headers->front();
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_type != ET_REL ||
      header.e_machine != EM_X86_64 || header.e_shentsize != sizeof(Elf64_Shdr))
    return damaged("is no relocatable ELF for x86-64");
  auto table =
      readTable<Elf64_Shdr>(bytes, "a table of sections", header.e_shoff,
                            uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  if (!table)
    return table.status();
  sectionTable = std::move(*table);
  for (const Elf64_Shdr &section : sectionTable)
    HIPC_RETURN_IF_ERROR(check(section));
  return {};
}

Status ElfObject::check(const Elf64_Shdr &section) const {
  size_t number = &section - sectionTable.data();
  switch (section.sh_type) {
  case SHT_NULL:
  case SHT_PROGBITS:
  case SHT_NOBITS:
  case SHT_SYMTAB:
  case SHT_STRTAB:
  case SHT_RELA:
  case SHT_X86_64_UNWIND:
    break;
  default:
    return damaged("has section ", number, " of type ", section.sh_type,
                   ", which cannot be loaded");
  }
  if (section.sh_type != SHT_NOBITS &&
      (section.sh_offset > bytes.size() ||
       section.sh_size > bytes.size() - section.sh_offset))
    return damaged("has section ", number, " of ", section.sh_size,
                   " bytes at ", section.sh_offset, ", but ", bytes.size(),
                   " bytes in all");
  constexpr uint64_t kKnown = SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR |
                              SHF_MERGE | SHF_STRINGS | kLarge,
                     kBoth = SHF_WRITE | SHF_EXECINSTR;
  if (isLoaded(section) &&
      ((section.sh_flags & ~kKnown) || (section.sh_flags & kBoth) == kBoth))
    return damaged("has section ", number, " with flags ", section.sh_flags,
                   ", which cannot be loaded");
  return {};
}

Status ElfObject::readSymbols() {
  auto isTable = [](const Elf64_Shdr &section) {
    return section.sh_type == SHT_SYMTAB;
  };
  auto table = std::ranges::find_if(sectionTable, isTable);
  if (table == sectionTable.end() ||
      std::ranges::count_if(sectionTable, isTable) != 1)
    return damaged("has not one table of symbols");
  symbolSection = table - sectionTable.begin();
  if (table->sh_link >= sectionTable.size() ||
      sectionTable[table->sh_link].sh_type != SHT_STRTAB)
    return damaged("has symbols without names");
  names = contents(sectionTable[table->sh_link]);
  if (names.empty() || names.back() != '\0')
    return damaged("has names without an end");
  auto symbols = readTable<Elf64_Sym>(bytes, "a table of symbols",
                                      table->sh_offset, table->sh_size);
  if (!symbols)
    return symbols.status();
  symbolTable = std::move(*symbols);
  for (const Elf64_Sym &symbol : symbolTable)
    if (symbol.st_name >= names.size())
      return damaged("has a name at ", symbol.st_name, ", but ", names.size(),
                     " bytes of names");
  return {};
}

bool ElfObject::isLoaded(const Elf64_Shdr &section) {
  return (section.sh_flags & SHF_ALLOC) &&
         (section.sh_type == SHT_PROGBITS || section.sh_type == SHT_NOBITS);
}

std::string_view ElfObject::contents(const Elf64_Shdr &section) const {
  if (section.sh_type == SHT_NOBITS)
    return {};
  return bytes.substr(section.sh_offset, section.sh_size);
}

std::string_view ElfObject::name(const Elf64_Sym &symbol) const {
  return names.data() + symbol.st_name;
}

Expected<std::vector<Elf64_Rela>>
ElfObject::relocations(const Elf64_Shdr &section) const {
  if (section.sh_link != symbolSection ||
      section.sh_info >= sectionTable.size())
    return damaged("has relocations of section ", section.sh_info,
                   " by the symbols of section ", section.sh_link);
  return readTable<Elf64_Rela>(bytes, "relocations", section.sh_offset,
                               section.sh_size);
}

} // namespace hipc
