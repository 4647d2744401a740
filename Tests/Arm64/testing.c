#include "testing.h"

#include <stdarg.h>

dice dice_of(int seed) { return (dice){(uint64_t)(int64_t)seed * 0x9e3779b97f4a7c15u + 0x123456789abcdef1u}; }

// SplitMix64.
static uint64_t dice_next(dice *d) {
  uint64_t z = d->state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

int dice_int(dice *d, int least, int most) { return least + (int)(dice_next(d) % (uint64_t)(most - least + 1)); }
bool dice_chance(dice *d, int one_in) { return dice_int(d, 1, one_in) == 1; }
float dice_float(dice *d) {
  const float size = (float)dice_int(d, 1, 1000) / 1000;
  return dice_chance(d, 2) ? size : -size;
}
float *dice_floats(dice *d, int count) {
  float *floats = take((size_t)count * sizeof *floats);
  for (int i = 0; i < count; i++) floats[i] = dice_float(d);
  return floats;
}

static char what[512];
static int case_count;
static void *taken[256];
static int taken_count;

void begin_case(void) {
  while (taken_count) free(taken[--taken_count]);
  case_count++;
}

void describe(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
}

int take_case_count(void) {
  const int count = case_count;
  case_count = 0;
  return count;
}

void *take(size_t bytes) {
  void *memory = calloc(bytes ? bytes : 1, 1);
  if (!memory || taken_count == COUNT_OF(taken)) fail("no memory");
  taken[taken_count++] = memory;
  return memory;
}

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s: %s: ", dv_isa_name(), what);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

void expect_near(int y, int x, int c, float value, double wanted, double allowed) {
  if (!(fabs(value - wanted) <= allowed))
    fail("(%d, %d, %d) is %.9g instead of %.9g, off by %.3g, allowed %.3g", y, x, c, value, wanted, fabs(value - wanted), allowed);
}

uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static size_t floats_of(const canvas *image) { return (size_t)(image->height * image->row) + CANVAS_BEFORE + CANVAS_AFTER; }

canvas canvas_of(int height, int width, int channels, int pixel) {
  canvas image = {height, width, channels, pixel, (int64_t)width * pixel, NULL};
  image.floats = take(floats_of(&image) * sizeof *image.floats);
  const uint32_t guard = GUARD;
  for (size_t i = 0; i < floats_of(&image); i++) memcpy(image.floats + i, &guard, sizeof guard);
  return image;
}

canvas random_canvas(int height, int width, int channels, int pixel, dice *d) {
  canvas image = canvas_of(height, width, channels, pixel);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < channels; c++) *at(&image, y, x, c) = dice_float(d);
  return image;
}

float *at(const canvas *image, int y, int x, int c) { return image->floats + CANVAS_BEFORE + y * image->row + x * image->pixel + c; }
dv_image image_of(const canvas *image) { return (dv_image){image->floats + CANVAS_BEFORE, image->row, image->pixel}; }

void expect_undamaged(const canvas *image, const char *when) {
  const int64_t pixels = (int64_t)image->height * image->width, count = (int64_t)floats_of(image);
  for (int64_t i = 0; i < count; i++) {
    const int64_t place = i - CANVAS_BEFORE;
    const bool is_pixel = place >= 0 && place < pixels * image->pixel && place % image->pixel < image->channels;
    if (!is_pixel && bits_of(image->floats[i]) != GUARD)
      fail("%s: float %lld beyond the pixels was overwritten with %g", when, (long long)place, image->floats[i]);
  }
}

span_list all_rows(int height, int width) {
  span_list list = {take((size_t)height * sizeof(dv_span)), (size_t)height, height * width};
  for (int y = 0; y < height; y++) list.spans[y] = (dv_span){y, 0, width};
  return list;
}

span_list random_spans(int height, int width, dice *d) {
  span_list list = {take((size_t)(height * width) * sizeof(dv_span)), 0, 0};
  for (int y = 0; y < height; y++) {
    if (dice_chance(d, 4)) continue;
    for (int x = dice_int(d, 0, width - 1); x < width;) {
      const int end = dice_int(d, x + 1, width);
      list.spans[list.count++] = (dv_span){y, x, end};
      list.pixels += end - x;
      x = end + dice_int(d, 1, 3);
    }
  }
  return list;
}

bool is_among(const span_list *list, int y, int x) {
  for (size_t i = 0; i < list->count; i++)
    if (list->spans[i].row == y && list->spans[i].begin <= x && x < list->spans[i].end) return true;
  return false;
}

static void expect_same(const canvas *whole, int y, int x, const canvas *other, int other_y, int other_x, const char *when) {
  for (int c = 0; c < whole->channels; c++) {
    const float a = *at(whole, y, x, c), b = *at(other, other_y, other_x, c);
    if (bits_of(a) != bits_of(b)) fail("(%d, %d, %d) is %.9g %s and %.9g among all rows", y, x, c, b, when, a);
  }
}

