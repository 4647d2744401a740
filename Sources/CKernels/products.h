// What a product of two words is, and how sources are rounded into words. Sums are floats, or whole numbers in the lanes of one.
//
// ISA_PRODUCTS of the instruction set's file:
#define PRODUCTS_FLOAT 0  // a float a word
#define PRODUCTS_BF16 1   // two numbers of 8 significant bits, to a float
#define PRODUCTS_BYTES 2  // four unsigned source bytes and signed weights, to 32 bits
#define PRODUCTS_INT16 3  // two signed numbers of 16 bits, to 32 bits

#if ISA_PRODUCTS == PRODUCTS_BYTES
#define ISA_PER_WORD 4
#elif ISA_PRODUCTS
#define ISA_PER_WORD 2
#else
#define ISA_PER_WORD 1
#endif
// The word that begins with a source number; of bytes, words may begin with any.
#if ISA_PRODUCTS == PRODUCTS_BYTES
#define v_source(BASE, NUMBER) ((const float *)((const uint8_t *)(BASE) + (NUMBER)))
#elif ISA_PER_WORD == 2
#define v_source(BASE, NUMBER) ((const float *)((const uint16_t *)(BASE) + (NUMBER)))
#else
#define v_source(BASE, NUMBER) ((BASE) + (NUMBER))
#endif
#define ISA_SUMS_WHOLE (ISA_PRODUCTS == PRODUCTS_BYTES || ISA_PRODUCTS == PRODUCTS_INT16)

#if ISA_PRODUCTS == PRODUCTS_INT16
AI v8 v_low(vf x) { return __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7); }
AI v8 v_high(vf x) { return __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15); }
AI v8 v_product_half(v8 a, v8 b, v8 sum) {
  __m256i result = _mm256_add_epi32((__m256i)sum, _mm256_madd_epi16((__m256i)a, (__m256i)b));
  // Products are added one after the other: added among themselves first, they would need more registers than there are.
  __asm__("" : "+x"(result));
  return (v8)result;
}
#endif

AI vf v_product(vf a, vf b, vf sum) {
#if ISA_PRODUCTS == PRODUCTS_BF16
  return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
#elif ISA_PRODUCTS == PRODUCTS_BYTES
  return (vf)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
#elif ISA_PRODUCTS == PRODUCTS_INT16
  const v8 low = v_product_half(v_low(a), v_low(b), v_low(sum)), high = v_product_half(v_high(a), v_high(b), v_high(sum));
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  return v_fma(a, b, sum);
#endif
}

// A sum as the float that it is scaled as.
AI vf v_sum_value(vf sum) {
#if ISA_SUMS_WHOLE
  return __builtin_convertvector((vi)sum, vf);
#else
  return sum;
#endif
}

#if ISA_SUMS_WHOLE
// The level of each value, a whole number: NaN is the lowest one.
AI vf v_level(const dv_rounding *r, vf x) {
  return v_min(v_max(x * v_set(r->inverse), v_set(r->low)), v_set(r->high));
}
#endif

#if ISA_PRODUCTS
// `count` consecutive floats as whole words: numbers that the last one lacks are zeros, or any where the weights are zeros anyway.
AI void round_run(const dv_rounding *r, const float *from, int64_t count, float *words) {
  int64_t i = 0;
#if ISA_PRODUCTS == PRODUCTS_BF16
  uint16_t *to = (uint16_t *)words;
  for (; i + 2 * LANES <= count; i += 2 * LANES)
    _mm512_storeu_si512(to + i, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + i + LANES), _mm512_loadu_ps(from + i)));
  for (; i < count; i += LANES) {
    const int lanes = count - i < LANES ? (int)(count - i) : LANES;
    _mm256_mask_storeu_epi16(to + i, (__mmask16)((1u << (lanes + 1) / 2 * 2) - 1),
                             (__m256i)_mm512_cvtneps_pbh((__m512)v_load_first(from + i, lanes)));
  }
#elif ISA_PRODUCTS == PRODUCTS_BYTES
  uint8_t *to = (uint8_t *)words;
  const __m512i zero_point = _mm512_set1_epi16((int16_t)r->zero_point);
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  for (; i + 4 * LANES <= count; i += 4 * LANES) {
    // What is below the range is brought into it by the narrowing, as NaN is; what is above it could be too large for whole numbers.
    __m512i q[4];
    UNROLL for (int k = 0; k < 4; k++) {
      const vf x = v_load(from + i + LANES * k) * v_set(r->inverse);
      q[k] = _mm512_cvtps_epi32((__m512)v_select(x > v_set(r->high), v_set(r->high), x));
    }
    const __m512i a = _mm512_adds_epi16(_mm512_packs_epi32(q[0], q[1]), zero_point);
    const __m512i b = _mm512_adds_epi16(_mm512_packs_epi32(q[2], q[3]), zero_point);
    _mm512_storeu_si512(to + i, _mm512_permutexvar_epi32(order, _mm512_packus_epi16(a, b)));
  }
  for (; i < count; i += LANES) {
    const int lanes = count - i < LANES ? (int)(count - i) : LANES;
    const __m512i q = _mm512_cvtps_epi32((__m512)v_level(r, v_load_first(from + i, lanes)));
    const __m128i bytes = _mm512_cvtepi32_epi8(_mm512_add_epi32(q, _mm512_set1_epi32(r->zero_point)));
    _mm_mask_storeu_epi8(to + i, (__mmask16)((1u << (lanes + 3) / 4 * 4) - 1), bytes);
  }
#else
  int16_t *to = (int16_t *)words;
  for (; i < count; i += LANES) {
    const int lanes = count - i < LANES ? (int)(count - i) : LANES;
    const vf x = v_level(r, v_load_first(from + i, lanes));
    const __m256i low = _mm256_cvtps_epi32((__m256)__builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7));
    const __m256i high = _mm256_cvtps_epi32((__m256)__builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m256i q = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
    if (lanes == LANES) _mm256_storeu_si256((__m256i *)(to + i), q);
    else {
      int16_t all[LANES];
      _mm256_storeu_si256((__m256i *)all, q);
      memcpy(to + i, all, sizeof(int16_t) * (size_t)((lanes + 1) / 2 * 2));
    }
  }
#endif
}
#endif
