// The two stages of resampling, which each instruction set implements. Private to resample*.c.
//
// Stage 1 interpolates two source rows vertically into a row of 16-bit samples: value·256 − 32768, as int16, because
// the multiply-add of stage 2 is signed. Stage 2 interpolates those rows horizontally and converts to RGB.
#pragma once
#include "include/resample.h"

typedef struct {
    // Samples from..<to of out from rows a and b.
    void (*lerp8)(const uint8_t *a, const uint8_t *b, int weight, int16_t *out, int from, int to);
    // The same of 16-bit samples that are first shifted right.
    void (*lerp16)(const uint16_t *a, const uint16_t *b, int weight, int shift, int16_t *out, int from, int to);
    // Interleaved pairs, into two rows.
    void (*lerp_pairs)(const uint8_t *a, const uint8_t *b, int weight, int16_t *u, int16_t *v, int from, int to);
    // Pixels x0..<x1 into dst, where pixel x goes to dst + 3·x.
    void (*row)(const dv_resampling *r, const int16_t *const rows[3], uint8_t *dst, int x0, int x1);
    // A source row to RGB; its columns; two such rows to pixels (resample_rgb.h).
    void (*to_rgb)(const dv_rgb_row *w, const uint8_t *luma, const uint8_t *cb, const uint8_t *cr, int step, int chroma_shift,
                   int16_t *r, int16_t *g, int16_t *b, int from, int to);
    void (*shrink)(const int16_t *row, const dv_columns *c, int16_t *out, int x0, int x1);
    void (*blend)(const int16_t *const top[3], const int16_t *const bottom[3], int weight, int bgr, uint8_t *dst, int x0, int x1);
} dv_stages;

extern const dv_stages dv_stages_portable;
#if defined(__x86_64__)
extern const dv_stages dv_stages_avx2;
extern const dv_stages dv_stages_avx512;
#endif

// After the horizontal stage a sample is value·2^22 − 2^29.
enum { DV_SAMPLE_BITS = 22, DV_COEFFICIENT_BITS = 13 };
#define DV_BIAS (1 << 29)
// Luma and chroma go into the color equations with 7 bits of fraction, chroma less 128 (which the bias is).
#define DV_FRACTION_SHIFT (DV_SAMPLE_BITS - 7)
#define DV_OUTPUT_SHIFT (7 + DV_COEFFICIENT_BITS)

static inline int16_t dv_lerp(int a, int b, int weight) { return (int16_t)((a * 256 + (b - a) * weight) - 32768); }
