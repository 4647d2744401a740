// Linear algebra of small symmetric matrices in doubles, for fitting layers anew ('tune'): row-major, n×n unless said otherwise.
// These are the few functions that it needs of LAPACK, which would bring a Fortran runtime into every installation.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The inverse of a symmetric positive definite matrix, in place, by Cholesky's factors. O(n³).
// Returns 0, with `a` destroyed, where the matrix is not positive definite as far as doubles can tell.
int32_t dv_invert_symmetric(double *a, int32_t n);

// c = a · bᵀ, of a [rows × depth] and b [columns × depth]. O(rows · columns · depth).
void dv_multiply_transposed(const double *a, const double *b, double *c, int32_t rows, int32_t columns, int32_t depth);

// Which columns of the linear map `weights` [rows × n] cost least to do without, where what is left is fitted anew each time (backward
// elimination; the optimal brain surgeon's step for a quadratic error). `inverse` is that of the inputs' second moments; both are destroyed.
// Only columns with `eligible` ≠ 0 go. `order` gets the columns and `cost` the growth of the summed squared error, each `count` long.
// Returns how many went: fewer than `count` where no eligible one is left. O(count · n · (n + rows)).
int32_t dv_eliminate_columns(double *inverse, double *weights, int32_t rows, int32_t n, const uint8_t *eligible, int32_t count,
                             int32_t *order, double *cost);

// Eigenvalues, falling, and the eigenvectors, one a row of `vectors`, by Jacobi's cyclic rotations; `a` is destroyed.
// O(n³) a sweep, of which some eight are made.
void dv_symmetric_eigen(double *a, int32_t n, double *values, double *vectors);

// Windows of an image whose second moments are wanted: [channels, height, width], row-major.
typedef struct {
  const float *image;
  int32_t channels, height, width;
  int32_t window_height, window_width;      // the window's extents, in taps
  int32_t stride_y, stride_x, dilation_y, dilation_x, pad_top, pad_left;
} dv_windows;
// Adds x·xᵀ of the windows x at `count` output places (y, x, y, x, …) to `sum`, whose rows are channel-major, then tap by tap, with a 1 as
// the last element: n = channels · taps + 1. Only the lower triangle is written. `scratch` holds n · (count + 8) floats. O(count · n²).
void dv_add_moments(const dv_windows *windows, const int32_t *places, int32_t count, float *scratch, double *sum);

#ifdef __cplusplus
}
#endif
