// A file that is mapped and made shorter by somebody else ends whoever reads
// the mapping by SIGBUS. SQLite maps the index of its log, in every process
// that has the database open. This is C, as it runs in a signal handler.
#include "truncated_mapping.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/// Puts a page of zeros where the file has none any more: what reads it finds no index, and reads the log anew.
static void put_zeros(int number, siginfo_t *information, void *context) {
  (void)context;
  long size = sysconf(_SC_PAGESIZE);
  void *page = (void *)((uintptr_t)information->si_addr & ~((uintptr_t)size - 1));
  if (information->si_code == BUS_ADRERR
      && mmap(page, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page)
    return;
  // The instruction is tried again, and ends the process as if this had never been here.
  signal(number, SIG_DFL);
}

void bgsh_survive_truncated_mappings(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = put_zeros;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, NULL);
}
