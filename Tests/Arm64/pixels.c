// Kernels that treat every pixel by itself against loops in double precision.
#include <float.h>

#include "testing.h"

static const int channel_counts[] = {1, 2, 3, 15, 16, 17, 33, 64, 130};

typedef struct {
  dv_binary_function function;
  bool is_one_pixel, is_one_channel, is_swapped;
  canvas a, b;
} binary_case;

static double exact_binary(dv_binary_function f, double a, double b) {
  switch (f) {
    case DV_ADD: return a + b;
    case DV_SUBTRACT: return a - b;
    case DV_MULTIPLY: return a * b;
    case DV_DIVIDE: return a / b;
    case DV_MINIMUM: return fmin(a, b);
    case DV_MAXIMUM: return fmax(a, b);
    case DV_PRELU: return a < 0 ? a * b : a;
  }
  return NAN;
}

static void check_binary(const void *layer, int y, int x, int c, float value) {
  const binary_case *l = layer;
  const double a = *at(&l->a, y, x, c), b = *at(&l->b, l->is_one_pixel ? 0 : y, l->is_one_pixel ? 0 : x, l->is_one_channel ? 0 : c);
  const double wanted = l->is_swapped ? exact_binary(l->function, b, a) : exact_binary(l->function, a, b);
  expect_near(y, x, c, value, wanted, 1e-7 * fabs(wanted));
}

static void run_binary(const void *layer, dv_image destination, const dv_span *spans, size_t count, int compact) {
  const binary_case *l = layer;
  dv_image b = image_of(&l->b);
  if (l->is_one_pixel) b.row = b.pixel = 0;
  dv_binary(l->function, l->a.channels, image_of(&l->a), b, !l->is_one_channel, l->is_swapped, destination, spans, count, compact);
}

void test_binary(void) {
  for (int seed = 0; seed < 280; seed++) {
    begin_case();
    dice d = dice_of(seed);
    binary_case l = {.function = (dv_binary_function)(seed % (DV_PRELU + 1))};
    const int channels = PICK(&d, channel_counts), height = dice_int(&d, 1, 4), width = dice_int(&d, 1, 9);
    l.is_one_pixel = dice_chance(&d, 2);
    l.is_one_channel = dice_chance(&d, 2);
    l.is_swapped = dice_chance(&d, 2);
    describe("binary, seed %d: function %d channels %d%s%s%s", seed, l.function, channels, l.is_one_pixel ? ", one pixel" : "",
             l.is_one_channel ? ", one channel" : "", l.is_swapped ? ", swapped" : "");
    l.a = random_canvas(height, width, channels, channels + dice_int(&d, 0, 9), &d);
    l.b = random_canvas(l.is_one_pixel ? 1 : height, l.is_one_pixel ? 1 : width, l.is_one_channel ? 1 : channels,
                        l.is_one_channel ? 1 + dice_int(&d, 0, 2) : channels, &d);
    expect_kernel(height, width, channels, &d, &l, check_binary, run_binary);
  }
}

typedef struct {
  const activation_case *function;
  const float *scale, *bias;
  canvas source;
} unary_case;

static void check_unary(const void *layer, int y, int x, int c, float value) {
  const unary_case *l = layer;
  const double v = *at(&l->source, y, x, c), sum = l->scale ? v * l->scale[c] + l->bias[c] : v;
  expect_near(y, x, c, value, exact_activation(l->function->activation, sum), activation_allowance(l->function, sum, 2e-7));
}

static void run_unary(const void *layer, dv_image destination, const dv_span *spans, size_t count, int compact) {
  const unary_case *l = layer;
  dv_unary(l->function->activation, l->scale, l->bias, l->source.channels, image_of(&l->source), destination, spans, count, compact);
}

