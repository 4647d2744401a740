// Conversions at the engine's border: 8-bit pixels in, planes in and out; and their differences.
#include "CKernels.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

void dv_block_differences(const uint8_t *a, const uint8_t *b, int64_t row_bytes, int32_t width, int32_t height,
                          int32_t channels, int32_t block, uint32_t *sums, uint8_t *largest) {
  const int32_t across = (width + block - 1) / block, down = (height + block - 1) / block;
  for (int32_t i = 0; i < across * down; i++) sums[i] = 0, largest[i] = 0;
  for (int32_t y = 0; y < height; y++) {
    const uint8_t *p = a + y * row_bytes, *q = b + y * row_bytes;
    uint32_t *sum_row = sums + y / block * across;
    uint8_t *largest_row = largest + y / block * across;
    for (int32_t i = 0; i < across; i++) {
      const int64_t begin = (int64_t)i * block * channels;
      const int64_t end = (i + 1) * block < width ? begin + block * channels : (int64_t)width * channels;
      uint32_t sum = 0;
      uint8_t most = 0;
      int64_t k = begin;
#if defined(__SSE2__)
      // psadbw sums eight differences at once; a resting block costs three loads and a compare.
      for (; k + 8 <= end; k += 8) {
        const __m128i u = _mm_loadl_epi64((const __m128i *)(p + k)), v = _mm_loadl_epi64((const __m128i *)(q + k));
        const __m128i d = _mm_or_si128(_mm_subs_epu8(u, v), _mm_subs_epu8(v, u));
        const uint64_t bytes = (uint64_t)_mm_cvtsi128_si64(d);
        if (!bytes) continue;
        sum += (uint32_t)_mm_cvtsi128_si32(_mm_sad_epu8(d, _mm_setzero_si128()));
        __m128i m = _mm_max_epu8(d, _mm_srli_epi64(d, 32));
        m = _mm_max_epu8(m, _mm_srli_epi64(m, 16));
        m = _mm_max_epu8(m, _mm_srli_epi64(m, 8));
        const uint8_t top = (uint8_t)_mm_cvtsi128_si32(m);
        most = top > most ? top : most;
      }
#endif
      for (; k < end; k++) {
        const uint8_t d = p[k] > q[k] ? p[k] - q[k] : q[k] - p[k];
        sum += d;
        most = d > most ? d : most;
      }
      sum_row[i] += sum;
      largest_row[i] = most > largest_row[i] ? most : largest_row[i];
    }
  }
}
