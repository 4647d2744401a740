// What the tests of the kernels share: numbers drawn from seeds, images among guards, and what every kernel of pixels owes.
// Plain C and no Swift, so that they can be compiled for a processor that the build machine only emulates.
#pragma once
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

// References multiply and add as they are written.
#pragma STDC FP_CONTRACT OFF

#define COUNT_OF(ARRAY) ((int)(sizeof(ARRAY) / sizeof *(ARRAY)))
#define PICK(DICE, ARRAY) ((ARRAY)[dice_int(DICE, 0, COUNT_OF(ARRAY) - 1)])

// A generator of numbers; the same seed gives the same numbers everywhere.
typedef struct {
  uint64_t state;
} dice;

dice dice_of(int seed);
int dice_int(dice *d, int least, int most);
// True once in `one_in` times.
bool dice_chance(dice *d, int one_in);
// In -1 ... 1, never zero.
float dice_float(dice *d);
float *dice_floats(dice *d, int count);

// Starts a case of a kernel: the memory of the last one is freed.
void begin_case(void);
// What the current case is, for its failure.
void describe(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Cases since the last call of this function.
int take_case_count(void);
// Memory for the current case, zeroed, of exactly this size.
void *take(size_t bytes);
// Prints the current case and what was wrong with it, and ends the program with status 1.
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
#define EXPECT(CONDITION) ((CONDITION) ? (void)0 : fail("%s does not hold", #CONDITION))
// Fails unless `value` is within `allowed` of `wanted`. `y`, `x` and `c` say where.
void expect_near(int y, int x, int c, float value, double wanted, double allowed);

uint32_t bits_of(float x);

// An NHWC image among guards: whatever is not a pixel's channel holds a pattern that nothing may overwrite.
typedef struct {
  int height, width, channels, pixel;
  int64_t row;
  float *floats;
} canvas;

enum { CANVAS_BEFORE = 64, CANVAS_AFTER = 320, GUARD = 0x7fc0dead };

canvas canvas_of(int height, int width, int channels, int pixel);
canvas random_canvas(int height, int width, int channels, int pixel, dice *d);
float *at(const canvas *image, int y, int x, int c);
dv_image image_of(const canvas *image);
// Fails where a float outside of the pixels is no guard any more.
void expect_undamaged(const canvas *image, const char *when);

typedef struct {
  dv_span *spans;
  size_t count;
  int pixels;
} span_list;

span_list all_rows(int height, int width);
// Disjoint spans in row order; rows may have none.
span_list random_spans(int height, int width, dice *d);
bool is_among(const span_list *list, int y, int x);

// A kernel over spans, ready to be run into any image, and its reference: fails when `value` is not what it should be.
typedef void (*run_function)(const void *layer, dv_image destination, const dv_span *spans, size_t count, int compact);
typedef void (*check_function)(const void *layer, int y, int x, int c, float value);

// What every kernel of pixels owes: values near the reference, nothing written beside the pixels and channels that it was asked for, and the
// same bits whichever pixels it computes together: all, some, some one after the other, or one.
void expect_kernel(int height, int width, int channels, dice *d, const void *layer, check_function check, run_function run);

// An activation with its parameters, what it is in double precision, and its steepest slope, by which an argument's error grows.
typedef struct {
  const char *name;
  dv_activation activation;
  double slope;
} activation_case;

extern const activation_case activations[];
extern const int activation_count;

double exact_activation(dv_activation f, double x);
// How far a result may be when its argument is known to within `error`.
double activation_allowance(const activation_case *f, double x, double error);

void test_convolution(void);
void test_winograd(void);
void test_depthwise(void);
void test_pooling(void);
void test_global_pooling(void);
void test_mean_squares(void);
void test_binary(void);
void test_unary(void);
void test_activation_accuracy(void);
void test_normalize_pixels(void);
void test_softmax(void);
void test_copy(void);
void test_resize(void);
void test_commit(void);
void test_weighted_commit(void);
void test_masks(void);
void test_squared_differences(void);
void test_pixel_changes(void);
void test_block_differences(void);
void test_normalize(void);
void test_interleave(void);
void test_resample(void);
void test_machine(void);
