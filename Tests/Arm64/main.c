// Tests every kernel of CKernels against plain loops in double precision. Arguments: names of instruction sets; without any, all that this
// machine has. Prints a line a kernel with the number of cases. Exit status: 1 and a description at the first case that differs.
#include "testing.h"

static const struct {
  const char *name;
  void (*run)(void);
} tests[] = {
    {"dv_convolve", test_convolution},
    {"dv_convolve_winograd", test_winograd},
    {"dv_convolve_depthwise", test_depthwise},
    {"dv_pool", test_pooling},
    {"dv_global_pool", test_global_pooling},
    {"dv_mean_squares", test_mean_squares},
    {"dv_binary", test_binary},
    {"dv_unary", test_unary},
    {"dv_unary over the range of floats", test_activation_accuracy},
    {"dv_normalize_pixels", test_normalize_pixels},
    {"dv_softmax", test_softmax},
    {"dv_copy", test_copy},
    {"dv_resize_run", test_resize},
    {"dv_commit", test_commit},
    {"dv_commit_weighted", test_weighted_commit},
    {"dv_mask_spans", test_masks},
    {"dv_squared_difference", test_squared_differences},
    {"dv_pixel_changes", test_pixel_changes},
    {"dv_block_differences", test_block_differences},
    {"dv_normalize", test_normalize},
    {"dv_interleave, dv_deinterleave", test_interleave},
    {"dv_resample", test_resample},
    {"denormals, prefetch, multiply-adds", test_machine},
};

int main(int count, char **names) {
  static const char *const all[] = {"avx512", "avx2", "neon", "portable"};
  int sets = 0, cases = 0;
  for (int i = 0; i < (count > 1 ? count - 1 : COUNT_OF(all)); i++) {
    const char *isa = count > 1 ? names[i + 1] : all[i];
    if (!dv_isa_select(isa)) {
      if (count == 1) continue;
      fprintf(stderr, "%s: no such instruction set on this machine\n", isa);
      return 2;
    }
    sets++;
    for (int k = 0; k < COUNT_OF(tests); k++) {
      tests[k].run();
      const int done = take_case_count();
      cases += done;
      printf("%-9s %-34s %5d cases\n", isa, tests[k].name, done);
      fflush(stdout);
    }
  }
  printf("%d cases on %d instruction set%s: as plain loops\n", cases, sets, sets == 1 ? "" : "s");
  return sets ? 0 : 1;
}
