// Differences of 8-bit pictures, for the matchers.

// Sum of squared differences of `bytes` consecutive bytes.
#if ISA_MASKED
AI uint64_t row_squares(const uint8_t *a, const uint8_t *b, int32_t bytes) {
  __m512i sums = _mm512_setzero_si512();
  for (int32_t k = 0; k < bytes; k += 64) {
    const __mmask64 mask = bytes - k >= 64 ? ~0ull : (1ull << (bytes - k)) - 1;
    const __m512i u = _mm512_maskz_loadu_epi8(mask, a + k), v = _mm512_maskz_loadu_epi8(mask, b + k);
    const __m512i d = _mm512_or_si512(_mm512_subs_epu8(u, v), _mm512_subs_epu8(v, u)), zero = _mm512_setzero_si512();
    const __m512i low = _mm512_unpacklo_epi8(d, zero), high = _mm512_unpackhi_epi8(d, zero);
    sums = _mm512_add_epi32(sums, _mm512_add_epi32(_mm512_madd_epi16(low, low), _mm512_madd_epi16(high, high)));
  }
  return (uint32_t)_mm512_reduce_add_epi32(sums);
}
#elif defined(__SSE2__)
AI __m128i squares_of(__m128i u, __m128i v) {
  const __m128i d = _mm_or_si128(_mm_subs_epu8(u, v), _mm_subs_epu8(v, u)), zero = _mm_setzero_si128();
  const __m128i low = _mm_unpacklo_epi8(d, zero), high = _mm_unpackhi_epi8(d, zero);
  return _mm_add_epi32(_mm_madd_epi16(low, low), _mm_madd_epi16(high, high));
}
AI uint64_t row_squares(const uint8_t *a, const uint8_t *b, int32_t bytes) {
  __m128i sums = _mm_setzero_si128();
  int32_t k = 0;
  for (; k + 16 <= bytes; k += 16)
    sums = _mm_add_epi32(sums, squares_of(_mm_loadu_si128((const __m128i *)(a + k)), _mm_loadu_si128((const __m128i *)(b + k))));
  if (k + 8 <= bytes) {
    sums = _mm_add_epi32(sums, squares_of(_mm_loadl_epi64((const __m128i *)(a + k)), _mm_loadl_epi64((const __m128i *)(b + k))));
    k += 8;
  }
  uint32_t lanes[4];
  _mm_storeu_si128((__m128i *)lanes, sums);
  uint32_t sum = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  for (; k < bytes; k++) sum += (uint32_t)((a[k] - b[k]) * (a[k] - b[k]));
  return sum;
}
#else
AI uint64_t row_squares(const uint8_t *a, const uint8_t *b, int32_t bytes) {
  uint32_t sum = 0;
  for (int32_t k = 0; k < bytes; k++) sum += (uint32_t)((a[k] - b[k]) * (a[k] - b[k]));
  return sum;
}
#endif

static uint64_t ISA(squared_difference)(const uint8_t *a, const uint8_t *b, int64_t row_bytes, int32_t bytes, int32_t rows) {
  uint64_t sum = 0;
  for (int32_t y = 0; y < rows; y++, a += row_bytes, b += row_bytes) sum += row_squares(a, b, bytes);
  return sum;
}

// In two passes, so that the first is a plain vector loop; a row at rest costs no more than that.
static size_t ISA(pixel_changes)(const uint8_t *a, const uint8_t *b, int32_t width, int32_t channels, uint8_t threshold,
                                 uint8_t *changed) {
  enum { CHUNK = 256 };
  uint8_t over[CHUNK * 4];
  size_t count = 0;
  for (int32_t x = 0; x < width; x += CHUNK) {
    const int32_t pixels = width - x < CHUNK ? width - x : CHUNK, bytes = pixels * channels;
    uint8_t any = 0;
    for (int32_t k = 0; k < bytes; k++) {
      const uint8_t u = a[x * channels + k], v = b[x * channels + k];
      over[k] = (u > v ? (uint8_t)(u - v) : (uint8_t)(v - u)) > threshold;
      any |= over[k];
    }
    if (!any) {
      memset(changed + x, 0, (size_t)pixels);
      continue;
    }
    for (int32_t i = 0; i < pixels; i++) {
      uint8_t flag = 0;
      for (int32_t c = 0; c < channels; c++) flag |= over[i * channels + c];
      changed[x + i] = flag;
      count += flag;
    }
  }
  return count;
}