void test_unary(void) {
  for (int seed = 0; seed < 170; seed++) {
    begin_case();
    dice d = dice_of(seed);
    unary_case l = {.function = &activations[seed % activation_count]};
    const int channels = PICK(&d, channel_counts), height = dice_int(&d, 1, 4), width = dice_int(&d, 1, 9);
    const bool is_affine = dice_chance(&d, 2);
    describe("unary, seed %d: %s%s, channels %d", seed, l.function->name, is_affine ? ", affine" : "", channels);
    l.source = random_canvas(height, width, channels, channels + dice_int(&d, 0, 9), &d);
    if (is_affine) l.scale = dice_floats(&d, channels), l.bias = dice_floats(&d, channels);
    expect_kernel(height, width, channels, &d, &l, check_unary, run_unary);
  }
}

// Every power of two and its neighbourhood, and a fine grid where the functions bend.
static int draw_arguments(float *x) {
  static const float ends[] = {0.f, -0.f, 1e-45f, -1e-45f, FLT_MIN, -FLT_MIN, FLT_MAX, -FLT_MAX}, factors[] = {1.f, 1.1f, 1.37f, 1.9f};
  int count = 0;
  for (int i = 0; i < COUNT_OF(ends); i++) x[count++] = ends[i];
  for (int e = -126; e <= 127; e++)
    for (int k = 0; k < COUNT_OF(factors); k++) x[count++] = scalbnf(factors[k], e), x[count++] = -scalbnf(factors[k], e);
  for (int i = -4000; i <= 4000; i++) x[count++] = (float)i * .025f;
  for (int i = -3000; i <= 3000; i++) x[count++] = (float)i * .0001f;
  return count;
}

// How far off, relative to the result: where the argument of e^x is a rounded product of up to 88, that counts.
static double relative_allowance(dv_function f) { return f == DV_SWISH || f == DV_GELU_TANH ? 2e-5 : 1.5e-6; }

// How far off besides.
static double absolute_allowance(dv_function f, double x) {
  switch (f) {
    // Mish and ELU subtract numbers near one: their error is relative to one there.
    case DV_MISH: return 2e-6;
    case DV_ELU: case DV_HARD_SIGMOID: case DV_HARD_SWISH: return 2e-7;
    // Below -87 the sigmoid is no normal number and flushes to zero; times x that is this much.
    case DV_SILU: return 1.1e-36;
    // These multiply x itself, not x where it was bounded, by a factor of that size.
    case DV_SWISH: case DV_GELU_TANH: return 1.1e-36 + 7e-39 * fabs(x);
    case DV_GELU: return 1e-6;
    default: return 2e-38;
  }
}

void test_activation_accuracy(void) {
  for (int i = 0; i < activation_count; i++) {
    begin_case();
    describe("%s over the range of floats", activations[i].name);
    const dv_activation f = activations[i].activation;
    float *source = take(20000 * sizeof *source);
    const int count = draw_arguments(source);
    const canvas result = canvas_of(1, 1, count, count);
    dv_unary(f, NULL, NULL, count, (dv_image){source, 0, 0}, image_of(&result), &(dv_span){0, 0, 1}, 1, 0);
    expect_undamaged(&result, "beyond the values");
    for (int k = 0; k < count; k++) {
      const double x = source[k], exact = exact_activation(f, x);
      const float y = *at(&result, 0, 0, k);
      // Exp saturates near the largest power that fits: 2.4e38, one rounding below overflow of its polynomial.
      if (f.function == DV_EXP && x > 88.37) {
        EXPECT(y >= 2.3e38f);
        continue;
      }
      const double allowed = relative_allowance(f.function) * fabs(exact) + absolute_allowance(f.function, x);
      if (!isfinite(y) || fabs(y - exact) > allowed) fail("of %.9g it is %.9g instead of %.9g", x, y, exact);
    }
  }
}

typedef struct {
  int keeps_mean;
  float epsilon;
  const float *scale, *bias;
  canvas source;
} normalization_case;

