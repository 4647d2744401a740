#include "include/linear.h"
#include <math.h>
#include <string.h>

// Compiled for AVX2 as well, and chosen when the program is loaded: twice as fast. What is fitted need not be the same bits on every machine.
#if defined(__x86_64__) && defined(__linux__)
#define WIDE __attribute__((target_clones("arch=haswell", "default")))
#else
#define WIDE
#endif

WIDE int32_t dv_invert_symmetric(double *a, int32_t n) {
  // a = L·Lᵀ, in the lower triangle.
  for (int32_t i = 0; i < n; i++) {
    double *row = a + (int64_t)i * n;
    for (int32_t j = 0; j <= i; j++) {
      const double *other = a + (int64_t)j * n;
      double sum = row[j];
      for (int32_t k = 0; k < j; k++) sum -= row[k] * other[k];
      if (i == j) {
        if (!(sum > 0) || !isfinite(sum)) return 0;
        row[i] = sqrt(sum);
      } else {
        row[j] = sum / other[j];
      }
    }
  }
  // L⁻¹, transposed into the upper triangle: row j of it is column j of L⁻¹. The diagonal has its reciprocals.
  for (int32_t j = 0; j < n; j++) {
    double *column = a + (int64_t)j * n;
    column[j] = 1 / column[j];
    for (int32_t i = j + 1; i < n; i++) {
      const double *row = a + (int64_t)i * n;
      double sum = 0;
      for (int32_t k = j; k < i; k++) sum -= row[k] * column[k];
      column[i] = sum / row[i];
    }
  }
  // L⁻ᵀ·L⁻¹: element (i, j), i ≥ j, is the product of columns i and j of L⁻¹.
  for (int32_t i = 0; i < n; i++) {
    const double *left = a + (int64_t)i * n;
    for (int32_t j = 0; j <= i; j++) {
      const double *right = a + (int64_t)j * n;
      double sum = 0;
      for (int32_t k = i; k < n; k++) sum += left[k] * right[k];
      // Row i of the lower triangle has not been read since the step before.
      if (j < i) a[(int64_t)i * n + j] = sum;
      else a[(int64_t)i * n + i] = sum;
    }
  }
  for (int32_t i = 0; i < n; i++)
    for (int32_t j = i + 1; j < n; j++) a[(int64_t)i * n + j] = a[(int64_t)j * n + i];
  return 1;
}

