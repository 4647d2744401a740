// dv_convolve, dv_convolve_winograd and dv_convolve_depthwise against loops in double precision.
#include "testing.h"

// A sum and that of its terms' magnitudes, which bounds the rounding error.
typedef struct {
  double sum, magnitude;
} reference;

static void add_term(reference *r, double term) {
  r->sum += term;
  r->magnitude += fabs(term);
}

typedef enum { NO_RESIDUAL, RESIDUAL_BEFORE, RESIDUAL_AFTER } residual_kind;

// What the two convolutions over all channels have in common.
typedef struct {
  int height, width, outputs, panel_count, cut;
  const activation_case *function;
  residual_kind kind;
  canvas source, residual;
  reference *sums;
  double error;  // of a sum, for each unit of its terms' magnitudes
} dense_case;

static const reference *sum_at(const dense_case *l, int y, int x, int c) { return &l->sums[(y * l->width + x) * l->outputs + c]; }

static void check_dense(const void *layer, int y, int x, int c, float value) {
  const dense_case *l = layer;
  const reference *r = sum_at(l, y, x, c);
  const double residual = l->kind == NO_RESIDUAL ? 0 : *at(&l->residual, y, x, c);
  const double sum = r->sum + (l->kind == RESIDUAL_BEFORE ? residual : 0);
  expect_near(y, x, c, value, exact_activation(l->function->activation, sum) + (l->kind == RESIDUAL_AFTER ? residual : 0),
              activation_allowance(l->function, sum, l->error * (r->magnitude + 1)));
}

static void draw_dense(dense_case *l, dice *d) {
  l->function = &activations[dice_int(d, 0, activation_count - 1)];
  l->kind = (residual_kind)dice_int(d, 0, 2);
  l->residual = random_canvas(l->height, l->width, l->outputs, l->outputs + dice_int(d, 0, 5), d);
  l->sums = take((size_t)(l->height * l->width * l->outputs) * sizeof *l->sums);
  const int vectors = (l->outputs + 15) / 16, limit = dv_panel_limit();
  l->panel_count = (vectors + limit - 1) / limit;
  l->cut = dice_int(d, 0, l->panel_count);
}

static dv_image residual_of(const dense_case *l) { return l->kind == NO_RESIDUAL ? (dv_image){0} : image_of(&l->residual); }

// Panels of about equal width, of `channel_floats` weights a channel.
static dv_panel *panels_of(const dense_case *l, int64_t channel_floats) {
  const int vectors = (l->outputs + 15) / 16;
  dv_panel *panels = take((size_t)l->panel_count * sizeof *panels);
  int first = 0;
  for (int p = 0; p < l->panel_count; p++) {
    const int width = vectors / l->panel_count + (p < vectors % l->panel_count);
    panels[p] = (dv_panel){first, width, (int64_t)first * 16 * channel_floats};
    first += width;
  }
  return panels;
}

static float *padded_bias(const float *bias, int channels) {
  float *padded = take((size_t)(channels + 15) / 16 * 16 * sizeof *padded);
  memcpy(padded, bias, (size_t)channels * sizeof *padded);
  return padded;
}

typedef struct {
  dense_case dense;
  int kernel_y, kernel_x, stride_y, stride_x, dilation_y, dilation_x, inputs;
  bool is_contiguous;  // kernel rows are read as one run of memory
  dv_convolution layer;
} convolution_case;

// Weights as [output][kernel row][kernel column][input], brought into panels.
static void pack_convolution(convolution_case *l, const float *weights, const float *bias) {
  const int columns = l->is_contiguous ? 1 : l->kernel_x, depth = l->is_contiguous ? l->kernel_x * l->inputs : l->inputs;
  const int taps = l->kernel_y * columns, vectors = (l->dense.outputs + 15) / 16, steps = taps * depth;
  int64_t *offsets = take((size_t)taps * sizeof *offsets);
  for (int y = 0; y < l->kernel_y; y++)
    for (int x = 0; x < columns; x++)
      offsets[y * columns + x] = y * l->dilation_y * l->dense.source.row + x * l->dilation_x * l->dense.source.pixel;
  const dv_panel *panels = panels_of(&l->dense, steps);
  float *packed = take((size_t)vectors * 16 * (size_t)steps * sizeof *packed);
  for (int p = 0; p < l->dense.panel_count; p++) {
    const int width = panels[p].vectors * 16, first = panels[p].first_vector * 16;
    for (int k = 0; k < steps; k++)
      for (int o = 0; o < width && first + o < l->dense.outputs; o++)
        packed[panels[p].weights + (int64_t)k * width + o] = weights[(int64_t)(first + o) * steps + k];
  }
  l->layer.taps = taps;
  l->layer.depth = depth;
  l->layer.tap_offsets = offsets;
  l->layer.weights = packed;
  l->layer.bias = padded_bias(bias, l->dense.outputs);
  l->layer.panels = panels;
  l->layer.panel_count = l->dense.panel_count;
  l->layer.channels = l->dense.outputs;
  l->layer.source_row = l->stride_y * l->dense.source.row;
  l->layer.source_pixel = l->stride_x * l->dense.source.pixel;
  l->layer.activation = l->dense.function->activation;
  l->layer.adds_after_activation = l->dense.kind == RESIDUAL_AFTER;
}