static void check_normalization(const void *layer, int y, int x, int c, float value) {
  const normalization_case *l = layer;
  const int channels = l->source.channels;
  double mean = 0, square = 0;
  for (int i = 0; i < channels && !l->keeps_mean; i++) mean += (double)*at(&l->source, y, x, i) / channels;
  for (int i = 0; i < channels; i++) square += pow(*at(&l->source, y, x, i) - mean, 2) / channels;
  const double normal = (*at(&l->source, y, x, c) - mean) / sqrt(square + l->epsilon);
  // Of one channel nothing but its mean's rounding is left, which a small epsilon makes large.
  expect_near(y, x, c, value, normal * l->scale[c] + l->bias[c], 2e-6 * (fabs(normal) + 1) + 1e-7 / sqrt(square + l->epsilon));
}

static void run_normalization(const void *layer, dv_image destination, const dv_span *spans, size_t count, int compact) {
  const normalization_case *l = layer;
  dv_normalize_pixels(l->scale, l->bias, l->epsilon, l->keeps_mean, l->source.channels, image_of(&l->source), destination, spans, count,
                      compact);
}

void test_normalize_pixels(void) {
  static const float epsilons[] = {1e-5f, 1e-3f, .1f};
  for (int seed = 0; seed < 120; seed++) {
    begin_case();
    dice d = dice_of(seed);
    normalization_case l = {.keeps_mean = dice_chance(&d, 2), .epsilon = PICK(&d, epsilons)};
    const int channels = PICK(&d, channel_counts), height = dice_int(&d, 1, 4), width = dice_int(&d, 1, 9);
    describe("normalization, seed %d: channels %d, epsilon %g%s", seed, channels, l.epsilon, l.keeps_mean ? ", the mean kept" : "");
    l.source = random_canvas(height, width, channels, channels + dice_int(&d, 0, 9), &d);
    l.scale = dice_floats(&d, (channels + 15) / 16 * 16);
    l.bias = dice_floats(&d, (channels + 15) / 16 * 16);
    expect_kernel(height, width, channels, &d, &l, check_normalization, run_normalization);
  }
}

void test_softmax(void) {
  static const int lengths[] = {1, 2, 15, 16, 17, 80, 1001};
  static const float scales[] = {1, 20, 1e4f};
  enum { ROWS = 3 };
  for (int k = 0; k < COUNT_OF(lengths) * COUNT_OF(scales) * 2; k++) {
    begin_case();
    const int length = lengths[k / 2 % COUNT_OF(lengths)], is_logarithm = k % 2;
    const float scale = scales[k / 2 / COUNT_OF(lengths)];
    describe("softmax of length %d, scale %g%s", length, scale, is_logarithm ? ", logarithm" : "");
    dice d = dice_of(k);
    float *source = dice_floats(&d, length * ROWS);
    for (int i = 0; i < length * ROWS; i++) source[i] *= scale;
    const canvas result = canvas_of(1, ROWS, length, length);
    dv_softmax(source, at(&result, 0, 0, 0), length, ROWS, is_logarithm);
    expect_undamaged(&result, "beyond the rows");
    for (int row = 0; row < ROWS; row++) {
      const float *x = source + row * length;
      double largest = -INFINITY, sum = 0;
      for (int i = 0; i < length; i++) largest = fmax(largest, x[i]);
      for (int i = 0; i < length; i++) sum += exp(x[i] - largest);
      for (int i = 0; i < length; i++) {
        const double exact = is_logarithm ? x[i] - largest - log(sum) : exp(x[i] - largest) / sum;
        expect_near(0, row, i, *at(&result, 0, row, i), exact, is_logarithm ? 3e-6 * (fabs(x[i]) + fabs(largest) + 1) : 4e-6 * exact + 2e-38);
      }
    }
  }
}

typedef struct {
  int step, channels;
  const int32_t *map;
  canvas source;
} copy_case;

static void check_copy(const void *layer, int y, int x, int c, float value) {
  const copy_case *l = layer;
  expect_near(y, x, c, value, *at(&l->source, y * l->step, x * l->step, l->map ? l->map[c] : c), 0);
}

static void run_copy(const void *layer, dv_image destination, const dv_span *spans, size_t count, int compact) {
  const copy_case *l = layer;
  dv_image source = image_of(&l->source);
  source.row *= l->step, source.pixel *= l->step;
  dv_copy(l->map, l->channels, source, destination, spans, count, compact);
}

