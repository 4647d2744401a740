// What an incremental layer does besides computing. Masks of changed pixels are one byte a pixel, 0 or 1; plain loops
// that the compiler vectorises.
#include <string.h>

#include "CKernels.h"

int32_t dv_mask_merge(uint8_t *row, const uint8_t *more, int32_t width) {
  int32_t added = 0;
  for (int32_t x = 0; x < width; x++) {
    added += more[x] & (row[x] ^ 1);
    row[x] |= more[x];
  }
  return added;
}

void dv_mask_unite(uint8_t *united, const uint8_t *row, int32_t width) {
  for (int32_t x = 0; x < width; x++) united[x] |= row[x];
}

void dv_mask_reach(const uint8_t *restrict padded, int32_t extent, int32_t stride, uint8_t *restrict reached, int32_t width) {
  memset(reached, 0, (size_t)width);
  for (int32_t k = 0; k < extent; k++) {
    const uint8_t *from = padded + k;
    if (stride == 1)
      for (int32_t x = 0; x < width; x++) reached[x] |= from[x];
    else if (stride == 2)
      for (int32_t x = 0; x < width; x++) reached[x] |= from[2 * x];
    else
      for (int32_t x = 0; x < width; x++) reached[x] |= from[(int64_t)x * stride];
  }
}

// The first pixel from x on whose byte is not `value` (0 or 1); the width when there is none. Eight bytes at a time, little-endian.
static int32_t end_of_run(const uint8_t *row, int32_t x, int32_t width, uint8_t value) {
  for (; x + 8 <= width; x += 8) {
    uint64_t eight;
    memcpy(&eight, row + x, 8);
    eight ^= value * UINT64_C(0x0101010101010101);
    if (eight) return x + (__builtin_ctzll(eight) >> 3);
  }
  while (x < width && row[x] == value) x++;
  return x;
}

size_t dv_mask_spans(const uint8_t *row, int32_t y, int32_t width, dv_span *spans) {
  size_t count = 0;
  for (int32_t x = end_of_run(row, 0, width, 0); x < width; x = end_of_run(row, x, width, 0)) {
    const int32_t begin = x;
    x = end_of_run(row, x, width, 1);
    spans[count++] = (dv_span){y, begin, x};
  }
  return count;
}

void dv_prefetch(dv_image image, int32_t channels, const dv_span *spans, size_t span_count) {
  for (size_t i = 0; i < span_count; i++) {
    const float *first = image.base + spans[i].row * image.row + spans[i].begin * image.pixel;
    const float *last = image.base + spans[i].row * image.row + (spans[i].end - 1) * image.pixel + channels;
    if (image.pixel < 2 * channels) {
      for (const float *line = first; line < last; line += 16) __builtin_prefetch(line, 1, 2);
      continue;
    }
    for (int32_t x = spans[i].begin; x < spans[i].end; x++, first += image.pixel)
      for (int32_t c = 0; c < channels; c += 16) __builtin_prefetch(first + c, 1, 2);
  }
}