WIDE void dv_multiply_transposed(const double *a, const double *b, double *c, int32_t rows, int32_t columns, int32_t depth) {
  for (int32_t i = 0; i < rows; i++)
    for (int32_t j = 0; j < columns; j++) {
      const double *x = a + (int64_t)i * depth, *y = b + (int64_t)j * depth;
      double sums[4] = {0, 0, 0, 0};
      int32_t k = 0;
      for (; k + 4 <= depth; k += 4)
        for (int32_t lane = 0; lane < 4; lane++) sums[lane] += x[k + lane] * y[k + lane];
      for (; k < depth; k++) sums[0] += x[k] * y[k];
      c[(int64_t)i * columns + j] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
}

WIDE int32_t dv_eliminate_columns(double *inverse, double *weights, int32_t rows, int32_t n, const uint8_t *eligible, int32_t count,
                             int32_t *order, double *cost) {
  // Squared length of each column of the weights; below 0 for those that do not go, or have gone.
  double lengths[n > 0 ? n : 1];
  uint8_t stays[n > 0 ? n : 1];
  for (int32_t j = 0; j < n; j++) stays[j] = !eligible[j];
  for (int32_t step = 0; step < count; step++) {
    memset(lengths, 0, sizeof lengths);
    for (int32_t i = 0; i < rows; i++) {
      const double *row = weights + (int64_t)i * n;
      for (int32_t j = 0; j < n; j++) lengths[j] += row[j] * row[j];
    }
    int32_t best = -1;
    double least = INFINITY;
    for (int32_t j = 0; j < n; j++) {
      const double curvature = inverse[(int64_t)j * n + j];
      if (stays[j] || !(curvature > 0)) continue;
      const double growth = lengths[j] / curvature;
      if (growth < least) least = growth, best = j;
    }
    if (best < 0) return step;
    const double *pivot = inverse + (int64_t)best * n;
    const double scale = 1 / pivot[best];
    for (int32_t i = 0; i < rows; i++) {
      double *row = weights + (int64_t)i * n;
      const double factor = row[best] * scale;
      if (factor == 0) continue;
      for (int32_t j = 0; j < n; j++) row[j] -= factor * pivot[j];
      row[best] = 0;
    }
    for (int32_t i = 0; i < n; i++) {
      if (i == best) continue;
      double *row = inverse + (int64_t)i * n;
      const double factor = row[best] * scale;
      if (factor == 0) continue;
      for (int32_t j = 0; j < n; j++) row[j] -= factor * pivot[j];
      row[best] = 0;
    }
    for (int32_t j = 0; j < n; j++) inverse[(int64_t)best * n + j] = 0;
    stays[best] = 1;
    order[step] = best, cost[step] = least;
  }
  return count;
}

WIDE void dv_symmetric_eigen(double *a, int32_t n, double *values, double *vectors) {
  enum { sweeps = 24 };
  for (int32_t i = 0; i < n; i++)
    for (int32_t j = 0; j < n; j++) vectors[(int64_t)i * n + j] = i == j;
  for (int32_t sweep = 0; sweep < sweeps; sweep++) {
    double off = 0, whole = 0;
    for (int32_t i = 0; i < n; i++)
      for (int32_t j = 0; j < n; j++) {
        const double square = a[(int64_t)i * n + j] * a[(int64_t)i * n + j];
        whole += square;
        if (i != j) off += square;
      }
    if (!(off > 1e-22 * whole)) break;
    for (int32_t p = 0; p < n; p++)
      for (int32_t q = p + 1; q < n; q++) {
        double *up = a + (int64_t)p * n, *uq = a + (int64_t)q * n;
        const double apq = up[q];
        if (fabs(apq) <= 1e-18 * sqrt(fabs(up[p] * uq[q]))) continue;
        const double theta = (uq[q] - up[p]) / (2 * apq);
        const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
        const double c = 1 / sqrt(t * t + 1), s = t * c;
        for (int32_t k = 0; k < n; k++) {
          const double x = up[k], y = uq[k];
          up[k] = c * x - s * y, uq[k] = s * x + c * y;
        }
        for (int32_t k = 0; k < n; k++) {
          double *row = a + (int64_t)k * n;
          const double x = row[p], y = row[q];
          row[p] = c * x - s * y, row[q] = s * x + c * y;
        }
        double *vp = vectors + (int64_t)p * n, *vq = vectors + (int64_t)q * n;
        for (int32_t k = 0; k < n; k++) {
          const double x = vp[k], y = vq[k];
          vp[k] = c * x - s * y, vq[k] = s * x + c * y;
        }
      }
  }
  for (int32_t i = 0; i < n; i++) values[i] = a[(int64_t)i * n + i];
  // Falling; selection sort moves each row of the vectors once.
  for (int32_t i = 0; i < n; i++) {
    int32_t most = i;
    for (int32_t j = i + 1; j < n; j++)
      if (values[j] > values[most]) most = j;
    if (most == i) continue;
    const double value = values[i];
    values[i] = values[most], values[most] = value;
    for (int32_t k = 0; k < n; k++) {
      const double x = vectors[(int64_t)i * n + k];
      vectors[(int64_t)i * n + k] = vectors[(int64_t)most * n + k], vectors[(int64_t)most * n + k] = x;
    }
  }
}

typedef float lanes __attribute__((vector_size(32), aligned(4)));
enum { lane_count = 8 };

// By address: passed by value, the ABI would depend on the instruction set.
static inline __attribute__((always_inline)) double total(const lanes *sums) {
  const float *v = (const float *)sums;
  return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}

WIDE void dv_add_moments(const dv_windows *w, const int32_t *places, int32_t count, float *scratch, double *sum) {
  const int32_t taps = w->window_height * w->window_width, n = w->channels * taps + 1;
  // A row of scratch is one element of the window at all places, with zeros up to whole vectors.
  const int32_t length = (count + lane_count - 1) / lane_count * lane_count;
  memset(scratch, 0, sizeof(float) * (size_t)n * length);
  for (int32_t c = 0; c < w->channels; c++) {
    const float *plane = w->image + (int64_t)c * w->height * w->width;
    for (int32_t tap = 0; tap < taps; tap++) {
      float *row = scratch + ((int64_t)c * taps + tap) * length;
      const int32_t dy = tap / w->window_width * w->dilation_y - w->pad_top, dx = tap % w->window_width * w->dilation_x - w->pad_left;
      for (int32_t i = 0; i < count; i++) {
        const int32_t y = places[2 * i] * w->stride_y + dy, x = places[2 * i + 1] * w->stride_x + dx;
        if (y >= 0 && y < w->height && x >= 0 && x < w->width) row[i] = plane[(int64_t)y * w->width + x];
      }
    }
  }
  for (int32_t i = 0; i < count; i++) scratch[(int64_t)(n - 1) * length + i] = 1;
  for (int32_t i = 0; i < n; i++) {
    const float *a = scratch + (int64_t)i * length;
    int32_t j = 0;
    for (; j + 4 <= i + 1; j += 4) {
      const float *b = scratch + (int64_t)j * length;
      lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
      for (int32_t k = 0; k < length; k += lane_count) {
        const lanes x = *(const lanes *)(a + k);
        s0 += x * *(const lanes *)(b + k), s1 += x * *(const lanes *)(b + length + k);
        s2 += x * *(const lanes *)(b + 2 * (int64_t)length + k), s3 += x * *(const lanes *)(b + 3 * (int64_t)length + k);
      }
      double *to = sum + (int64_t)i * n + j;
      to[0] += total(&s0), to[1] += total(&s1), to[2] += total(&s2), to[3] += total(&s3);
    }
    for (; j <= i; j++) {
      const float *b = scratch + (int64_t)j * length;
      lanes s = {0};
      for (int32_t k = 0; k < length; k += lane_count) s += *(const lanes *)(a + k) * *(const lanes *)(b + k);
      sum[(int64_t)i * n + j] += total(&s);
    }
  }
}
