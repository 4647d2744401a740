// AVX-512 F+BW+VL: 32 samples at a time vertically, 16 pixels at a time horizontally.
#if defined(__x86_64__)
#include <immintrin.h>
#include "resample_stages.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#define INLINE TARGET static inline __attribute__((always_inline))

// a·256 + (b − a)·weight − 32768 modulo 2^16; subtracting 32768 is flipping the top bit.
INLINE __m512i lerp(__m512i a, __m512i b, __m512i weight) {
    __m512i v = _mm512_add_epi16(_mm512_slli_epi16(a, 8), _mm512_mullo_epi16(_mm512_sub_epi16(b, a), weight));
    return _mm512_xor_si512(v, _mm512_set1_epi16((short)0x8000));
}

INLINE __mmask32 tail(int left) { return left >= 32 ? 0xffffffffu : (1u << left) - 1; }

TARGET static void lerp8(const uint8_t *a, const uint8_t *b, int weight, int16_t *out, int from, int to) {
    __m512i w = _mm512_set1_epi16((short)weight);
    for (int i = from; i < to; i += 32) {
        __mmask32 m = tail(to - i);
        __m512i va = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(m, a + i));
        __m512i vb = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(m, b + i));
        _mm512_mask_storeu_epi16(out + i, m, lerp(va, vb, w));
    }
}

TARGET static void lerp16(const uint16_t *a, const uint16_t *b, int weight, int shift, int16_t *out, int from, int to) {
    __m512i w = _mm512_set1_epi16((short)weight), low = _mm512_set1_epi16(255);
    __m128i n = _mm_cvtsi32_si128(shift);
    for (int i = from; i < to; i += 32) {
        __mmask32 m = tail(to - i);
        __m512i va = _mm512_and_si512(_mm512_srl_epi16(_mm512_maskz_loadu_epi16(m, a + i), n), low);
        __m512i vb = _mm512_and_si512(_mm512_srl_epi16(_mm512_maskz_loadu_epi16(m, b + i), n), low);
        _mm512_mask_storeu_epi16(out + i, m, lerp(va, vb, w));
    }
}

TARGET static void lerp_pairs(const uint8_t *a, const uint8_t *b, int weight, int16_t *u, int16_t *v, int from, int to) {
    __m512i w = _mm512_set1_epi16((short)weight), low = _mm512_set1_epi16(255);
    for (int i = from; i < to; i += 32) {
        __mmask32 m = tail(to - i);
        // A pair is a 16-bit lane: U in its low byte, V in its high one.
        __m512i va = _mm512_maskz_loadu_epi16(m, a + 2 * i), vb = _mm512_maskz_loadu_epi16(m, b + 2 * i);
        _mm512_mask_storeu_epi16(u + i, m, lerp(_mm512_and_si512(va, low), _mm512_and_si512(vb, low), w));
        _mm512_mask_storeu_epi16(v + i, m, lerp(_mm512_srli_epi16(va, 8), _mm512_srli_epi16(vb, 8), w));
    }
}

// The horizontal interpolation of block k's 16 columns.
INLINE __m512i taps(const int16_t *row, const dv_columns *c, int k) {
    __m512i pairs;
    int kind = c->block_kind[k];
    if (kind) {
        const int16_t *base = row + c->block_first[k];
        __m512i lanes = _mm512_loadu_si512(c->block_lanes + 32 * k);
        __m512i near = _mm512_loadu_si512(base);
        pairs = kind == 1 ? _mm512_permutexvar_epi16(lanes, near)
                          : _mm512_permutex2var_epi16(near, lanes, _mm512_loadu_si512(base + 32));
    } else {
        pairs = _mm512_i32gather_epi32(_mm512_loadu_si512(c->first + 16 * k), row, 2);
    }
    return _mm512_madd_epi16(pairs, _mm512_loadu_si512(c->weights + 16 * k));
}

INLINE __m512i clamped(__m512i v) {
    return _mm512_min_epi32(_mm512_max_epi32(v, _mm512_setzero_si512()), _mm512_set1_epi32(255));
}

INLINE __m512i pair(int low, int high) { return _mm512_set1_epi32((int)((uint32_t)(uint16_t)low | (uint32_t)high << 16)); }

