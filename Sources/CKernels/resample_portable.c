// The reference version, and the one for CPUs without AVX2.
#include "resample_stages.h"

static void lerp8(const uint8_t *a, const uint8_t *b, int weight, int16_t *out, int from, int to) {
    for (int i = from; i < to; i++) out[i] = dv_lerp(a[i], b[i], weight);
}

static void lerp16(const uint16_t *a, const uint16_t *b, int weight, int shift, int16_t *out, int from, int to) {
    for (int i = from; i < to; i++) out[i] = dv_lerp((a[i] >> shift) & 255, (b[i] >> shift) & 255, weight);
}

static void lerp_pairs(const uint8_t *a, const uint8_t *b, int weight, int16_t *u, int16_t *v, int from, int to) {
    for (int i = from; i < to; i++) {
        u[i] = dv_lerp(a[2 * i], b[2 * i], weight);
        v[i] = dv_lerp(a[2 * i + 1], b[2 * i + 1], weight);
    }
}

static inline int32_t taps(const int16_t *row, const dv_columns *columns, int x) {
    int i = columns->first[x];
    int32_t w = columns->weights[x];
    return row[i] * (int16_t)w + row[i + 1] * (int16_t)(w >> 16);
}

static inline uint8_t clamp(int32_t v) { return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v); }

static void row(const dv_resampling *r, const int16_t *const rows[3], uint8_t *dst, int x0, int x1) {
    const int32_t half = 1 << (DV_FRACTION_SHIFT - 1);
    for (int x = x0; x < x1; x++) {
        uint8_t *p = dst + 3 * (ptrdiff_t)x;
        if (r->layout == DV_LAYOUT_RGB) {
            for (int c = 0; c < 3; c++)
                p[c] = clamp((taps(rows[c], r->luma_columns, x) + DV_BIAS + (1 << (DV_SAMPLE_BITS - 1))) >> DV_SAMPLE_BITS);
            continue;
        }
        int32_t y = (taps(rows[0], r->luma_columns, x) + DV_BIAS + half) >> DV_FRACTION_SHIFT, u = 0, v = 0;
        if (r->layout != DV_LAYOUT_GRAY) {
            u = (taps(rows[1], r->chroma_columns, x) + half) >> DV_FRACTION_SHIFT;
            v = (taps(rows[2], r->chroma_columns, x) + half) >> DV_FRACTION_SHIFT;
        }
        int32_t luma = r->y * y, base = luma + r->offset;
        uint8_t red = clamp((base + r->rv * v) >> DV_OUTPUT_SHIFT);
        uint8_t green = clamp((luma + r->green_offset + r->gu * u + r->gv * v) >> DV_OUTPUT_SHIFT);
        uint8_t blue = clamp((base + r->bu * u) >> DV_OUTPUT_SHIFT);
        p[0] = r->bgr ? blue : red;
        p[1] = green;
        p[2] = r->bgr ? red : blue;
    }
}

#define TARGET
#define SHRINK
#include "resample_rgb.h"

const dv_stages dv_stages_portable = {lerp8, lerp16, lerp_pairs, row, to_rgb, shrink, blend};
