// AVX2: 16 samples at a time vertically, 8 pixels at a time horizontally; what is left over goes the portable way.
#if defined(__x86_64__)
#include <immintrin.h>
#include "resample_stages.h"

#define TARGET __attribute__((target("avx2")))
#define INLINE TARGET static inline __attribute__((always_inline))

INLINE __m256i lerp(__m256i a, __m256i b, __m256i weight) {
    __m256i v = _mm256_add_epi16(_mm256_slli_epi16(a, 8), _mm256_mullo_epi16(_mm256_sub_epi16(b, a), weight));
    return _mm256_xor_si256(v, _mm256_set1_epi16((short)0x8000));
}

INLINE __m256i load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
INLINE __m256i widened(const uint8_t *p) { return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)p)); }
INLINE void save(int16_t *p, __m256i v) { _mm256_storeu_si256((__m256i *)p, v); }

TARGET static void lerp8(const uint8_t *a, const uint8_t *b, int weight, int16_t *out, int from, int to) {
    __m256i w = _mm256_set1_epi16((short)weight);
    int i = from;
    for (; i + 16 <= to; i += 16) save(out + i, lerp(widened(a + i), widened(b + i), w));
    dv_stages_portable.lerp8(a, b, weight, out, i, to);
}

TARGET static void lerp16(const uint16_t *a, const uint16_t *b, int weight, int shift, int16_t *out, int from, int to) {
    __m256i w = _mm256_set1_epi16((short)weight), low = _mm256_set1_epi16(255);
    __m128i n = _mm_cvtsi32_si128(shift);
    int i = from;
    for (; i + 16 <= to; i += 16) {
        __m256i va = _mm256_and_si256(_mm256_srl_epi16(load(a + i), n), low);
        __m256i vb = _mm256_and_si256(_mm256_srl_epi16(load(b + i), n), low);
        save(out + i, lerp(va, vb, w));
    }
    dv_stages_portable.lerp16(a, b, weight, shift, out, i, to);
}

TARGET static void lerp_pairs(const uint8_t *a, const uint8_t *b, int weight, int16_t *u, int16_t *v, int from, int to) {
    __m256i w = _mm256_set1_epi16((short)weight), low = _mm256_set1_epi16(255);
    int i = from;
    for (; i + 16 <= to; i += 16) {
        __m256i va = load(a + 2 * i), vb = load(b + 2 * i);
        save(u + i, lerp(_mm256_and_si256(va, low), _mm256_and_si256(vb, low), w));
        save(v + i, lerp(_mm256_srli_epi16(va, 8), _mm256_srli_epi16(vb, 8), w));
    }
    dv_stages_portable.lerp_pairs(a, b, weight, u, v, i, to);
}

// The two taps of a column lie side by side in the row, so one 32-bit gather fetches both.
INLINE __m256i taps(const int16_t *row, const dv_columns *c, int x) {
    return _mm256_madd_epi16(_mm256_i32gather_epi32((const int *)row, load(c->first + x), 2), load(c->weights + x));
}

INLINE __m256i clamped(__m256i v) {
    return _mm256_min_epi32(_mm256_max_epi32(v, _mm256_setzero_si256()), _mm256_set1_epi32(255));
}

INLINE __m256i pair(int low, int high) { return _mm256_set1_epi32((int)((uint32_t)(uint16_t)low | (uint32_t)high << 16)); }

INLINE void store(uint8_t *dst, __m256i c0, __m256i c1, __m256i c2) {
    __m256i pixels = _mm256_or_si256(_mm256_or_si256(c0, _mm256_slli_epi32(c1, 8)), _mm256_slli_epi32(c2, 16));
    __m256i squeeze = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
    __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    __m256i packed = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(pixels, squeeze), join);
    _mm_storeu_si128((__m128i *)dst, _mm256_castsi256_si128(packed));
    _mm_storel_epi64((__m128i *)(dst + 16), _mm256_extracti128_si256(packed, 1));
}

TARGET static void row(const dv_resampling *r, const int16_t *const rows[3], uint8_t *dst, int x0, int x1) {
    const __m256i half = _mm256_set1_epi32(1 << (DV_FRACTION_SHIFT - 1));
    const __m256i luma_half = _mm256_set1_epi32(DV_BIAS + (1 << (DV_FRACTION_SHIFT - 1)));
    const __m256i offset = _mm256_set1_epi32(r->offset), green_offset = _mm256_set1_epi32(r->green_offset);
    const __m256i red_weights = pair(r->y, r->rv), blue_weights = pair(r->y, r->bu), green_weights = pair(r->y, r->gv),
                  green_u = pair(0, r->gu);
    int x = x0;
    for (; x + 8 <= x1; x += 8) {
        uint8_t *p = dst + 3 * (ptrdiff_t)x;
        if (r->layout == DV_LAYOUT_RGB) {
            const __m256i round = _mm256_set1_epi32(DV_BIAS + (1 << (DV_SAMPLE_BITS - 1)));
            __m256i c[3];
            for (int i = 0; i < 3; i++)
                c[i] = clamped(_mm256_srai_epi32(_mm256_add_epi32(taps(rows[i], r->luma_columns, x), round), DV_SAMPLE_BITS));
            store(p, c[0], c[1], c[2]);
            continue;
        }
        __m256i y = _mm256_srai_epi32(_mm256_add_epi32(taps(rows[0], r->luma_columns, x), luma_half), DV_FRACTION_SHIFT);
        __m256i yu = y, yv = y;
        if (r->layout != DV_LAYOUT_GRAY) {
            __m256i u = _mm256_add_epi32(taps(rows[1], r->chroma_columns, x), half);
            __m256i v = _mm256_add_epi32(taps(rows[2], r->chroma_columns, x), half);
            yu = _mm256_blend_epi16(y, _mm256_slli_epi32(u, 16 - DV_FRACTION_SHIFT), 0xaa);
            yv = _mm256_blend_epi16(y, _mm256_slli_epi32(v, 16 - DV_FRACTION_SHIFT), 0xaa);
        }
        __m256i red = _mm256_madd_epi16(yv, red_weights), blue = _mm256_madd_epi16(yu, blue_weights);
        __m256i green = _mm256_add_epi32(_mm256_madd_epi16(yv, green_weights), _mm256_madd_epi16(yu, green_u));
        red = clamped(_mm256_srai_epi32(_mm256_add_epi32(red, offset), DV_OUTPUT_SHIFT));
        green = clamped(_mm256_srai_epi32(_mm256_add_epi32(green, green_offset), DV_OUTPUT_SHIFT));
        blue = clamped(_mm256_srai_epi32(_mm256_add_epi32(blue, offset), DV_OUTPUT_SHIFT));
        store(p, r->bgr ? blue : red, green, r->bgr ? red : blue);
    }
    dv_stages_portable.row(r, rows, dst, x, x1);
}

#define SHRINK                                                                                              \
    for (; x + 8 <= x1; x += 8) {                                                                           \
        __m256i v = _mm256_srai_epi32(taps(row, c, x), 4);                                                  \
        __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(v, v), 0x08);                          \
        _mm_storeu_si128((__m128i *)(out + x), _mm256_castsi256_si128(packed));                             \
    }
#include "resample_rgb.h"

const dv_stages dv_stages_avx2 = {lerp8, lerp16, lerp_pairs, row, to_rgb, shrink, blend};
#endif
