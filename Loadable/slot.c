// Stands in bash's place where it calls a function of a library: in the slot of
// its linkage table. Only the program's own calls are meant, not those of other
// libraries.
#include "library.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/// Where a program keeps the address of a function that it has from a library.
struct slot {
  const char *function;
  void **address;
  /// Whether the page was made read-only when the program had been linked.
  bool is_protected;
};

static uintptr_t address_of(const struct dl_phdr_info *program, ElfW(Addr) pointer) {
  return pointer < program->dlpi_addr ? program->dlpi_addr + pointer : pointer;
}

static void look_among(struct slot *slot, const struct dl_phdr_info *program, uintptr_t relocations, size_t size,
                       const ElfW(Sym) *symbols, const char *names) {
  const ElfW(Rela) *next = (const ElfW(Rela) *)relocations, *end = (const ElfW(Rela) *)(relocations + size);
  for (; next < end; next++) {
    size_t symbol = sizeof(void *) == 8 ? ELF64_R_SYM(next->r_info) : ELF32_R_SYM(next->r_info);
    if (symbol == 0 || next->r_addend != 0 || strcmp(names + symbols[symbol].st_name, slot->function) != 0) continue;
    slot->address = (void **)(program->dlpi_addr + next->r_offset);
  }
}

static int look_in_program(struct dl_phdr_info *program, size_t size, void *found) {
  (void)size;
  struct slot *slot = found;
  const ElfW(Dyn) *entry = NULL;
  for (int index = 0; index < program->dlpi_phnum; index++)
    if (program->dlpi_phdr[index].p_type == PT_DYNAMIC)
      entry = (const ElfW(Dyn) *)(program->dlpi_addr + program->dlpi_phdr[index].p_vaddr);
  const ElfW(Sym) *symbols = NULL;
  const char *names = NULL;
  uintptr_t calls = 0, others = 0;
  size_t calls_size = 0, others_size = 0;
  for (; entry && entry->d_tag != DT_NULL; entry++) {
    switch (entry->d_tag) {
    case DT_SYMTAB: symbols = (const ElfW(Sym) *)address_of(program, entry->d_un.d_ptr); break;
    case DT_STRTAB: names = (const char *)address_of(program, entry->d_un.d_ptr); break;
    case DT_JMPREL: calls = address_of(program, entry->d_un.d_ptr); break;
    case DT_PLTRELSZ: calls_size = entry->d_un.d_val; break;
    case DT_RELA: others = address_of(program, entry->d_un.d_ptr); break;
    case DT_RELASZ: others_size = entry->d_un.d_val; break;
    }
  }
  if (symbols && names) {
    look_among(slot, program, calls, calls_size, symbols, names);
    if (!slot->address) look_among(slot, program, others, others_size, symbols, names);
  }
  for (int index = 0; slot->address && index < program->dlpi_phnum; index++) {
    const ElfW(Phdr) *header = &program->dlpi_phdr[index];
    uintptr_t start = program->dlpi_addr + header->p_vaddr, address = (uintptr_t)slot->address;
    if (header->p_type == PT_GNU_RELRO && address >= start && address < start + header->p_memsz)
      slot->is_protected = true;
  }
  // The program itself comes first, and nothing else is asked for.
  return 1;
}

bool bgsh_replace_function(const char *name, void *replacement) {
  struct slot slot = {.function = name};
  dl_iterate_phdr(look_in_program, &slot);
  if (!slot.address) return false;
  size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  void *page = (void *)((uintptr_t)slot.address & ~(page_size - 1));
  if (slot.is_protected && mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) return false;
  *slot.address = replacement;
  if (slot.is_protected) mprotect(page, page_size, PROT_READ);
  return true;
}