static void sum_convolution(const convolution_case *l, const float *weights, const float *bias) {
  reference *r = l->dense.sums;
  for (int y = 0; y < l->dense.height; y++)
    for (int x = 0; x < l->dense.width; x++)
      for (int o = 0; o < l->dense.outputs; o++, r++) {
        const float *w = weights + (int64_t)o * l->kernel_y * l->kernel_x * l->inputs;
        add_term(r, bias[o]);
        for (int ky = 0; ky < l->kernel_y; ky++)
          for (int kx = 0; kx < l->kernel_x; kx++) {
            const float *p = at(&l->dense.source, y * l->stride_y + ky * l->dilation_y, x * l->stride_x + kx * l->dilation_x, 0);
            for (int i = 0; i < l->inputs; i++) add_term(r, (double)*w++ * p[i]);
          }
      }
}

static void run_convolution(const void *layer, dv_image destination, const dv_span *spans, size_t count, int compact) {
  const convolution_case *l = layer;
  const dv_image source = image_of(&l->dense.source), residual = residual_of(&l->dense);
  dv_convolve(&l->layer, source, destination, residual, spans, count, 0, l->dense.cut, compact);
  dv_convolve(&l->layer, source, destination, residual, spans, count, l->dense.cut, l->dense.panel_count, compact);
}

static void convolution_case_of(int kernel, int stride, int round) {
  static const int channels[] = {1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 48, 64, 65, 80, 96, 127, 130};
  static const int one_or_three[] = {1, 3}, row_dilations[] = {1, 1, 2}, column_dilations[] = {1, 1, 2, 3};
  static const int widths[] = {1, 2, 5, 6, 7, 11, 13}, blocks[] = {1, 5, 48, 768, 4000};
  static const char *const residuals[] = {"none", "before", "after"};
  const int seed = kernel * 1000 + stride * 100 + round;
  begin_case();
  dice d = dice_of(seed);
  convolution_case l = {.kernel_y = kernel, .kernel_x = kernel, .stride_y = stride, .stride_x = stride};
  const int many = PICK(&d, channels), few = dice_int(&d, 1, 24);
  l.inputs = round % 2 ? few : many;
  l.dense.outputs = round % 2 ? many : few;
  l.dense.error = 1e-6;
  if (dice_chance(&d, 4)) l.kernel_x = PICK(&d, one_or_three);
  if (dice_chance(&d, 4)) l.stride_x = dice_int(&d, 1, 3);
  l.is_contiguous = dice_chance(&d, 2);
  l.dilation_y = PICK(&d, row_dilations);
  l.dilation_x = l.is_contiguous ? 1 : PICK(&d, column_dilations);
  l.dense.height = dice_int(&d, 1, 4);
  l.dense.width = PICK(&d, widths);
  const int gap = l.is_contiguous ? 0 : dice_int(&d, 0, 9);
  l.dense.source = random_canvas((l.dense.height - 1) * l.stride_y + (l.kernel_y - 1) * l.dilation_y + 1,
                                 (l.dense.width - 1) * l.stride_x + (l.kernel_x - 1) * l.dilation_x + 1, l.inputs, l.inputs + gap, &d);
  draw_dense(&l.dense, &d);
  l.layer.block = PICK(&d, blocks);
  describe("convolution, seed %d: kernel %d×%d stride %d×%d dilation %d×%d channels %d→%d output %d×%d, %s, %s, residual %s, block %d, panels "
             "cut at %d of %d",
             seed, l.kernel_y, l.kernel_x, l.stride_y, l.stride_x, l.dilation_y, l.dilation_x, l.inputs, l.dense.outputs, l.dense.height,
             l.dense.width, l.is_contiguous ? "contiguous" : "tap by tap", l.dense.function->name, residuals[l.dense.kind], l.layer.block,
             l.dense.cut, l.dense.panel_count);
  const float *weights = dice_floats(&d, l.dense.outputs * l.kernel_y * l.kernel_x * l.inputs), *bias = dice_floats(&d, l.dense.outputs);
  pack_convolution(&l, weights, bias);
  sum_convolution(&l, weights, bias);
  expect_kernel(l.dense.height, l.dense.width, l.dense.outputs, &d, &l, check_dense, run_convolution);
}

