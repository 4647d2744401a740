// Conversions at the engine's border: 8-bit pixels in, planes in and out; and their differences.
#include "CKernels.h"
#include <string.h>

void dv_normalize(const uint8_t *pixels, int64_t row_bytes, int32_t channels, const float *scale, const float *bias,
                  dv_image destination, const dv_span *spans, size_t span_count) {
  for (size_t i = 0; i < span_count; i++) {
    const dv_span span = spans[i];
    const uint8_t *p = pixels + span.row * row_bytes + (int64_t)span.begin * channels;
    float *d = destination.base + span.row * destination.row + span.begin * destination.pixel;
    const int64_t count = span.end - span.begin;
    if (channels == 3 && destination.pixel == 3) {
      // Twelve values hold the three channels' pattern four times: a shape that compilers vectorise.
      float s[12], b[12];
      for (int j = 0; j < 12; j++) s[j] = scale[j % 3], b[j] = bias[j % 3];
      int64_t k = 0, all = count * 3;
      for (; k + 12 <= all; k += 12)
        for (int j = 0; j < 12; j++) d[k + j] = (float)p[k + j] * s[j] + b[j];
      for (; k < all; k++) d[k] = (float)p[k] * s[k % 12] + b[k % 12];
    } else {
      for (int64_t x = 0; x < count; x++)
        for (int32_t c = 0; c < channels; c++)
          d[x * destination.pixel + c] = (float)p[x * channels + c] * scale[c] + bias[c];
    }
  }
}

enum { TILE = 16 };

void dv_interleave(const float *planes, int64_t plane, int32_t channels, int32_t height, int32_t width,
                   dv_image destination) {
  if (channels == 3) {
    for (int32_t y = 0; y < height; y++) {
      const float *r = planes + (int64_t)y * width, *g = r + plane, *b = g + plane;
      float *d = destination.base + y * destination.row;
      for (int32_t x = 0; x < width; x++, d += destination.pixel) d[0] = r[x], d[1] = g[x], d[2] = b[x];
    }
    return;
  }
  for (int32_t y = 0; y < height; y++)
    for (int32_t x0 = 0; x0 < width; x0 += TILE) {
      const int32_t x1 = x0 + TILE < width ? x0 + TILE : width;
      for (int32_t c = 0; c < channels; c++) {
        const float *p = planes + c * plane + (int64_t)y * width;
        float *d = destination.base + y * destination.row + c;
        for (int32_t x = x0; x < x1; x++) d[x * destination.pixel] = p[x];
      }
    }
}

void dv_deinterleave(dv_image source, int32_t channels, int32_t height, int32_t width, float *planes, int64_t plane) {
  for (int32_t y = 0; y < height; y++)
    for (int32_t x0 = 0; x0 < width; x0 += TILE) {
      const int32_t x1 = x0 + TILE < width ? x0 + TILE : width;
      for (int32_t c = 0; c < channels; c++) {
        float *p = planes + c * plane + (int64_t)y * width;
        const float *s = source.base + y * source.row + c;
        for (int32_t x = x0; x < x1; x++) p[x] = s[x * source.pixel];
      }
    }
}

// Columns of bytes taken together: what is kept of them stays in the first-level cache.
enum { STRIP = 1024 };

// Bytes side by side gain from wide vectors whatever the plan's kernels are: they are chosen when the program is loaded.
#if defined(__x86_64__)
#define WIDEST __attribute__((target_clones("avx512bw", "avx2", "default")))
#else
#define WIDEST
#endif

// Per byte column of a strip, over rows: the sum and the largest of |a - b|. Plain loops, which compilers make vectors of.
WIDEST
static void column_differences(const uint8_t *a, const uint8_t *b, int64_t row_bytes, int32_t rows, int32_t count,
                               uint16_t *restrict sums, uint8_t *restrict largest) {
  memset(sums, 0, (size_t)count * sizeof *sums);
  memset(largest, 0, (size_t)count);
  for (int32_t y = 0; y < rows; y++) {
    const uint8_t *p = a + y * row_bytes, *q = b + y * row_bytes;
    for (int32_t k = 0; k < count; k++) {
      const uint8_t d = p[k] > q[k] ? p[k] - q[k] : q[k] - p[k];
      sums[k] += d;
      largest[k] = d > largest[k] ? d : largest[k];
    }
  }
}

void dv_block_differences(const uint8_t *a, const uint8_t *b, int64_t row_bytes, int32_t width, int32_t height,
                          int32_t channels, int32_t block, uint32_t *sums, uint8_t *largest) {
  uint16_t column_sums[STRIP];
  uint8_t column_largest[STRIP];
  const int32_t block_bytes = block * channels, row = width * channels, across = (width + block - 1) / block;
  const int32_t strip = STRIP / block_bytes * block_bytes;
  for (int32_t top = 0; top < height; top += block) {
    const int32_t rows = top + block < height ? block : height - top;
    for (int32_t left = 0; left < row; left += strip) {
      const int32_t count = left + strip < row ? strip : row - left;
      const int64_t start = top * row_bytes + left;
      column_differences(a + start, b + start, row_bytes, rows, count, column_sums, column_largest);
      const int32_t first = top / block * across + left / block_bytes;
      for (int32_t k = 0; k < count; k += block_bytes) {
        const int32_t end = k + block_bytes < count ? k + block_bytes : count;
        uint32_t sum = 0;
        uint8_t most = 0;
        for (int32_t i = k; i < end; i++) {
          sum += column_sums[i];
          most = column_largest[i] > most ? column_largest[i] : most;
        }
        sums[first + k / block_bytes] = sum;
        largest[first + k / block_bytes] = most;
      }
    }
  }
}
