// What an incremental layer does besides computing.
#include <string.h>

#include "CKernels.h"

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
