// The SIMD micro-kernels, with run-time ISA dispatch; nothing else that computes is in C.
//
// Every image operand is NHWC float32: a pixel is `channels` consecutive floats, strides are in floats.
// Every kernel computes the output pixels named by a list of spans. A dense layer is the list of all rows, an
// incremental one the list of changed pixels. The accumulation order of a pixel never depends on which other
// pixels are computed with it, so both give the same bits.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "linear.h"
#include "resample.h"

// Output pixels [begin, end) of one row.
typedef struct {
  int32_t row, begin, end;
} dv_span;

// A strided image: address of (y, x, c) = base + y * row + x * pixel + c.
typedef struct {
  float *base;
  int64_t row, pixel;
} dv_image;

typedef enum {
  DV_IDENTITY,
  DV_CLAMP,         // min(max(x, a), b); Relu is a = 0, b = inf
  DV_LEAKY_RELU,    // x < 0 ? a * x : x
  DV_SIGMOID,
  DV_SILU,
  DV_HARD_SIGMOID,  // min(max(a * x + b, 0), 1)
  DV_HARD_SWISH,    // x * min(max(x / 6 + 0.5, 0), 1)
  DV_TANH,
  DV_EXP,
  DV_MISH,
  DV_ELU,           // x < 0 ? a * (exp(x) - 1) : x
  DV_SWISH,         // x / (1 + exp(-a * x))
  DV_ERF,
  DV_GELU,          // x / 2 * (1 + erf(x / sqrt(2)))
  DV_GELU_TANH,     // the same with erf's approximation by tanh
} dv_function;

typedef struct {
  dv_function function;
  float a, b;
} dv_activation;

// One group of up to four 16-channel vectors of a convolution's output.
typedef struct {
  int32_t first_vector, vectors;
  int64_t weights;  // offset of its packed weights: [tap][k][vectors * 16]
} dv_panel;

// What becomes of the sum of a channel's products, before a residual and the activation: sum * (factors[c] * scale) + terms[c], each product
// rounded, as it is in models whose sums are integers. The layer's bias is then all zeros.
typedef struct {
  const float *factors, *terms;      // as many as the bias has; factors NULL: sums stay as they are
  float scale;
} dv_scaling;

// What the numbers are rounded to that a convolution multiplies.
typedef enum {
  DV_FP32,  // not at all
  DV_BF16,  // 8 significant bits; sums are floats
  DV_INT8,  // levels, of sources 0 ... 255 and of weights -127 ... 127; sums are exact
} dv_precision;

// How a rounded convolution has its source in scratch, in words of 32 bits: two or four rounded numbers each (dv_numbers_per_word).
// For each row of the kernel, columns of source pixels side by side.
typedef struct {
  dv_precision precision;
  int32_t channels;              // of a source pixel that are read
  int32_t numbers;               // of a column: as many, or more, of which those that lie beyond the channels have weights of zero
  int32_t rows;                  // of the kernel
  int32_t columns, stride;       // columns that an output pixel reads, dilation included, and those from it to the next one
  int64_t row_step, column_step; // source floats from one to the next
  int64_t plane;                 // numbers of a row of the kernel, at least block * the larger of columns and stride * numbers; whole vectors
  // Of whole numbers: a value is round(value * inverse), halves to even, within low ... high. A byte has the zero point added.
  float inverse, low, high;
  int32_t zero_point;
} dv_rounding;

// Convolution as an indirect GEMM: every output pixel reads `taps` runs of `depth` consecutive floats.
typedef struct {
  int32_t taps, depth;
  const int64_t *tap_offsets;   // floats from an output pixel's source origin
  const float *weights, *bias;  // bias padded to whole vectors
  const dv_panel *panels;
  int32_t panel_count;
  int32_t channels;             // real output channels; memory beyond them is never written
  int64_t source_row, source_pixel;  // source floats per output row, per output pixel (stride included)
  dv_activation activation;
  int32_t adds_after_activation;     // where the residual, if any, is added
  int32_t block;                     // output pixels whose source stays in L2 while the panels stream
  dv_scaling scaling;
} dv_convolution;

// A 3×3 convolution of stride 1 by tiles of 2×2 output pixels.
typedef struct {
  int32_t depth;                     // source channels
  int32_t channels;                  // output channels
  int32_t height, width;             // of the output
  const float *weights, *bias;       // transformed, by panel: [16 positions][depth padded to 16][vectors * 16]
  const dv_panel *panels;
  int32_t panel_count;
  dv_activation activation;
  int32_t adds_after_activation;
  int32_t block;                     // tiles whose transformed sources stay in L2; at most 96
  dv_scaling scaling;
  dv_rounding rounding;              // of its sources; only the precision, and of whole numbers their levels
} dv_winograd;

typedef struct {
  int32_t kernel_height, kernel_width, stride_x;
  int64_t tap_row, tap_pixel;        // source floats per kernel row, per kernel column (dilation included)
  const float *weights, *bias;       // [tap][channels padded to 16]
  int32_t channels;
  int64_t source_row, source_pixel;
  dv_activation activation;
  dv_scaling scaling;
} dv_depthwise;

