// Bilinear resampling of a decoded picture straight into interleaved 8-bit RGB.
//
// Only the samples that the small picture needs are read; the large one is never converted to RGB. All arithmetic is
// on integers, so every version gives the same bits, and a pixel's value does not depend on what is computed with it.
#pragma once
#include <stddef.h>
#include <stdint.h>

// How destination columns fall on the columns of one plane. Arrays are padded to a multiple of 16 columns.
typedef struct {
    const int32_t *first;    // left tap; the right one is first + 1
    const int32_t *weights;  // (16384 - w) | w << 16, w = weight of the right tap in 1/16384
    // For each 16 columns, how AVX-512 fetches their 32 taps: from one or two registers loaded at block_first, through
    // 32 lane numbers in block_lanes; kind 0 means that they lie too far apart and are gathered.
    const int32_t *block_first;
    const int16_t *block_lanes;
    const uint8_t *block_kind;
} dv_columns;

// The two source rows of a destination row; weight of the lower one in 1/256.
typedef struct {
    int32_t top, bottom, weight;
} dv_row;

enum {
    DV_LAYOUT_PLANAR = 0,      // Y, U, V
    DV_LAYOUT_SEMIPLANAR = 1,  // Y, then UVUV… (nv12)
    DV_LAYOUT_GRAY = 2,        // Y
    DV_LAYOUT_RGB = 3,         // three planes in the destination's channel order, of the luma plane's size
};

// Y'CbCr to RGB in the fixed point of swscale's fast converter: samples in 1/8, weights in 1/8192, products cut off.
typedef struct {
    int16_t y_offset, y, rv, gu, gv, bu;
} dv_rgb_row;

// One picture, one geometry. "Rows" and "columns" are those of the coded picture; `transposed` exchanges
// them when the result is written.
typedef struct {
    const uint8_t *plane[3];
    ptrdiff_t stride[3];
    int32_t width[3];           // samples in a row of each plane
    int32_t layout;
    int32_t depth_shift;        // 0: 8-bit samples; n: 16-bit little-endian samples, of which the lowest n bits are dropped
    const dv_columns *luma_columns, *chroma_columns;
    const dv_row *luma_rows, *chroma_rows;
    // R = y·Y + rv·V, G = y·Y + gu·U + gv·V, B = y·Y + bu·U in 1/8192, and an offset in 1/2^20 added (with rounding).
    int16_t y, rv, gu, gv, bu;
    int32_t offset, green_offset;  // red and blue; green
    int32_t bgr;                // write B, G, R
    int32_t transposed;         // destination pixel (row, column) is computed as (column, row)
    uint8_t *destination;       // of pixel (0, 0)
    ptrdiff_t destination_stride;
    // 8-bit planar and semiplanar pictures are converted before they are interpolated, with these tables: weights of
    // columns in 1/2048, of rows likewise. `converts` says so; the other tables are then not used.
    int32_t converts;
    dv_rgb_row rgb;
    const dv_columns *rgb_columns;
    const dv_row *rgb_rows;
    int32_t chroma_shift_x, chroma_shift_y, columns;
    int16_t *scratch;           // 3 × scratch_row samples, then 3 × columns (+ 64) bytes if transposed;
                                // 3 × scratch_row and then 6 × (columns + 64) samples if `converts`
    int32_t scratch_row;        // at least the widest plane + 64
} dv_resampling;

enum { DV_RESAMPLE_PORTABLE = 0, DV_RESAMPLE_AVX2 = 1, DV_RESAMPLE_AVX512 = 2 };

// The fastest version that this CPU runs.
int dv_resample_best(void);

// Computes the pixels of columns x0..<x1 and rows y0..<y1 (before transposition) with the given version.
void dv_resample(const dv_resampling *r, int x0, int x1, int y0, int y1, int version);
