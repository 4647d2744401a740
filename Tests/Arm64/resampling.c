// dv_resample, pixel by pixel from its definition. All of it is integers: every version owes these very bytes.
#include "testing.h"

typedef struct {
  dv_resampling call;
  int rows, columns;  // of the result, before transposition
} resampling_case;

static int clamp_byte(int32_t v) { return v < 0 ? 0 : v > 255 ? 255 : v; }

// Sample (row, x) of a plane in 8 bits. Beyond the row, where a tap weighs nothing, 0.
static int sample(const dv_resampling *r, int plane, int row, int x) {
  const bool is_paired = plane && r->layout == DV_LAYOUT_SEMIPLANAR;
  if (x >= r->width[plane]) return 0;
  const uint8_t *line = r->plane[is_paired ? 1 : plane] + row * r->stride[is_paired ? 1 : plane];
  if (is_paired) return line[2 * x + plane - 1];
  if (!r->depth_shift) return line[x];
  uint16_t wide;
  memcpy(&wide, line + 2 * x, sizeof wide);
  return wide >> r->depth_shift & 255;
}

// Rows first, in 1/256, then columns, in 1/16384: value times 2^22, without bias.
static int32_t interpolate(const dv_resampling *r, int plane, const dv_columns *columns, const dv_row *row, int x) {
  int32_t sides[2];
  for (int k = 0; k < 2; k++) {
    const int a = sample(r, plane, row->top, columns->first[x] + k), b = sample(r, plane, row->bottom, columns->first[x] + k);
    sides[k] = a * 256 + (b - a) * row->weight;
  }
  return sides[0] * (columns->weights[x] & 0xffff) + sides[1] * (columns->weights[x] >> 16);
}

static void expected_pixel(const dv_resampling *r, int x, int y, uint8_t *rgb) {
  const dv_row *luma_row = &r->luma_rows[y], *chroma_row = &r->chroma_rows[y];
  if (r->layout == DV_LAYOUT_RGB) {
    // The planes come in the order of the result.
    for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)clamp_byte((interpolate(r, c, r->luma_columns, luma_row, x) + (1 << 21)) >> 22);
    return;
  }
  // With 7 bits of fraction; chroma around 128.
  const int32_t luma = r->y * ((interpolate(r, 0, r->luma_columns, luma_row, x) + (1 << 14)) >> 15);
  int32_t u = 0, v = 0;
  if (r->layout != DV_LAYOUT_GRAY) {
    u = ((interpolate(r, 1, r->chroma_columns, chroma_row, x) - (128 << 22) + (1 << 14)) >> 15);
    v = ((interpolate(r, 2, r->chroma_columns, chroma_row, x) - (128 << 22) + (1 << 14)) >> 15);
  }
  rgb[r->bgr ? 2 : 0] = (uint8_t)clamp_byte((luma + r->offset + r->rv * v) >> 20);
  rgb[1] = (uint8_t)clamp_byte((luma + r->green_offset + r->gu * u + r->gv * v) >> 20);
  rgb[r->bgr ? 0 : 2] = (uint8_t)clamp_byte((luma + r->offset + r->bu * u) >> 20);
}

// A source pixel in red, green and blue, as swscale's fast converter has it: samples in 1/8, weights in 1/8192, products cut off.
static void convert(const dv_resampling *r, int row, int x, int *rgb) {
  if (x >= r->width[0]) {
    rgb[0] = rgb[1] = rgb[2] = 0;
    return;
  }
  const dv_rgb_row *w = &r->rgb;
  const int chroma_row = row >> r->chroma_shift_y, chroma_x = x >> r->chroma_shift_x;
  const int u = sample(r, 1, chroma_row, chroma_x) * 8 - 1024, v = sample(r, 2, chroma_row, chroma_x) * 8 - 1024;
  const int level = ((sample(r, 0, row, x) * 8 - w->y_offset) * w->y) >> 16;
  rgb[0] = clamp_byte(level + ((v * w->rv) >> 16));
  rgb[1] = clamp_byte(level + ((u * w->gu) >> 16) + ((v * w->gv) >> 16));
  rgb[2] = clamp_byte(level + ((u * w->bu) >> 16));
}

