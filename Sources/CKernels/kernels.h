// The whole set for one instruction set; included once per ISA file.

// A product and a sum are two roundings wherever the source does not say v_fma: every instruction set gives the same bits.
#pragma STDC FP_CONTRACT OFF
// Vectors of 64 bytes are passed between functions that are all inlined, so that it does not matter how a call would pass them.
#pragma clang diagnostic ignored "-Wpsabi"
#define ISA_PRODUCTS PRODUCTS_FLOAT
#include "vector.h"
#include "products.h"
#include "convolution.h"
#include "winograd.h"
#include "depthwise.h"
#include "pooling.h"
#include "elementwise.h"
#include "quantize.h"
#include "pictures.h"
#include "peak.h"

const kernel_set ISA(kernel_set) = {
    .name = ISA_NAME,
    .panel_limit = ISA_PANEL,
    .convolve = ISA(convolve),
    .convolve_winograd = ISA(convolve_winograd),
    .convolve_depthwise = ISA(convolve_depthwise),
    .pool = ISA(pool),
    .global_pool = ISA(global_pool),
    .mean_squares = ISA(mean_squares),
    .binary = ISA(binary),
    .unary = ISA(unary),
    .row_extremes = ISA(row_extremes),
    .round_to_levels = ISA(round_to_levels),
    .normalize_pixels = ISA(normalize_pixels),
    .copy = ISA(copy),
    .resize = ISA(resize),
    .commit = ISA(commit),
    .commit_weighted = ISA(commit_weighted),
    .softmax = ISA(softmax),
    .squared_difference = ISA(squared_difference),
    .multiply_adds = ISA(multiply_adds),
    .pixel_changes = ISA(pixel_changes),
    .block_differences = ISA(block_differences),
};
