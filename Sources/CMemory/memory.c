#define _GNU_SOURCE
#include "CMemory.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void dv_keep_together(int mapped) {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, mapped);
}

void dv_trim(void) { malloc_trim(0); }

static int release(struct dl_phdr_info *object, size_t size, void *data) {
  (void)size;
  uintptr_t page = *(uintptr_t *)data;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    // What the loader has changed and then protected (RELRO) lies in segments that can be written.
    if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
    uintptr_t start = object->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;
    start -= start % page;
    madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void dv_release_program(void) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  dl_iterate_phdr(release, &page);
}
