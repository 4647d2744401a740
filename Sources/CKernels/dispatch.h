// The table of kernels that every instruction set fills.
#pragma once
#include "CKernels.h"

// Convolutions of rounded numbers, of one precision.
typedef struct {
  int32_t numbers_per_word;
  __typeof__(dv_convolve_rounded) *convolve;
  __typeof__(dv_convolve_winograd) *convolve_winograd;
} rounded_set;

typedef struct {
  const char *name;
  int32_t panel_limit;
  __typeof__(dv_convolve) *convolve;
  __typeof__(dv_convolve_winograd) *convolve_winograd;
  __typeof__(dv_convolve_depthwise) *convolve_depthwise;
  __typeof__(dv_pool) *pool;
  __typeof__(dv_global_pool) *global_pool;
  __typeof__(dv_mean_squares) *mean_squares;
  __typeof__(dv_binary) *binary;
  __typeof__(dv_unary) *unary;
  __typeof__(dv_row_extremes) *row_extremes;
  __typeof__(dv_round_to_levels) *round_to_levels;
  __typeof__(dv_normalize_pixels) *normalize_pixels;
  __typeof__(dv_copy) *copy;
  __typeof__(dv_resize_run) *resize;
  __typeof__(dv_commit) *commit;
  __typeof__(dv_commit_weighted) *commit_weighted;
  __typeof__(dv_softmax) *softmax;
  __typeof__(dv_squared_difference) *squared_difference;
  __typeof__(dv_multiply_adds) *multiply_adds;
  __typeof__(dv_pixel_changes) *pixel_changes;
  __typeof__(dv_block_differences) *block_differences;
} kernel_set;

extern const rounded_set rounded_set_avx512_bf16, rounded_set_avx512_vnni, rounded_set_avx2_int16;
extern const kernel_set kernel_set_avx512, kernel_set_avx2, kernel_set_portable;