void test_copy(void) {
  for (int seed = 0; seed < 120; seed++) {
    begin_case();
    dice d = dice_of(seed);
    const int from = PICK(&d, channel_counts), height = dice_int(&d, 1, 4), width = dice_int(&d, 1, 9);
    copy_case l = {.step = dice_int(&d, 1, 3), .channels = from};
    if (dice_chance(&d, 2)) {
      l.channels = PICK(&d, channel_counts);
      int32_t *map = take((size_t)l.channels * sizeof *map);
      for (int c = 0; c < l.channels; c++) map[c] = dice_int(&d, 0, from - 1);
      l.map = map;
    }
    describe("copy, seed %d: channels %d→%d%s, step %d", seed, from, l.channels, l.map ? ", mapped" : "", l.step);
    l.source = random_canvas((height - 1) * l.step + 1, (width - 1) * l.step + 1, from, from + dice_int(&d, 0, 9), &d);
    expect_kernel(height, width, l.channels, &d, &l, check_copy, run_copy);
  }
}

typedef struct {
  dv_resize layer;
  canvas source;
} resize_case;

static void check_resize(const void *layer, int y, int x, int c, float value) {
  const resize_case *l = layer;
  const dv_resize *r = &l->layer;
  const double first = *at(&l->source, r->first_y[y], r->first_x[x], c);
  if (!r->weight_y) return expect_near(y, x, c, value, first, 0);
  const double wx = r->weight_x[x], wy = r->weight_y[y];
  const double upper = first * (1 - wx) + *at(&l->source, r->first_y[y], r->second_x[x], c) * wx;
  const double lower = *at(&l->source, r->second_y[y], r->first_x[x], c) * (1 - wx) + *at(&l->source, r->second_y[y], r->second_x[x], c) * wx;
  expect_near(y, x, c, value, upper * (1 - wy) + lower * wy, 5e-7);
}

static void run_resize(const void *layer, dv_image destination, const dv_span *spans, size_t count, int compact) {
  const resize_case *l = layer;
  dv_resize_run(&l->layer, image_of(&l->source), destination, spans, count, compact);
}

static void draw_axis(int from, int to, dice *d, const int32_t **first, const int32_t **second, const float **weight) {
  int32_t *one = take((size_t)to * sizeof *one), *two = take((size_t)to * sizeof *two);
  float *w = take((size_t)to * sizeof *w);
  for (int i = 0; i < to; i++) {
    one[i] = dice_int(d, 0, from - 1);
    two[i] = one[i] + 1 < from ? one[i] + 1 : from - 1;
    w[i] = (float)dice_int(d, 0, 64) / 64;
  }
  *first = one, *second = two, *weight = w;
}

void test_resize(void) {
  for (int seed = 0; seed < 120; seed++) {
    begin_case();
    dice d = dice_of(seed);
    resize_case l = {.layer.channels = PICK(&d, channel_counts)};
    const int from_y = dice_int(&d, 1, 5), from_x = dice_int(&d, 1, 6), to_y = dice_int(&d, 1, 6), to_x = dice_int(&d, 1, 11);
    draw_axis(from_y, to_y, &d, &l.layer.first_y, &l.layer.second_y, &l.layer.weight_y);
    draw_axis(from_x, to_x, &d, &l.layer.first_x, &l.layer.second_x, &l.layer.weight_x);
    if (dice_chance(&d, 2)) l.layer.weight_y = l.layer.weight_x = NULL;
    describe("resize, seed %d: %d×%d→%d×%d channels %d, %s", seed, from_y, from_x, to_y, to_x, l.layer.channels,
             l.layer.weight_y ? "linear" : "nearest");
    l.source = random_canvas(from_y, from_x, l.layer.channels, l.layer.channels + dice_int(&d, 0, 9), &d);
    expect_kernel(to_y, to_x, l.layer.channels, &d, &l, check_resize, run_resize);
  }
}
