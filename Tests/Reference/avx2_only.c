// Answers `cpuid` as a CPU of 2013 to 2020 without AVX-512 would, in programs that avx2_only.py has prepared; preloaded.
//
// There each `cpuid` is an instruction that does not exist. The system's signal for it ends here: the true `cpuid` is asked, what is beyond AVX2 is
// taken out of its answer, and the program goes on behind the instruction. Other illegal instructions, as of a failed assertion, end the
// program as always.
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <ucontext.h>

#define BIT(n) (1u << (n))

// `push cs`, which 64-bit mode does not have, in place of the first byte of `cpuid`.
static const unsigned char marked[2] = {0x0e, 0xa2};

static void answer(int number, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  (void)number, (void)info;
  if (memcmp((void *)registers[REG_RIP], marked, sizeof marked) != 0) {
    signal(SIGILL, SIG_DFL);
    return;
  }
  const unsigned leaf = (unsigned)registers[REG_RAX], part = (unsigned)registers[REG_RCX];
  unsigned a, b, c, d;
  __cpuid_count(leaf, part, a, b, c, d);
  if (leaf == 7 && part == 0) {
    // AVX512F, DQ, IFMA, PF, ER, CD, BW, VL
    b &= ~(BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31));
    // AVX512_VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ
    c &= ~(BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14));
    // AVX512_4VNNIW, 4FMAPS, VP2INTERSECT, FP16; AMX_BF16, TILE, INT8
    d &= ~(BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25));
  } else if (leaf == 7 && part == 1) {
    // AVX_VNNI, AVX512_BF16, AMX_FP16, AVX_IFMA; AVX_VNNI_INT8, AVX_NE_CONVERT, AVX_VNNI_INT16, AVX10
    a &= ~(BIT(4) | BIT(5) | BIT(21) | BIT(23));
    d &= ~(BIT(4) | BIT(5) | BIT(10) | BIT(19));
  }
  registers[REG_RAX] = a, registers[REG_RBX] = b, registers[REG_RCX] = c, registers[REG_RDX] = d;
  registers[REG_RIP] += sizeof marked;
}

__attribute__((constructor)) static void begin(void) {
  struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGILL, &action, NULL);
}