// Drops every fourth byte of 16 pixels and stores the pixels that `mask` (3 bits each) names.
INLINE void store(uint8_t *dst, __mmask64 mask, __m512i c0, __m512i c1, __m512i c2) {
    __m512i pixels = _mm512_or_si512(_mm512_or_si512(c0, _mm512_slli_epi32(c1, 8)), _mm512_slli_epi32(c2, 16));
    __m512i squeeze = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
    __m512i join = _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
    _mm512_mask_storeu_epi8(dst, mask, _mm512_permutexvar_epi32(join, _mm512_shuffle_epi8(pixels, squeeze)));
}

TARGET static void row(const dv_resampling *r, const int16_t *const rows[3], uint8_t *dst, int x0, int x1) {
    const __m512i half = _mm512_set1_epi32(1 << (DV_FRACTION_SHIFT - 1));
    const __m512i luma_half = _mm512_set1_epi32(DV_BIAS + (1 << (DV_FRACTION_SHIFT - 1)));
    const __m512i offset = _mm512_set1_epi32(r->offset), green_offset = _mm512_set1_epi32(r->green_offset);
    const __m512i red_weights = pair(r->y, r->rv), blue_weights = pair(r->y, r->bu), green_weights = pair(r->y, r->gv),
                  green_u = pair(0, r->gu);
    for (int k = x0 / 16; 16 * k < x1; k++) {
        int low = x0 > 16 * k ? x0 - 16 * k : 0, high = x1 < 16 * k + 16 ? x1 - 16 * k : 16;
        __mmask64 mask = (((uint64_t)1 << 3 * high) - 1) & ~(((uint64_t)1 << 3 * low) - 1);
        uint8_t *p = dst + 48 * (ptrdiff_t)k;
        if (r->layout == DV_LAYOUT_RGB) {
            const __m512i round = _mm512_set1_epi32(DV_BIAS + (1 << (DV_SAMPLE_BITS - 1)));
            __m512i c[3];
            for (int i = 0; i < 3; i++)
                c[i] = clamped(_mm512_srai_epi32(_mm512_add_epi32(taps(rows[i], r->luma_columns, k), round), DV_SAMPLE_BITS));
            store(p, mask, c[0], c[1], c[2]);
            continue;
        }
        __m512i y = _mm512_srai_epi32(_mm512_add_epi32(taps(rows[0], r->luma_columns, k), luma_half), DV_FRACTION_SHIFT);
        __m512i yu = y, yv = y;
        if (r->layout != DV_LAYOUT_GRAY) {
            // Chroma moves into the upper half of each lane: (x >> 15) << 16 is x << 1 with the low half cleared.
            __m512i u = _mm512_add_epi32(taps(rows[1], r->chroma_columns, k), half);
            __m512i v = _mm512_add_epi32(taps(rows[2], r->chroma_columns, k), half);
            yu = _mm512_mask_blend_epi16(0xaaaaaaaau, y, _mm512_slli_epi32(u, 16 - DV_FRACTION_SHIFT));
            yv = _mm512_mask_blend_epi16(0xaaaaaaaau, y, _mm512_slli_epi32(v, 16 - DV_FRACTION_SHIFT));
        }
        __m512i red = _mm512_madd_epi16(yv, red_weights), blue = _mm512_madd_epi16(yu, blue_weights);
        __m512i green = _mm512_add_epi32(_mm512_madd_epi16(yv, green_weights), _mm512_madd_epi16(yu, green_u));
        red = clamped(_mm512_srai_epi32(_mm512_add_epi32(red, offset), DV_OUTPUT_SHIFT));
        green = clamped(_mm512_srai_epi32(_mm512_add_epi32(green, green_offset), DV_OUTPUT_SHIFT));
        blue = clamped(_mm512_srai_epi32(_mm512_add_epi32(blue, offset), DV_OUTPUT_SHIFT));
        store(p, mask, r->bgr ? blue : red, green, r->bgr ? red : blue);
    }
}

#define SHRINK                                                                                                   \
    if (x0 == 0)                                                                                                 \
        for (; x + 16 <= x1; x += 16)                                                                            \
            _mm256_storeu_si256((__m256i *)(out + x), _mm512_cvtepi32_epi16(_mm512_srai_epi32(taps(row, c, x / 16), 4)));
#include "resample_rgb.h"

const dv_stages dv_stages_avx512 = {lerp8, lerp16, lerp_pairs, row, to_rgb, shrink, blend};
#endif
