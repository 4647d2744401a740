// dv_pool, dv_global_pool and dv_mean_squares against loops over the positions of windows and images.
#include "testing.h"

typedef struct {
  dv_pooling layer;
  canvas source;
} pooling_case;

static void check_pooling(const void *layer, int y, int x, int c, float value) {
  const dv_pooling *l = &((const pooling_case *)layer)->layer;
  double sum = 0, largest = -INFINITY;
  int seen = 0;
  for (int ky = 0; ky < l->kernel_height; ky++)
    for (int kx = 0; kx < l->kernel_width; kx++) {
      const int sy = y * l->stride_y - l->pad_top + ky * l->dilation_y, sx = x * l->stride_x - l->pad_left + kx * l->dilation_x;
      if (sy < 0 || sy >= l->height || sx < 0 || sx >= l->width) continue;
      const double one = *at(&((const pooling_case *)layer)->source, sy, sx, c);
      sum += one;
      largest = fmax(largest, one);
      seen++;
    }
  if (!seen) return;
  if (l->kind == DV_POOL_MAXIMUM) expect_near(y, x, c, value, largest, 0);
  else expect_near(y, x, c, value, sum / (l->counts_padding ? l->kernel_height * l->kernel_width : seen), 1e-6);
}

static void run_pooling(const void *layer, dv_image destination, const dv_span *spans, size_t count, int compact) {
  const pooling_case *l = layer;
  dv_pool(&l->layer, image_of(&l->source), destination, spans, count, compact);
}

void test_pooling(void) {
  static const int channels_of[] = {1, 3, 15, 16, 17, 63, 64, 65, 130};
  for (int seed = 0; seed < 200; seed++) {
    begin_case();
    dice d = dice_of(seed);
    pooling_case l = {.layer.kind = dice_chance(&d, 2) ? DV_POOL_MAXIMUM : DV_POOL_AVERAGE};
    dv_pooling *p = &l.layer;
    p->counts_padding = dice_chance(&d, 2);
    p->kernel_height = dice_int(&d, 1, 4);
    p->kernel_width = dice_int(&d, 1, 4);
    p->stride_y = dice_int(&d, 1, 3);
    p->stride_x = dice_int(&d, 1, 3);
    const bool is_dilated = dice_chance(&d, 3);
    p->dilation_y = is_dilated ? 2 : 1;
    p->dilation_x = is_dilated ? dice_int(&d, 1, 2) : 1;
    p->pad_top = dice_int(&d, 0, p->kernel_height - 1);
    p->pad_bottom = dice_int(&d, 0, p->kernel_height - 1);
    p->pad_left = dice_int(&d, 0, p->kernel_width - 1);
    p->pad_right = dice_int(&d, 0, p->kernel_width - 1);
    const int extent_y = (p->kernel_height - 1) * p->dilation_y + 1, extent_x = (p->kernel_width - 1) * p->dilation_x + 1;
    p->height = dice_int(&d, extent_y, 10);
    p->width = dice_int(&d, extent_x, 12);
    p->channels = PICK(&d, channels_of);
    describe("pooling, seed %d: %s kernel %d×%d stride %d×%d dilation %d×%d on %d×%d×%d", seed, p->kind ? "average" : "maximum",
             p->kernel_height, p->kernel_width, p->stride_y, p->stride_x, p->dilation_y, p->dilation_x, p->height, p->width, p->channels);
    l.source = random_canvas(p->height, p->width, p->channels, p->channels + dice_int(&d, 0, 9), &d);
    expect_kernel((p->height + p->pad_top + p->pad_bottom - extent_y) / p->stride_y + 1,
                  (p->width + p->pad_left + p->pad_right - extent_x) / p->stride_x + 1, p->channels, &d, &l, check_pooling, run_pooling);
  }
}

void test_global_pooling(void) {
  static const int channels_of[] = {1, 3, 16, 17, 64, 130}, heights[] = {1, 7, 40};
  for (int k = 0; k < COUNT_OF(channels_of) * COUNT_OF(heights) * 2; k++) {
    begin_case();
    const int channels = channels_of[k / 2 % COUNT_OF(channels_of)], height = heights[k / 2 / COUNT_OF(channels_of)];
    const dv_pool_kind kind = k % 2 ? DV_POOL_MAXIMUM : DV_POOL_AVERAGE;
    dice d = dice_of(channels * 100 + height);
    const int width = dice_int(&d, 1, 33), first = channels > 20 ? 16 : 0;
    describe("global pooling: %s of %d×%d, channels %d to %d", k % 2 ? "maximum" : "average", height, width, first, channels);
    const canvas source = random_canvas(height, width, channels, channels + dice_int(&d, 0, 5), &d);
    const canvas result = canvas_of(1, 1, channels, channels);
    dv_global_pool(kind, height, width, first, channels, image_of(&source), at(&result, 0, 0, 0));
    expect_undamaged(&result, "beyond the channels");
    for (int c = 0; c < channels; c++) {
      const float value = *at(&result, 0, 0, c);
      if (c < first) {
        EXPECT(bits_of(value) == GUARD);
        continue;
      }
      double sum = 0, largest = -INFINITY;
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) sum += *at(&source, y, x, c), largest = fmax(largest, *at(&source, y, x, c));
      expect_near(0, 0, c, value, kind == DV_POOL_MAXIMUM ? largest : sum / (height * width), kind == DV_POOL_MAXIMUM ? 0 : 1e-6);
    }
  }
}

void test_mean_squares(void) {
  static const int channels_of[] = {1, 3, 15, 16, 17, 64, 130}, heights[] = {1, 7, 40};
  for (int k = 0; k < COUNT_OF(channels_of) * COUNT_OF(heights); k++) {
    begin_case();
    const int channels = channels_of[k % COUNT_OF(channels_of)], height = heights[k / COUNT_OF(channels_of)];
    dice d = dice_of(k);
    const int width = dice_int(&d, 1, 33);
    describe("mean squares of %d×%d, %d channels", height, width, channels);
    const canvas source = random_canvas(height, width, channels, channels + dice_int(&d, 0, 5), &d), result = canvas_of(1, 1, channels, channels);
    const float *means = dice_floats(&d, channels);
    dv_mean_squares(height, width, channels, means, image_of(&source), at(&result, 0, 0, 0));
    expect_undamaged(&result, "beyond the channels");
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) sum += pow((double)*at(&source, y, x, c) - means[c], 2);
      const double wanted = sum / (height * width);
      expect_near(0, 0, c, *at(&result, 0, 0, c), wanted, 5e-6 * wanted + 1e-7);
    }
  }
}