void test_convolution(void) {
  static const int kernels[] = {1, 3, 5, 6};
  for (int k = 0; k < COUNT_OF(kernels); k++)
    for (int stride = 1; stride <= 3; stride++)
      for (int round = 0; round < 14; round++) convolution_case_of(kernels[k], stride, round);
}

typedef struct {
  dense_case dense;
  int inputs;
  dv_winograd layer;
  float *scratch;
  int32_t *index;
} winograd_case;

// G g Gᵀ of the nine taps g[i * step].
static void transform_taps(const float *g, int step, float *to) {
  float rows[4][3];
  for (int x = 0; x < 3; x++) {
    const float a = g[x * step], b = g[(3 + x) * step], c = g[(6 + x) * step];
    rows[0][x] = a, rows[1][x] = (a + b + c) / 2, rows[2][x] = (a - b + c) / 2, rows[3][x] = c;
  }
  for (int y = 0; y < 4; y++) {
    const float a = rows[y][0], b = rows[y][1], c = rows[y][2];
    to[4 * y] = a, to[4 * y + 1] = (a + b + c) / 2, to[4 * y + 2] = (a - b + c) / 2, to[4 * y + 3] = c;
  }
}

// Weights as [output][kernel row][kernel column][input].
static void pack_winograd(winograd_case *l, const float *weights, const float *bias) {
  const int depth = (l->inputs + 15) / 16 * 16, vectors = (l->dense.outputs + 15) / 16;
  const dv_panel *panels = panels_of(&l->dense, 16 * depth);
  float *packed = take((size_t)(16 * depth * vectors * 16) * sizeof *packed);
  int widest = 0;
  for (int p = 0; p < l->dense.panel_count; p++) {
    const int width = panels[p].vectors * 16, first = panels[p].first_vector * 16;
    if (panels[p].vectors > widest) widest = panels[p].vectors;
    for (int o = 0; o < width && first + o < l->dense.outputs; o++)
      for (int i = 0; i < l->inputs; i++) {
        float transformed[16];
        transform_taps(weights + (int64_t)(first + o) * 9 * l->inputs + i, l->inputs, transformed);
        for (int k = 0; k < 16; k++) packed[panels[p].weights + (int64_t)(k * depth + i) * width + o] = transformed[k];
      }
  }
  l->scratch = take((size_t)(l->layer.block * 16 * (depth + 16 * widest)) * sizeof *l->scratch);
  l->index = take((size_t)((l->dense.width + 1) / 2) * sizeof *l->index);
  l->layer.depth = l->inputs;
  l->layer.channels = l->dense.outputs;
  l->layer.height = l->dense.height;
  l->layer.width = l->dense.width;
  l->layer.weights = packed;
  l->layer.bias = padded_bias(bias, l->dense.outputs);
  l->layer.panels = panels;
  l->layer.panel_count = l->dense.panel_count;
  l->layer.activation = l->dense.function->activation;
  l->layer.adds_after_activation = l->dense.kind == RESIDUAL_AFTER;
}

static void run_winograd(const void *layer, dv_image destination, const dv_span *spans, size_t count, int compact) {
  const winograd_case *l = layer;
  const dv_image source = image_of(&l->dense.source), residual = residual_of(&l->dense);
  dv_convolve_winograd(&l->layer, source, destination, residual, spans, count, 0, l->dense.cut, compact, l->scratch, l->index);
  dv_convolve_winograd(&l->layer, source, destination, residual, spans, count, l->dense.cut, l->dense.panel_count, compact, l->scratch,
                       l->index);
}

void test_winograd(void) {
  static const int channels[] = {1, 3, 15, 16, 17, 32, 33, 48, 65}, blocks[] = {1, 5, 12, 13, 48, 96};
  for (int seed = 0; seed < 120; seed++) {
    begin_case();
    dice d = dice_of(seed);
    winograd_case l = {.inputs = PICK(&d, channels)};
    l.dense.outputs = PICK(&d, channels);
    l.dense.height = dice_int(&d, 1, 9);
    l.dense.width = dice_int(&d, 1, 13);
    // Sums of up to four values are multiplied.
    l.dense.error = 4e-6;
    l.layer.block = PICK(&d, blocks);
    l.dense.source = random_canvas(l.dense.height + 2, l.dense.width + 2, l.inputs, l.inputs + dice_int(&d, 0, 9), &d);
    draw_dense(&l.dense, &d);
    describe("Winograd, seed %d: channels %d→%d output %d×%d, %s, residual %d, block %d, panels cut at %d of %d", seed, l.inputs,
             l.dense.outputs, l.dense.height, l.dense.width, l.dense.function->name, l.dense.kind, l.layer.block, l.dense.cut,
             l.dense.panel_count);
    const float *weights = dice_floats(&d, l.dense.outputs * 9 * l.inputs), *bias = dice_floats(&d, l.dense.outputs);
    pack_winograd(&l, weights, bias);
    convolution_case direct = {.dense = l.dense, .kernel_y = 3, .kernel_x = 3, .stride_y = 1, .stride_x = 1, .dilation_y = 1,
                               .dilation_x = 1, .inputs = l.inputs};
    sum_convolution(&direct, weights, bias);
    expect_kernel(l.dense.height, l.dense.width, l.dense.outputs, &d, &l, check_dense, run_winograd);
  }
}

