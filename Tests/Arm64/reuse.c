// What decides which pixels are kept, and the masks that carry it on, against loops by definition.
#include "testing.h"

static bool same_bits(float a, float b) { return bits_of(a) == bits_of(b); }

// Fresh pixels for the spans of a stored image, and which of them are to be written.
typedef struct {
  canvas before, fresh;
  span_list spans;
  int *rows, *columns;  // of the k-th pixel
  bool *moves;
} commit_case;

static commit_case draw_commit(const int *channel_counts, int count, dice *d) {
  const int channels = channel_counts[dice_int(d, 0, count - 1)], height = dice_int(d, 1, 5), width = dice_int(d, 1, 9);
  commit_case l = {.before = random_canvas(height, width, channels, channels + dice_int(d, 0, 9), d), .spans = random_spans(height, width, d)};
  const int pixels = l.spans.pixels;
  l.fresh = canvas_of(1, pixels ? pixels : 1, channels, channels + dice_int(d, 0, 9));
  l.rows = take((size_t)pixels * sizeof *l.rows);
  l.columns = take((size_t)pixels * sizeof *l.columns);
  l.moves = take((size_t)pixels * sizeof *l.moves);
  int k = 0;
  for (size_t i = 0; i < l.spans.count; i++)
    for (int x = l.spans.spans[i].begin; x < l.spans.spans[i].end; x++, k++) l.rows[k] = l.spans.spans[i].row, l.columns[k] = x;
  return l;
}

// Runs dv_commit_weighted with a rule, else dv_commit.
static void expect_commit(const commit_case *l, const dv_truncation *rule, float tolerance) {
  const canvas *before = &l->before;
  const int channels = before->channels, pixels = l->spans.pixels;
  const canvas stored = canvas_of(before->height, before->width, channels, before->pixel);
  for (int y = 0; y < before->height; y++)
    for (int x = 0; x < before->width; x++) memcpy(at(&stored, y, x, 0), at(before, y, x, 0), (size_t)channels * sizeof(float));
  uint8_t *flags = take((size_t)pixels + 1);
  memset(flags, 7, (size_t)pixels + 1);
  const size_t written = rule ? dv_commit_weighted(rule, at(&l->fresh, 0, 0, 0), l->fresh.pixel, channels, image_of(&stored), l->spans.spans,
                                                   l->spans.count, flags)
                              : dv_commit(at(&l->fresh, 0, 0, 0), l->fresh.pixel, channels, tolerance, image_of(&stored), l->spans.spans,
                                          l->spans.count, flags);
  expect_undamaged(&stored, "stored");
  EXPECT(flags[pixels] == 7);
  size_t expected = 0;
  for (int k = 0; k < pixels; k++) {
    expected += l->moves[k];
    if (flags[k] != l->moves[k]) fail("pixel (%d, %d) moves: %d, its flag is %d", l->rows[k], l->columns[k], l->moves[k], flags[k]);
    for (int c = 0; c < channels; c++) {
      const float wanted = l->moves[k] ? *at(&l->fresh, 0, k, c) : *at(before, l->rows[k], l->columns[k], c);
      const float value = *at(&stored, l->rows[k], l->columns[k], c);
      if (!same_bits(value, wanted)) fail("(%d, %d, %d) is %g instead of %g", l->rows[k], l->columns[k], c, value, wanted);
    }
  }
  if (written != expected) fail("%zu written instead of %zu", written, expected);
  for (int y = 0; y < before->height; y++)
    for (int x = 0; x < before->width; x++)
      for (int c = 0; c < channels && !is_among(&l->spans, y, x); c++)
        if (!same_bits(*at(&stored, y, x, c), *at(before, y, x, c))) fail("(%d, %d) is in no span and was written", y, x);
}

// Tolerance 0 means the same bits: a stored +0 does not stand for a fresh -0, nor a number for another whose difference flushes to zero.
static void test_exact_commit(void) {
  static const struct {
    float old, new, tolerance;
    bool moves;
  } pairs[] = {{0.f, -0.f, 0, true},     {-0.f, 0.f, 0, true},      {0, 0, 0, false},
               {0.f, -0.f, .1f, false}, {2e-38f, 2.1e-38f, 0, true}, {NAN, NAN, .1f, true}};
  for (int i = 0; i < COUNT_OF(pairs); i++) {
    begin_case();
    describe("commit of %g over %g at tolerance %g", pairs[i].new, pairs[i].old, pairs[i].tolerance);
    commit_case l = {.before = canvas_of(1, 1, 19, 19), .fresh = canvas_of(1, 1, 19, 19), .spans = all_rows(1, 1)};
    int zero = 0;
    bool moves = pairs[i].moves;
    l.rows = l.columns = &zero, l.moves = &moves;
    for (int c = 0; c < 19; c++) *at(&l.before, 0, 0, c) = *at(&l.fresh, 0, 0, c) = 1;
    *at(&l.before, 0, 0, 18) = pairs[i].old, *at(&l.fresh, 0, 0, 18) = pairs[i].new;
    expect_commit(&l, NULL, pairs[i].tolerance);
  }
}

