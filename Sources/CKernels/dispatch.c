// Chooses the widest instruction set that the CPU has, once, before main.
#include "dispatch.h"
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const kernel_set *widest = &kernel_set_portable;
// A thread's own choice, for tests: what runs beside it keeps the kernels that its weights were packed for.
static _Thread_local const kernel_set *forced;

static const kernel_set *current(void) { return forced ? forced : widest; }

static int has(const kernel_set *set) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (set == &kernel_set_avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
  if (set == &kernel_set_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return 1;
}

#if defined(__x86_64__)
static const kernel_set *const sets[] = {&kernel_set_avx512, &kernel_set_avx2, &kernel_set_portable};
#else
static const kernel_set *const sets[] = {&kernel_set_portable};
#endif
enum { SETS = sizeof sets / sizeof *sets };

// NULL where the CPU, or the selected set, has no such products.
static const rounded_set *rounded(dv_precision precision) {
#if defined(__x86_64__)
  if (current() == &kernel_set_avx512) {
    if (precision == DV_BF16 && __builtin_cpu_supports("avx512bf16")) return &rounded_set_avx512_bf16;
    if (precision == DV_INT8 && __builtin_cpu_supports("avx512vnni")) return &rounded_set_avx512_vnni;
  }
  if (current() == &kernel_set_avx2 && precision == DV_INT8) return &rounded_set_avx2_int16;
#endif
  return NULL;
}

// DEEPVID_ISA names a narrower set than the CPU's widest, for measuring: "avx2" on a machine with AVX-512. A name that is none, or that the
// CPU lacks, changes nothing.
__attribute__((constructor)) static void select_widest(void) {
  const char *wanted = getenv("DEEPVID_ISA");
  for (int i = SETS - 1; i >= 0; i--)
    if (has(sets[i])) {
      widest = sets[i];
      if (wanted && !strcmp(widest->name, wanted)) return;
    }
}

int dv_isa_select(const char *name) {
  for (int i = 0; i < SETS; i++)
    if (!strcmp(sets[i]->name, name) && has(sets[i])) {
      forced = sets[i];
      return 1;
    }
  return 0;
}

const char *dv_isa_name(void) { return current()->name; }
int32_t dv_panel_limit(void) { return current()->panel_limit; }
int32_t dv_numbers_per_word(dv_precision precision) {
  if (precision == DV_FP32) return 1;
  const rounded_set *set = rounded(precision);
  return set ? set->numbers_per_word : 0;
}

uint64_t dv_flush_denormals(void) {
#if defined(__x86_64__)
  const uint32_t before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  return before;
#elif defined(__aarch64__)
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" ::"r"(before | (1u << 24)));
  return before;
#else
  return 0;
#endif
}

void dv_restore_denormals(uint64_t before) {
#if defined(__x86_64__)
  _mm_setcsr((uint32_t)before);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" ::"r"(before));
#else
  (void)before;
#endif
}

void dv_pause(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void dv_convolve(const dv_convolution *layer, dv_image source, dv_image destination, dv_image residual,
                 const dv_span *spans, size_t span_count, int32_t first_panel, int32_t last_panel, int32_t compact) {
  current()->convolve(layer, source, destination, residual, spans, span_count, first_panel, last_panel, compact);
}
void dv_convolve_rounded(const dv_rounding *rounding, const dv_convolution *layer, dv_image source, dv_image destination,
                         dv_image residual, const dv_span *spans, size_t span_count, int32_t first_panel, int32_t last_panel,
                         int32_t compact, float *scratch) {
  rounded(rounding->precision)
      ->convolve(rounding, layer, source, destination, residual, spans, span_count, first_panel, last_panel, compact, scratch);
}
void dv_convolve_winograd(const dv_winograd *layer, dv_image source, dv_image destination, dv_image residual, const dv_span *spans,
                          size_t span_count, int32_t first_panel, int32_t last_panel, int32_t compact, float *scratch, int32_t *index) {
  __typeof__(dv_convolve_winograd) *convolve =
      layer->rounding.precision == DV_FP32 ? current()->convolve_winograd : rounded(layer->rounding.precision)->convolve_winograd;
  convolve(layer, source, destination, residual, spans, span_count, first_panel, last_panel, compact, scratch, index);
}
void dv_convolve_depthwise(const dv_depthwise *layer, dv_image source, dv_image destination, const dv_span *spans,
                           size_t span_count, int32_t compact) {
  current()->convolve_depthwise(layer, source, destination, spans, span_count, compact);
}
void dv_pool(const dv_pooling *layer, dv_image source, dv_image destination, const dv_span *spans, size_t span_count,
             int32_t compact) {
  current()->pool(layer, source, destination, spans, span_count, compact);
}
void dv_mean_squares(int32_t height, int32_t width, int32_t channels, const float *means, dv_image source, float *result) {
  current()->mean_squares(height, width, channels, means, source, result);
}
void dv_global_pool(dv_pool_kind kind, int32_t height, int32_t width, int32_t first, int32_t last, dv_image source,
                    float *result) {
  current()->global_pool(kind, height, width, first, last, source, result);
}
void dv_binary(dv_binary_function function, int32_t channels, dv_image a, dv_image b,
               int32_t b_channel_step, int32_t swapped, dv_image destination, const dv_span *spans, size_t span_count,
               int32_t compact) {
  current()->binary(function, channels, a, b, b_channel_step, swapped, destination, spans, span_count, compact);
}
void dv_unary(dv_activation activation, const float *scale, const float *bias, int32_t channels, dv_image source,
              dv_image destination, const dv_span *spans, size_t span_count, int32_t compact) {
  current()->unary(activation, scale, bias, channels, source, destination, spans, span_count, compact);
}
void dv_row_extremes(int32_t width, int32_t channels, dv_image source, dv_image destination, const dv_span *spans, size_t span_count,
                     int32_t compact) {
  current()->row_extremes(width, channels, source, destination, spans, span_count, compact);
}
void dv_round_to_levels(float scale, float factor, float low, float high, int32_t channels, dv_image source, dv_image destination,
                        const dv_span *spans, size_t span_count, int32_t compact) {
  current()->round_to_levels(scale, factor, low, high, channels, source, destination, spans, span_count, compact);
}
void dv_normalize_pixels(const float *scale, const float *bias, float epsilon, int32_t keeps_mean, int32_t channels, dv_image source,
                         dv_image destination, const dv_span *spans, size_t span_count, int32_t compact) {
  current()->normalize_pixels(scale, bias, epsilon, keeps_mean, channels, source, destination, spans, span_count, compact);
}
void dv_copy(const int32_t *map, int32_t channels, dv_image source, dv_image destination, const dv_span *spans,
             size_t span_count, int32_t compact) {
  current()->copy(map, channels, source, destination, spans, span_count, compact);
}
void dv_resize_run(const dv_resize *layer, dv_image source, dv_image destination, const dv_span *spans,
                   size_t span_count, int32_t compact) {
  current()->resize(layer, source, destination, spans, span_count, compact);
}
size_t dv_commit(const float *fresh, int64_t fresh_pixel, int32_t channels, float tolerance, dv_image stored,
                 const dv_span *spans, size_t span_count, uint8_t *changed) {
  return current()->commit(fresh, fresh_pixel, channels, tolerance, stored, spans, span_count, changed);
}
size_t dv_commit_weighted(const dv_truncation *rule, const float *fresh, int64_t fresh_pixel, int32_t channels,
                          dv_image stored, const dv_span *spans, size_t span_count, uint8_t *changed) {
  return current()->commit_weighted(rule, fresh, fresh_pixel, channels, stored, spans, span_count, changed);
}
void dv_softmax(const float *source, float *destination, int64_t length, int64_t count, int32_t logarithm) {
  current()->softmax(source, destination, length, count, logarithm);
}
double dv_multiply_adds(int64_t rounds) { return current()->multiply_adds(rounds); }

uint64_t dv_squared_difference(const uint8_t *a, const uint8_t *b, int64_t row_bytes, int32_t bytes, int32_t rows) {
  return current()->squared_difference(a, b, row_bytes, bytes, rows);
}
size_t dv_pixel_changes(const uint8_t *a, const uint8_t *b, int32_t width, int32_t channels, uint8_t threshold,
                        uint8_t *changed) {
  return current()->pixel_changes(a, b, width, channels, threshold, changed);
}
void dv_block_differences(const uint8_t *a, const uint8_t *b, int64_t row_bytes, int32_t width, int32_t height,
                          int32_t channels, int32_t block, uint32_t *sums, uint8_t *largest) {
  current()->block_differences(a, b, row_bytes, width, height, channels, block, sums, largest);
}