typedef struct {
  int kernel_y, kernel_x, stride_y, stride_x, dilation, padded;
  const activation_case *function;
  const float *weights, *bias;
  canvas source;
} depthwise_case;

static void check_depthwise(const void *layer, int y, int x, int c, float value) {
  const depthwise_case *l = layer;
  reference r = {0, 0};
  add_term(&r, l->bias[c]);
  for (int ky = 0; ky < l->kernel_y; ky++)
    for (int kx = 0; kx < l->kernel_x; kx++)
      add_term(&r, (double)*at(&l->source, y * l->stride_y + ky * l->dilation, x * l->stride_x + kx * l->dilation, c) *
                       l->weights[(ky * l->kernel_x + kx) * l->padded + c]);
  expect_near(y, x, c, value, exact_activation(l->function->activation, r.sum), activation_allowance(l->function, r.sum, 1e-6 * r.magnitude));
}

static void run_depthwise(const void *layer, dv_image destination, const dv_span *spans, size_t count, int compact) {
  const depthwise_case *l = layer;
  const dv_depthwise kernel = {.kernel_height = l->kernel_y,
                               .kernel_width = l->kernel_x,
                               .stride_x = l->stride_x,
                               .tap_row = l->dilation * l->source.row,
                               .tap_pixel = (int64_t)l->dilation * l->source.pixel,
                               .weights = l->weights,
                               .bias = l->bias,
                               .channels = l->source.channels,
                               .source_row = l->stride_y * l->source.row,
                               .source_pixel = (int64_t)l->stride_x * l->source.pixel,
                               .activation = l->function->activation};
  dv_convolve_depthwise(&kernel, image_of(&l->source), destination, spans, count, compact);
}

static void depthwise_case_of(int kernel, int stride, int round) {
  static const int channel_counts[] = {1, 3, 8, 15, 16, 17, 24, 58, 64, 65, 130}, one_or_three[] = {1, 3}, dilations[] = {1, 1, 1, 2};
  static const int widths[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 21};
  begin_case();
  const int seed = kernel * 1000 + stride * 100 + round;
  dice d = dice_of(seed);
  depthwise_case l = {.kernel_y = kernel, .kernel_x = kernel, .stride_y = stride, .stride_x = stride};
  const int channels = PICK(&d, channel_counts);
  if (dice_chance(&d, 5)) l.kernel_y = PICK(&d, one_or_three);
  if (dice_chance(&d, 5)) l.stride_y = 1;
  l.dilation = PICK(&d, dilations);
  l.padded = (channels + 15) / 16 * 16;
  l.function = &activations[dice_int(&d, 0, activation_count - 1)];
  const int height = dice_int(&d, 1, 5), width = PICK(&d, widths);
  describe("depthwise, seed %d: kernel %d×%d stride %d×%d dilation %d channels %d output %d×%d, %s", seed, l.kernel_y, l.kernel_x,
           l.stride_y, l.stride_x, l.dilation, channels, height, width, l.function->name);
  l.source = random_canvas((height - 1) * l.stride_y + (l.kernel_y - 1) * l.dilation + 1,
                           (width - 1) * l.stride_x + (l.kernel_x - 1) * l.dilation + 1, channels, channels + dice_int(&d, 0, 20), &d);
  float *weights = take((size_t)(l.kernel_y * l.kernel_x * l.padded) * sizeof *weights);
  for (int tap = 0; tap < l.kernel_y * l.kernel_x; tap++)
    for (int c = 0; c < channels; c++) weights[tap * l.padded + c] = dice_float(&d);
  l.weights = weights;
  l.bias = padded_bias(dice_floats(&d, channels), channels);
  expect_kernel(height, width, channels, &d, &l, check_depthwise, run_depthwise);
}

void test_depthwise(void) {
  static const int kernels[] = {1, 2, 3, 5, 7};
  for (int k = 0; k < COUNT_OF(kernels); k++)
    for (int stride = 1; stride <= 3; stride++)
      for (int round = 0; round < 14; round++) depthwise_case_of(kernels[k], stride, round);
}