void test_commit(void) {
  static const int channels_of[] = {1, 3, 15, 16, 17, 64, 65, 130};
  static const float tolerances[] = {0, .125f, .5f};
  for (int seed = 0; seed < 200; seed++) {
    begin_case();
    dice d = dice_of(seed);
    commit_case l = draw_commit(channels_of, COUNT_OF(channels_of), &d);
    const int channels = l.before.channels;
    const float tolerance = PICK(&d, tolerances);
    describe("commit, seed %d: channels %d, tolerance %g", seed, channels, tolerance);
    for (int k = 0; k < l.spans.pixels; k++) {
      for (int c = 0; c < channels; c++) *at(&l.fresh, 0, k, c) = *at(&l.before, l.rows[k], l.columns[k], c);
      // Mostly one channel moves, anywhere, also by exactly the tolerance and to a NaN.
      const float moves[] = {0, tolerance, tolerance * 1.5f + .001f, -tolerance * 2 - .001f, NAN}, move = PICK(&d, moves);
      if (move != 0) *at(&l.fresh, 0, k, dice_int(&d, 0, channels - 1)) += move;
      for (int c = 0; c < channels; c++)
        l.moves[k] |= !(fabsf(*at(&l.fresh, 0, k, c) - *at(&l.before, l.rows[k], l.columns[k], c)) <= tolerance);
    }
    expect_commit(&l, NULL, tolerance);
  }
  test_exact_commit();
}

void test_weighted_commit(void) {
  static const int channels_of[] = {1, 3, 16, 17, 64, 65};
  // Powers of two: sums are exact in any order.
  static const float values[] = {0, .25f, 1, 2}, steps[] = {0, 0, 0, .5f, 1}, factors[] = {1, 4, 16};
  for (int seed = 0; seed < 120; seed++) {
    begin_case();
    dice d = dice_of(seed);
    commit_case l = draw_commit(channels_of, COUNT_OF(channels_of), &d);
    const int channels = l.before.channels;
    describe("weighted commit, seed %d: channels %d", seed, channels);
    float *weights = take((size_t)(channels + 15) / 16 * 16 * sizeof *weights);
    for (int c = 0; c < channels; c++) weights[c] = PICK(&d, values);
    int32_t *rows = take((size_t)l.before.height * sizeof *rows), *columns = take((size_t)l.before.width * sizeof *columns);
    for (int x = 0; x < l.before.width; x++) columns[x] = x % 3;
    const bool is_mapped = dice_chance(&d, 2);
    const dv_truncation rule = {weights, .5f, is_mapped ? factors : NULL, rows, columns};
    for (int k = 0; k < l.spans.pixels; k++) {
      // Whole steps on top of stored values that are exact: the difference is what was added.
      float sum = 0;
      for (int c = 0; c < channels; c++) {
        float *stored = at(&l.before, l.rows[k], l.columns[k], c), *fresh = at(&l.fresh, 0, k, c);
        *stored = rintf(*stored);
        *fresh = *stored + PICK(&d, steps);
      }
      if (dice_chance(&d, 10)) *at(&l.fresh, 0, k, dice_int(&d, 0, channels - 1)) = NAN;
      for (int c = 0; c < channels; c++) {
        const float difference = *at(&l.fresh, 0, k, c) - *at(&l.before, l.rows[k], l.columns[k], c);
        sum += difference * difference * weights[c];
      }
      l.moves[k] = !(sum <= rule.limit * (is_mapped ? factors[l.columns[k] % 3] : 1));
    }
    expect_commit(&l, &rule, 0);
  }
}

static uint8_t *draw_mask(int width, int rarity, dice *d) {
  uint8_t *mask = take((size_t)width + 1);
  for (int x = 0; x < width; x++) mask[x] = dice_int(d, 0, rarity) == 0;
  mask[width] = 9;
  return mask;
}

void test_masks(void) {
  static const int rarities[] = {1, 3, 30};
  for (int seed = 0; seed < 300; seed++) {
    begin_case();
    dice d = dice_of(seed);
    const int width = dice_int(&d, 1, 90), rarity = PICK(&d, rarities);
    describe("masks, seed %d: width %d", seed, width);
    uint8_t *row = draw_mask(width, rarity, &d), *drawn = take((size_t)width);
    dv_span *spans = take((size_t)(width + 1) / 2 * sizeof *spans);
    const size_t count = dv_mask_spans(row, 4, width, spans);
    for (size_t i = 0; i < count; i++) {
      EXPECT(spans[i].row == 4);
      EXPECT(spans[i].begin < spans[i].end);
      EXPECT(i == 0 || spans[i - 1].end < spans[i].begin);
      for (int x = spans[i].begin; x < spans[i].end; x++) drawn[x] = 1;
    }
    EXPECT(!memcmp(drawn, row, (size_t)width));
  }
}
