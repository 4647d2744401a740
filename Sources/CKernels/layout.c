// Conversions at the engine's border: 8-bit pixels in, planes in and out.
#include "CKernels.h"

// As in kernels.h: no product and sum in one rounding, whatever the processor offers.
#pragma STDC FP_CONTRACT OFF

void dv_normalize(const uint8_t *pixels, int64_t row_bytes, int32_t channels, const float *scale, const float *bias,
                  dv_image destination, const dv_span *spans, size_t span_count) {
  // Twelve values hold three channels' pattern four times: a shape that compilers vectorise.
  float s[12], b[12];
  for (int j = 0; j < 12; j++) s[j] = scale[j % channels], b[j] = bias[j % channels];
  for (size_t i = 0; i < span_count; i++) {
    const dv_span span = spans[i];
    const uint8_t *p = pixels + span.row * row_bytes + (int64_t)span.begin * channels;
    float *d = destination.base + span.row * destination.row + span.begin * destination.pixel;
    const int64_t count = span.end - span.begin;
    if (channels == 3 && destination.pixel == 3) {
      int64_t k = 0, all = count * 3;
      for (; k + 12 <= all; k += 12)
        for (int j = 0; j < 12; j++) d[k + j] = (float)p[k + j] * s[j] + b[j];
      for (; k < all; k++) d[k] = (float)p[k] * s[k % 12] + b[k % 12];
    } else if (channels == 1) {
      for (int64_t x = 0; x < count; x++) d[x * destination.pixel] = (float)p[x] * scale[0] + bias[0];
    } else {
      for (int64_t x = 0; x < count; x++)
        for (int32_t c = 0; c < channels; c++)
          d[x * destination.pixel + c] = (float)p[x * channels + c] * scale[c] + bias[c];
    }
  }
}

enum { TILE = 16 };

// A whole tile is unrolled; what is left of a row is not.
static inline void copy_strided(float *to, int64_t to_step, const float *from, int64_t from_step, int32_t count) {
  if (count == TILE) {
#pragma clang loop unroll(full)
    for (int32_t i = 0; i < TILE; i++) to[i * to_step] = from[i * from_step];
  } else {
    for (int32_t i = 0; i < count; i++) to[i * to_step] = from[i * from_step];
  }
}

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
    for (int32_t x = 0; x < width; x += TILE) {
      const int32_t count = width - x < TILE ? width - x : TILE;
      const float *p = planes + (int64_t)y * width + x;
      float *d = destination.base + y * destination.row + x * destination.pixel;
      for (int32_t c = 0; c < channels; c++) copy_strided(d + c, destination.pixel, p + c * plane, 1, count);
    }
}

void dv_deinterleave(dv_image source, int32_t channels, int32_t height, int32_t width, float *planes, int64_t plane) {
  for (int32_t y = 0; y < height; y++)
    for (int32_t x = 0; x < width; x += TILE) {
      const int32_t count = width - x < TILE ? width - x : TILE;
      float *p = planes + (int64_t)y * width + x;
      const float *s = source.base + y * source.row + x * source.pixel;
      for (int32_t c = 0; c < channels; c++) copy_strided(p + c * plane, 1, s + c, source.pixel, count);
    }
}
