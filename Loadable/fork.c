// How a task is forked. bash's own `( ... )` makes a child of the shell, and the
// supervisor adopts only what has lost its parent. So bash's fork of a launch is
// made by way of a process in between, which shares the shell's memory, forks
// the task and ends: one copy of the shell instead of two. bash sees that
// process come and go as it sees any subshell.
#include "library.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/// What the next fork of the running command is for; NULL if it is bash's own.
static void (*begin_task)(void);

/// How deep in text that bash evaluates it was when that was said: a trap may run in between, and after an interrupt
/// PROMPT_COMMAND, and both are one deeper.
static int level;

void bgsh_fork_task_next(void (*begin)(void)) {
  begin_task = begin;
  level = parse_and_execute_level;
}

static pid_t fork_for_bash(void) {
  if (!begin_task || parse_and_execute_level != level) return fork();
  void (*begin)(void) = begin_task;
  begin_task = NULL;
  // What a signal does must not happen to memory that two processes share.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  volatile int failure = 0;
  pid_t between = vfork();
  if (between == 0) {
    pid_t task = fork();
    if (task < 0) failure = errno;
    if (task != 0) _exit(0);
    // The task has a copy of its own of all this, also of the stack.
    begin();
    sigprocmask(SIG_SETMASK, &before, NULL);
    return 0;
  }
  int error = between < 0 ? errno : failure;
  if (error && between > 0) waitpid(between, NULL, 0);
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (!error) return between;
  bgsh_say(STDERR_FILENO, "no task can be started: no process can be made: %s", strerror(error));
  // With EAGAIN bash would try again, by a fork of its own.
  errno = ECANCELED;
  return -1;
}

// MARK: In bash's place

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

bool bgsh_follow_forks(void) {
  struct slot slot = {.function = "fork"};
  dl_iterate_phdr(look_in_program, &slot);
  if (!slot.address) return false;
  size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  void *page = (void *)((uintptr_t)slot.address & ~(page_size - 1));
  if (slot.is_protected && mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) return false;
  *slot.address = (void *)fork_for_bash;
  if (slot.is_protected) mprotect(page, page_size, PROT_READ);
  return true;
}
