//===- ElfObject.h - The tables of an object file ---------------*- C++ -*-===//
//
// Relocatable ELF for x86-64, as the compiler emits it. Anything else is
// rejected: a section, a flag or a table that is not understood would be loaded
// incorrectly.
//
//===----------------------------------------------------------------------===//

#ifndef HIPC_RUNTIME_CPU_ELFOBJECT_H
#define HIPC_RUNTIME_CPU_ELFOBJECT_H

#include "runtime/base/Status.h"

#include <span>
#include <vector>

#include <elf.h>

namespace hipc {

class ElfObject {
public:
  /// Checks the header, sections and symbols, which then lie inside of `bytes`;
  /// those have to live as long as the object.
  static Expected<ElfObject> read(std::string_view bytes);

  std::span<const Elf64_Shdr> sections() const { return sectionTable; }
  std::span<const Elf64_Sym> symbols() const { return symbolTable; }

  /// Whether a section is part of the program. Tables for unwinding are not:
  /// nothing is thrown through compiled code.
  static bool isLoaded(const Elf64_Shdr &section);
  /// The bytes of a section, none of one that starts as zeros.
  std::string_view contents(const Elf64_Shdr &section) const;
  std::string_view name(const Elf64_Sym &symbol) const;
  /// Of a section of type SHT_RELA.
  Expected<std::vector<Elf64_Rela>>
  relocations(const Elf64_Shdr &section) const;

private:
  explicit ElfObject(std::string_view bytes) : bytes(bytes) {}

  Status readSections();
  Status readSymbols();
  Status check(const Elf64_Shdr &section) const;

  std::string_view bytes;
  std::vector<Elf64_Shdr> sectionTable;
  std::vector<Elf64_Sym> symbolTable;
  std::string_view names; ///< ends with a 0
  size_t symbolSection = 0;
};

} // namespace hipc

#endif // HIPC_RUNTIME_CPU_ELFOBJECT_H