static void expected_converted_pixel(const dv_resampling *r, int x, int y, uint8_t *rgb) {
  const dv_row *row = &r->rgb_rows[y];
  const int32_t weights = r->rgb_columns->weights[x];
  int taps[2][2][3];
  for (int k = 0; k < 2; k++)
    for (int side = 0; side < 2; side++) convert(r, k ? row->bottom : row->top, r->rgb_columns->first[x] + side, taps[k][side]);
  for (int c = 0; c < 3; c++) {
    int32_t sides[2];
    for (int k = 0; k < 2; k++) sides[k] = (taps[k][0][c] * (weights & 0xffff) + taps[k][1][c] * (weights >> 16)) >> 4;
    rgb[r->bgr ? 2 - c : c] = (uint8_t)((((sides[0] * (2048 - row->weight)) >> 16) + ((sides[1] * row->weight) >> 16) + 2) >> 2);
  }
}

// Tables of `count` columns on a plane of `samples`, rising or falling, weights out of `one`.
static const dv_columns *draw_columns(int count, int samples, int one, bool is_mirrored, dice *d) {
  const int blocks = (count + 15) / 16, padded = 16 * blocks;
  int32_t *first = take((size_t)padded * 4), *weights = take((size_t)padded * 4), *block_first = take((size_t)blocks * 4);
  int16_t *lanes = take((size_t)blocks * 64);
  uint8_t *kinds = take((size_t)blocks);
  for (int i = 0; i < padded; i++) {
    const int shown = i < count ? i : count - 1, place = is_mirrored ? count - 1 - shown : shown;
    first[i] = samples > 1 ? (int)((int64_t)place * (samples - 1) / count) : 0;
    const int weight = samples == 1 ? 0 : i < count ? dice_int(d, 0, one) : weights[count - 1] >> 16;
    weights[i] = (one - weight) | weight << 16;
  }
  for (int b = 0; b < blocks; b++) {
    int low = first[16 * b], high = low;
    for (int i = 16 * b; i < 16 * b + 16; i++) low = first[i] < low ? first[i] : low, high = first[i] > high ? first[i] : high;
    block_first[b] = low;
    kinds[b] = high + 1 - low < 32 ? 1 : high + 1 - low < 64 ? 2 : 0;
    for (int i = 0; i < 32 && kinds[b]; i++) lanes[32 * b + i] = (int16_t)(first[16 * b + i / 2] - low + i % 2);
  }
  dv_columns *columns = take(sizeof *columns);
  *columns = (dv_columns){first, weights, block_first, lanes, kinds};
  return columns;
}

static const dv_row *draw_rows(int count, int samples, int one, dice *d) {
  dv_row *rows = take((size_t)count * sizeof *rows);
  for (int i = 0; i < count; i++) {
    const int top = (int)((int64_t)i * samples / count);
    rows[i] = (dv_row){top, top + 1 < samples ? top + 1 : top, dice_int(d, 0, one)};
  }
  return rows;
}

static void draw_planes(resampling_case *l, int height, int chroma_height, dice *d) {
  dv_resampling *r = &l->call;
  const int bytes = r->depth_shift ? 2 : 1;
  for (int p = 0; p < 3; p++) {
    const int samples = r->width[p] * (p && r->layout == DV_LAYOUT_SEMIPLANAR ? 2 : 1), rows = p ? chroma_height : height;
    r->stride[p] = samples * bytes + 2 * dice_int(d, 0, 9);
    // Vectors read past a row's end.
    uint8_t *plane = take((size_t)(r->stride[p] * rows + 128));
    const uint16_t most = (uint16_t)((256 << r->depth_shift) - 1);
    for (int y = 0; y < rows; y++)
      for (int x = 0; x < samples; x++) {
        const uint16_t value = (uint16_t)(dice_chance(d, 8) ? most * dice_int(d, 0, 1) : dice_int(d, 0, most));
        if (bytes == 2) memcpy(plane + y * r->stride[p] + 2 * x, &value, 2);
        else plane[y * r->stride[p] + x] = (uint8_t)value;
      }
    r->plane[p] = plane;
  }
}