typedef enum { DV_POOL_MAXIMUM, DV_POOL_AVERAGE } dv_pool_kind;

typedef struct {
  dv_pool_kind kind;
  int32_t kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x, pad_top, pad_left;
  int32_t height, width;             // of the source
  int32_t pad_bottom, pad_right;     // counted in the divisor when counts_padding
  int32_t counts_padding;
  int32_t channels;
} dv_pooling;

// DV_PRELU: a < 0 ? a * b : a.
typedef enum { DV_ADD, DV_SUBTRACT, DV_MULTIPLY, DV_DIVIDE, DV_MINIMUM, DV_MAXIMUM, DV_PRELU } dv_binary_function;

// Output rows/columns to source rows/columns of a separable resize: value = lerp(first, second, weight).
typedef struct {
  const int32_t *first_y, *second_y, *first_x, *second_x;
  const float *weight_y, *weight_x;  // of the second; NULL for nearest
  int32_t channels;
} dv_resize;

#ifdef __cplusplus
extern "C" {
#endif

// Name of the instruction set in use: "avx512", "avx2", "neon" or "portable".
const char *dv_isa_name(void);
// Forces one of `dv_isa_name`'s values on the calling thread, for tests; returns 0 when this CPU lacks it. A layer must
// run on the set it was packed for (`dv_panel_limit`).
int dv_isa_select(const char *name);
// Runs `rounds` turns of fused multiply-adds in registers alone and returns the floating point operations of all turns: what the core reaches
// at most.
double dv_multiply_adds(int64_t rounds);
// Most 16-channel vectors in a panel on the selected instruction set.
int32_t dv_panel_limit(void);

// Numbers in a word of a convolution of that precision on the selected instruction set: 1, 2 or 4; 0: the set has no such products.
int32_t dv_numbers_per_word(dv_precision precision);

// FTZ/DAZ on the calling thread: denormals slow FMA a hundredfold. Returns what dv_restore_denormals takes back.
uint64_t dv_flush_denormals(void);
void dv_restore_denormals(uint64_t before);
void dv_pause(void);

// Panels [first, last) at the spans' pixels. `residual.base` may be NULL. Complexity: O(pixels * taps * depth * channels).
// When `compact` the k-th computed pixel is written to destination pixel k of row 0 instead of its own place.
void dv_convolve(const dv_convolution *layer, dv_image source, dv_image destination, dv_image residual,
                 const dv_span *spans, size_t span_count, int32_t first_panel, int32_t last_panel, int32_t compact);
// As dv_convolve, with rounded sources; the selected instruction set has to have that precision. Offsets are in numbers of
// scratch, depth and weights in words: weights [tap][k][vectors * 16]; a layer of whole numbers has a scaling, and its bias is whole numbers that the sums begin with.
// `scratch`: rows * plane numbers, and 64 words more.
void dv_convolve_rounded(const dv_rounding *rounding, const dv_convolution *layer, dv_image source, dv_image destination,
                         dv_image residual, const dv_span *spans, size_t span_count, int32_t first_panel, int32_t last_panel,
                         int32_t compact, float *scratch);
// As dv_convolve; spans come in the order of rows. `scratch`: block * 16 * (depth padded + 16 * the widest panel's vectors) floats;
// `index`: (width + 1) / 2 numbers. Rounded to other than floats, weights and transformed sources are words of two numbers.
void dv_convolve_winograd(const dv_winograd *layer, dv_image source, dv_image destination, dv_image residual, const dv_span *spans,
                          size_t span_count, int32_t first_panel, int32_t last_panel, int32_t compact, float *scratch, int32_t *index);
void dv_convolve_depthwise(const dv_depthwise *layer, dv_image source, dv_image destination, const dv_span *spans,
                           size_t span_count, int32_t compact);
void dv_pool(const dv_pooling *layer, dv_image source, dv_image destination, const dv_span *spans, size_t span_count,
             int32_t compact);
// b.row/b.pixel of 0 broadcast over y/x; b_channel_step is 1, or 0 to broadcast one value over channels.
void dv_binary(dv_binary_function function, int32_t channels, dv_image a, dv_image b,
               int32_t b_channel_step, int32_t swapped, dv_image destination, const dv_span *spans, size_t span_count,
               int32_t compact);
// destination = activation(source * scale + bias); scale and bias may both be NULL.
void dv_unary(dv_activation activation, const float *scale, const float *bias, int32_t channels, dv_image source,
              dv_image destination, const dv_span *spans, size_t span_count, int32_t compact);
// The least and the greatest value of each row, zero among them and NaN left out: channels 0 and 1 of the row's pixel in `destination`, which is
// one pixel wide. Spans name rows.
void dv_row_extremes(int32_t width, int32_t channels, dv_image source, dv_image destination, const dv_span *spans, size_t span_count,
                     int32_t compact);
// destination = factor * (source / scale, rounded, halves to even, within low ... high, which are whole and less than 2^22). NaN is `low`.
void dv_round_to_levels(float scale, float factor, float low, float high, int32_t channels, dv_image source, dv_image destination,
                        const dv_span *spans, size_t span_count, int32_t compact);
// Every pixel by itself: its channels brought to mean 0 (unless keeps_mean) and mean square 1, times scale plus bias (both padded to whole
// vectors). The variance is taken around the mean, so nothing cancels.
void dv_normalize_pixels(const float *scale, const float *bias, float epsilon, int32_t keeps_mean, int32_t channels, dv_image source,
                         dv_image destination, const dv_span *spans, size_t span_count, int32_t compact);
// destination channel c = source channel map[c] (map NULL: identity); source pixel (y*sy+oy, x*sx+ox) via strides.
void dv_copy(const int32_t *map, int32_t channels, dv_image source, dv_image destination, const dv_span *spans,
             size_t span_count, int32_t compact);
void dv_resize_run(const dv_resize *layer, dv_image source, dv_image destination, const dv_span *spans,
                   size_t span_count, int32_t compact);
// result[c] = sum over all pixels (or the maximum) of channels [first, last), in row order.
void dv_global_pool(dv_pool_kind kind, int32_t height, int32_t width, int32_t first, int32_t last, dv_image source,
                    float *result);
// result[c] = mean over all pixels of (value - means[c])^2.
void dv_mean_squares(int32_t height, int32_t width, int32_t channels, const float *means, dv_image source, float *result);
// 8-bit interleaved pixels to floats: value * scale[c] + bias[c], c < channels <= 4.
void dv_normalize(const uint8_t *pixels, int64_t row_bytes, int32_t channels, const float *scale, const float *bias,
                  dv_image destination, const dv_span *spans, size_t span_count);
// One image: planes of `plane` floats (channel-major) to and from NHWC.
void dv_interleave(const float *planes, int64_t plane, int32_t channels, int32_t height, int32_t width, dv_image destination);
void dv_deinterleave(dv_image source, int32_t channels, int32_t height, int32_t width, float *planes, int64_t plane);

// Differences of two 8-bit pictures by blocks of `block` x `block` pixels (smaller at the right and bottom edge):
// per block, row by row, the sum and the largest of |a - b| over all channels. block <= 256, block * channels <= 1024.
void dv_block_differences(const uint8_t *a, const uint8_t *b, int64_t row_bytes, int32_t width, int32_t height,
                          int32_t channels, int32_t block, uint32_t *sums, uint8_t *largest);

// Sum of (a - b)^2 over `rows` rows of `bytes` consecutive bytes (at most 64 KiB); both pictures' rows start `row_bytes`
// apart.
uint64_t dv_squared_difference(const uint8_t *a, const uint8_t *b, int64_t row_bytes, int32_t bytes, int32_t rows);
// One row of `width` pixels of up to 4 channels: changed[x] = 1 where a channel differs by more than `threshold`, else 0.
// Returns how many.
size_t dv_pixel_changes(const uint8_t *a, const uint8_t *b, int32_t width, int32_t channels, uint8_t threshold,
                        uint8_t *changed);

// Softmax (or its logarithm) of each of `count` rows of `length` consecutive floats.
void dv_softmax(const float *source, float *destination, int64_t length, int64_t count, int32_t logarithm);

// Compact pixels against their stored values: where max|new - old| > tolerance (0: other bits) the pixel is written and its byte in
// `changed` (one a pixel, in span order) set. Returns how many changed.
size_t dv_commit(const float *fresh, int64_t fresh_pixel, int32_t channels, float tolerance, dv_image stored,
                 const dv_span *spans, size_t span_count, uint8_t *changed);

// What a change may weigh before it is written: weights[c] a squared unit of channel c (padded with zeros to whole
// vectors), `limit` times the factor of the pixel's cell. Pixel (y, x) lies in cell row_cells[y] + column_cells[x];
// `factors` NULL: 1 everywhere.
typedef struct {
  const float *weights;
  float limit;
  const float *factors;
  const int32_t *row_cells, *column_cells;
} dv_truncation;
// As dv_commit, where the sum of weights[c] * (new - old)[c]^2 exceeds the pixel's limit; a NaN always does.
size_t dv_commit_weighted(const dv_truncation *rule, const float *fresh, int64_t fresh_pixel, int32_t channels,
                          dv_image stored, const dv_span *spans, size_t span_count, uint8_t *changed);

// Asks for the spans' pixels to be brought to L2, to be read and perhaps written soon.
void dv_prefetch(dv_image image, int32_t channels, const dv_span *spans, size_t span_count);

// Of a row of one byte a pixel, 0 or 1: the runs of set pixels as spans of row y; room for (width + 1) / 2 is needed. Returns how many.
size_t dv_mask_spans(const uint8_t *row, int32_t y, int32_t width, dv_span *spans);

#ifdef __cplusplus
}
#endif
