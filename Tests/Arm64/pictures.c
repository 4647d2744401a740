// 8-bit pictures, their differences, and the layouts at the engine's border, against plain loops.
#include "testing.h"

// Extremes now and then: sums of squares must not overflow their lanes.
static uint8_t *draw_bytes(int count, dice *d) {
  const bool is_extreme = dice_chance(d, 4);
  uint8_t *bytes = take((size_t)count);
  for (int i = 0; i < count; i++) bytes[i] = (uint8_t)(is_extreme ? 255 * dice_int(d, 0, 1) : dice_int(d, 0, 255));
  return bytes;
}

void test_squared_differences(void) {
  static const int lengths[] = {1, 3, 7, 8, 15, 16, 24, 30, 63, 64, 65, 130, 192, 300};
  for (int seed = 0; seed < 300; seed++) {
    begin_case();
    dice d = dice_of(seed);
    const int length = PICK(&d, lengths), rows = dice_int(&d, 1, 12), step = length + dice_int(&d, 0, 70);
    describe("squared differences, seed %d: %d rows of %d", seed, rows, length);
    const uint8_t *a = draw_bytes(rows * step, &d), *b = draw_bytes(rows * step, &d);
    uint64_t wanted = 0;
    for (int y = 0; y < rows; y++)
      for (int k = 0; k < length; k++) wanted += (uint64_t)((a[y * step + k] - b[y * step + k]) * (a[y * step + k] - b[y * step + k]));
    EXPECT(dv_squared_difference(a, b, step, length, rows) == wanted);
    EXPECT(dv_squared_difference(a, a, step, length, rows) == 0);
  }
  begin_case();
  describe("squared differences of black and white");
  enum { MOST = 1 << 16 };
  uint8_t *black = take(MOST), *white = take(MOST);
  memset(white, 255, MOST);
  EXPECT(dv_squared_difference(black, white, 0, MOST, 1) == (uint64_t)MOST * 255 * 255);
}

void test_pixel_changes(void) {
  static const int widths[] = {1, 2, 17, 64, 255, 256, 257, 700}, thresholds[] = {0, 1, 9, 255};
  for (int seed = 0; seed < 200; seed++) {
    begin_case();
    dice d = dice_of(seed);
    const int width = PICK(&d, widths), channels = dice_int(&d, 1, 4), threshold = PICK(&d, thresholds);
    describe("pixel changes, seed %d: %d pixels of %d channels, threshold %d", seed, width, channels, threshold);
    const uint8_t *a = draw_bytes(width * channels, &d);
    // Mostly the same, and near the threshold where not.
    uint8_t *b = take((size_t)(width * channels)), *flags = take((size_t)width + 1);
    for (int k = 0; k < width * channels; k++) {
      const int moved = dice_chance(&d, 3) ? a[k] + dice_int(&d, -12, 12) : a[k];
      b[k] = (uint8_t)(moved < 0 ? 0 : moved > 255 ? 255 : moved);
    }
    memset(flags, 7, (size_t)width + 1);
    const size_t count = dv_pixel_changes(a, b, width, channels, (uint8_t)threshold, flags);
    size_t wanted = 0;
    for (int x = 0; x < width; x++) {
      bool differs = false;
      for (int c = 0; c < channels; c++) differs |= abs(a[x * channels + c] - b[x * channels + c]) > threshold;
      wanted += differs;
      if (flags[x] != differs) fail("pixel %d is %d", x, flags[x]);
    }
    EXPECT(flags[width] == 7);
    EXPECT(count == wanted);
  }
}

void test_block_differences(void) {
  static const int blocks[] = {1, 2, 8, 10, 16, 64, 256};
  for (int seed = 0; seed < 120; seed++) {
    begin_case();
    dice d = dice_of(seed);
    const int channels = dice_int(&d, 1, 4), block = PICK(&d, blocks), width = dice_int(&d, 1, 400), height = dice_int(&d, 1, 40);
    const int step = width * channels + dice_int(&d, 0, 40), across = (width + block - 1) / block, down = (height + block - 1) / block;
    describe("block differences, seed %d: %d×%d×%d, blocks of %d", seed, height, width, channels, block);
    const uint8_t *a = draw_bytes(step * height, &d), *b = draw_bytes(step * height, &d);
    uint32_t *sums = take((size_t)(across * down + 1) * sizeof *sums), *wanted = take((size_t)(across * down) * sizeof *wanted);
    uint8_t *largest = take((size_t)(across * down + 1)), *most = take((size_t)(across * down));
    sums[across * down] = 77, largest[across * down] = 77;
    dv_block_differences(a, b, step, width, height, channels, block, sums, largest);
    for (int y = 0; y < height; y++)
      for (int k = 0; k < width * channels; k++) {
        const int difference = abs(a[y * step + k] - b[y * step + k]), place = y / block * across + k / channels / block;
        wanted[place] += (uint32_t)difference;
        if (difference > most[place]) most[place] = (uint8_t)difference;
      }
    for (int i = 0; i < across * down; i++)
      if (sums[i] != wanted[i] || largest[i] != most[i])
        fail("block %d has sum %u and largest %d instead of %u and %d", i, sums[i], largest[i], wanted[i], most[i]);
    EXPECT(sums[across * down] == 77);
    EXPECT(largest[across * down] == 77);
  }
}