// Columns [x0, x1) and rows [y0, y1) against the definition; whatever else is in the result is left alone.
static void expect_part(const resampling_case *l, int x0, int x1, int y0, int y1, int version) {
  dv_resampling r = l->call;
  const int rows = r.transposed ? l->columns : l->rows, columns = r.transposed ? l->rows : l->columns;
  uint8_t *result = take((size_t)(rows * columns * 3) + 1);
  memset(result, 0xa5, (size_t)(rows * columns * 3) + 1);
  r.destination = result;
  r.destination_stride = 3 * columns;
  dv_resample(&r, x0, x1, y0, y1, version);
  EXPECT(result[rows * columns * 3] == 0xa5);
  for (int y = 0; y < l->rows; y++)
    for (int x = 0; x < l->columns; x++) {
      uint8_t wanted[3] = {0xa5, 0xa5, 0xa5};
      if (x >= x0 && x < x1 && y >= y0 && y < y1) (r.converts ? expected_converted_pixel : expected_pixel)(&r, x, y, wanted);
      const uint8_t *pixel = result + 3 * (r.transposed ? x * columns + y : y * columns + x);
      if (memcmp(pixel, wanted, 3))
        fail("columns %d to %d, rows %d to %d: pixel (%d, %d) is %d %d %d instead of %d %d %d", x0, x1, y0, y1, y, x, pixel[0], pixel[1],
             pixel[2], wanted[0], wanted[1], wanted[2]);
    }
}

void test_resample(void) {
  static const char *const layouts[] = {"planar", "semiplanar", "gray", "rgb"};
  static const int sizes[] = {1, 2, 3, 15, 16, 17, 40, 100, 333};
  const int version = dv_resample_best();
  for (int seed = 0; seed < 160; seed++) {
    begin_case();
    dice d = dice_of(seed);
    resampling_case l = {.rows = dice_int(&d, 1, 9), .columns = PICK(&d, sizes)};
    dv_resampling *r = &l.call;
    const int width = PICK(&d, sizes), height = dice_int(&d, 1, 12);
    r->layout = dice_int(&d, 0, 3);
    r->converts = r->layout <= DV_LAYOUT_SEMIPLANAR && dice_chance(&d, 2);
    if (!r->converts && r->layout != DV_LAYOUT_SEMIPLANAR && dice_chance(&d, 3)) r->depth_shift = dice_int(&d, 1, 4);
    r->bgr = r->layout != DV_LAYOUT_RGB && dice_chance(&d, 2);
    r->transposed = dice_chance(&d, 3);
    const bool is_whole = r->layout >= DV_LAYOUT_GRAY, is_mirrored = dice_chance(&d, 3);
    r->chroma_shift_x = is_whole ? 0 : dice_int(&d, 0, 1);
    r->chroma_shift_y = is_whole ? 0 : dice_int(&d, 0, 1);
    const int chroma_width = (width + r->chroma_shift_x) >> r->chroma_shift_x, chroma_height = (height + r->chroma_shift_y) >> r->chroma_shift_y;
    r->width[0] = width, r->width[1] = r->width[2] = chroma_width;
    describe("resampling, seed %d: %s%s %d×%d, shifts %d %d, depth shift %d → %d×%d%s%s%s", seed, layouts[r->layout],
             r->converts ? " converted" : "", height, width, r->chroma_shift_y, r->chroma_shift_x, r->depth_shift, l.rows, l.columns,
             r->bgr ? ", bgr" : "", r->transposed ? ", transposed" : "", is_mirrored ? ", mirrored" : "");
    draw_planes(&l, height, chroma_height, &d);
    r->luma_columns = draw_columns(l.columns, width, 16384, is_mirrored, &d);
    r->chroma_columns = draw_columns(l.columns, chroma_width, 16384, is_mirrored, &d);
    r->rgb_columns = draw_columns(l.columns, width, 2048, is_mirrored, &d);
    r->luma_rows = draw_rows(l.rows, height, 256, &d);
    r->chroma_rows = draw_rows(l.rows, chroma_height, 256, &d);
    r->rgb_rows = draw_rows(l.rows, height, 2048, &d);
    // BT.601 of limited range.
    r->y = 9539, r->rv = 13075, r->gu = -3209, r->gv = -6660, r->bu = 16525;
    r->offset = r->green_offset = -16 * 9539 * 128 + (1 << 19);
    r->rgb = (dv_rgb_row){128, 9539, 13075, -3209, -6660, 16525};
    r->columns = l.columns;
    r->scratch_row = width + 64;
    r->scratch = take((size_t)(3 * r->scratch_row + (3 * l.columns + 128) / 2 + 6 * (l.columns + 64)) * sizeof *r->scratch);
    expect_part(&l, 0, l.columns, 0, l.rows, version);
    const int x = dice_int(&d, 0, l.columns - 1), y = dice_int(&d, 0, l.rows - 1);
    expect_part(&l, x, x + 1, y, y + 1, version);
    expect_part(&l, x, dice_int(&d, x + 1, l.columns), y, dice_int(&d, y + 1, l.rows), version);
  }
}