void expect_kernel(int height, int width, int channels, dice *d, const void *layer, check_function check, run_function run) {
  static const int gaps[] = {0, 0, 1, 7, 19};
  const int pixel = channels + PICK(d, gaps);
  const canvas whole = canvas_of(height, width, channels, pixel);
  const span_list rows = all_rows(height, width);
  run(layer, image_of(&whole), rows.spans, rows.count, 0);
  expect_undamaged(&whole, "all rows");
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < channels; c++) check(layer, y, x, c, *at(&whole, y, x, c));

  const span_list some = random_spans(height, width, d);
  const canvas part = canvas_of(height, width, channels, pixel);
  run(layer, image_of(&part), some.spans, some.count, 0);
  expect_undamaged(&part, "spans");
  const canvas compact = canvas_of(1, some.pixels ? some.pixels : 1, channels, channels + dice_int(d, 0, 17));
  run(layer, image_of(&compact), some.spans, some.count, 1);
  expect_undamaged(&compact, "compact");
  int done = 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      if (is_among(&some, y, x)) {
        expect_same(&whole, y, x, &part, y, x, "among spans");
        expect_same(&whole, y, x, &compact, 0, done++, "in a compact run");
        continue;
      }
      for (int c = 0; c < channels; c++)
        if (bits_of(*at(&part, y, x, c)) != GUARD) fail("(%d, %d) was written and not asked for", y, x);
    }

  const int y = dice_int(d, 0, height - 1), x = dice_int(d, 0, width - 1);
  const canvas alone = canvas_of(height, width, channels, pixel);
  run(layer, image_of(&alone), &(dv_span){y, x, x + 1}, 1, 0);
  expect_undamaged(&alone, "one pixel");
  expect_same(&whole, y, x, &alone, y, x, "alone");
}

const activation_case activations[] = {
    {"identity", {DV_IDENTITY, 0, 0}, 1},
    {"relu", {DV_CLAMP, 0, INFINITY}, 1},
    {"relu6", {DV_CLAMP, 0, 6}, 1},
    {"clamp(-0.5, 0.25)", {DV_CLAMP, -.5f, .25f}, 1},
    {"leaky", {DV_LEAKY_RELU, .1f, 0}, 1},
    {"sigmoid", {DV_SIGMOID, 0, 0}, 1},
    {"silu", {DV_SILU, 0, 0}, 1.1},
    {"hard sigmoid", {DV_HARD_SIGMOID, .2f, .5f}, 1},
    {"hard swish", {DV_HARD_SWISH, 0, 0}, 1.5},
    {"tanh", {DV_TANH, 0, 0}, 1},
    {"exp", {DV_EXP, 0, 0}, 1},
    {"mish", {DV_MISH, 0, 0}, 1.1},
    {"elu", {DV_ELU, .7f, 0}, 1},
    {"swish(1.5)", {DV_SWISH, 1.5f, 0}, 1.1},
    {"erf", {DV_ERF, 0, 0}, 1.13},
    {"gelu", {DV_GELU, 0, 0}, 1.13},
    {"gelu by tanh", {DV_GELU_TANH, 0, 0}, 1.13},
};
const int activation_count = COUNT_OF(activations);

double exact_activation(dv_activation f, double x) {
  switch (f.function) {
    case DV_IDENTITY: return x;
    case DV_CLAMP: return fmin(fmax(x, f.a), f.b);
    case DV_LEAKY_RELU: return x < 0 ? f.a * x : x;
    case DV_SIGMOID: return 1 / (1 + exp(-x));
    case DV_SILU: return x / (1 + exp(-x));
    case DV_HARD_SIGMOID: return fmin(fmax(f.a * x + f.b, 0), 1);
    case DV_HARD_SWISH: return x * fmin(fmax(x / 6 + .5, 0), 1);
    case DV_TANH: return tanh(x);
    case DV_EXP: return exp(x);
    case DV_MISH: return x * tanh(x > 30 ? x : log1p(exp(x)));
    case DV_ELU: return x < 0 ? f.a * expm1(x) : x;
    case DV_SWISH: return x / (1 + exp(-f.a * x));
    case DV_ERF: return erf(x);
    case DV_GELU: return x / 2 * erfc(-x / sqrt(2));
    case DV_GELU_TANH: return x / (1 + exp(-2 * sqrt(2 / M_PI) * (x + .044715 * x * x * x)));
  }
  return NAN;
}

double activation_allowance(const activation_case *f, double x, double error) {
  const double y = exact_activation(f->activation, x), steepness = f->activation.function == DV_EXP ? fabs(y) : f->slope;
  return steepness * error + 2e-6 * fabs(y) + 1e-6;
}