void test_normalize(void) {
  static const int gaps[] = {0, 0, 1, 13};
  for (int seed = 0; seed < 120; seed++) {
    begin_case();
    dice d = dice_of(seed);
    const int channels = dice_int(&d, 1, 4), height = dice_int(&d, 1, 4), width = dice_int(&d, 1, 23);
    const int step = width * channels + dice_int(&d, 0, 5), pixel = channels + PICK(&d, gaps);
    describe("8-bit pixels to floats, seed %d: %d×%d×%d", seed, height, width, channels);
    const uint8_t *bytes = draw_bytes(height * step, &d);
    float *scale = dice_floats(&d, channels);
    const float *bias = dice_floats(&d, channels);
    for (int c = 0; c < channels; c++) scale[c] /= 64;
    const span_list lists[] = {all_rows(height, width), random_spans(height, width, &d)};
    for (int i = 0; i < COUNT_OF(lists); i++) {
      const canvas image = canvas_of(height, width, channels, pixel);
      dv_normalize(bytes, step, channels, scale, bias, image_of(&image), lists[i].spans, lists[i].count);
      expect_undamaged(&image, "beyond the pixels");
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          for (int c = 0; c < channels; c++) {
            // Multiplied and then added, each rounded once: whatever the spans, the same bits.
            const float product = (float)bytes[y * step + x * channels + c] * scale[c], wanted = product + bias[c];
            const float value = *at(&image, y, x, c);
            if (bits_of(value) != (is_among(&lists[i], y, x) ? bits_of(wanted) : GUARD))
              fail("(%d, %d, %d) is %.9g instead of %.9g", y, x, c, value, wanted);
          }
    }
  }
}

void test_interleave(void) {
  static const int channels_of[] = {1, 2, 3, 4, 16, 17, 65}, widths[] = {1, 2, 15, 16, 17, 40};
  for (int seed = 0; seed < 60; seed++) {
    begin_case();
    dice d = dice_of(seed);
    const int channels = PICK(&d, channels_of), height = dice_int(&d, 1, 5), width = PICK(&d, widths), plane = height * width;
    describe("planes and pixels, seed %d: %d×%d×%d", seed, height, width, channels);
    const float *planes = dice_floats(&d, plane * channels);
    const canvas image = canvas_of(height, width, channels, channels + dice_int(&d, 0, 9)), back = canvas_of(channels, plane, 1, 1);
    dv_interleave(planes, plane, channels, height, width, image_of(&image));
    expect_undamaged(&image, "interleaved");
    dv_deinterleave(image_of(&image), channels, height, width, at(&back, 0, 0, 0), plane);
    expect_undamaged(&back, "deinterleaved");
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        for (int c = 0; c < channels; c++) {
          expect_near(y, x, c, *at(&image, y, x, c), planes[c * plane + y * width + x], 0);
          expect_near(y, x, c, *at(&back, c, y * width + x, 0), planes[c * plane + y * width + x], 0);
        }
  }
}

// What is about the machine rather than about pixels.
void test_machine(void) {
  begin_case();
  describe("denormals");
  volatile float small = 1e-38f, tenth = .1f;
  EXPECT(small * tenth != 0);
  const uint64_t before = dv_flush_denormals();
  const float flushed = small * tenth;
  dv_restore_denormals(before);
  EXPECT(flushed == 0);
  EXPECT(small * tenth != 0);
  begin_case();
  describe("prefetch");
  dice d = dice_of(1);
  const canvas image = random_canvas(3, 5, 17, 60, &d);
  const span_list spans = all_rows(3, 5);
  dv_prefetch(image_of(&image), 17, spans.spans, spans.count);
  expect_undamaged(&image, "after a prefetch");
  begin_case();
  describe("multiply-adds");
  EXPECT(dv_multiply_adds(1000) == 1000 * dv_multiply_adds(1));
  EXPECT(dv_multiply_adds(1) > 0);
  dv_pause();
}
