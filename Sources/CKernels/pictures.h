// Differences of 8-bit pictures, for the matchers.
#include <string.h>

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

// Columns of bytes taken together: what is kept of them stays in the first-level cache.
#define STRIP 1024

// Per byte column of a strip, over rows: the sum and the largest of |a - b|. Plain loops, which compilers make vectors of.
static void ISA(column_differences)(const uint8_t *a, const uint8_t *b, int64_t row_bytes, int32_t rows, int32_t count,
                                    uint16_t *restrict sums, uint8_t *restrict largest) {
  memset(sums, 0, (size_t)count * sizeof *sums);
  memset(largest, 0, (size_t)count);
  for (int32_t y = 0; y < rows; y++) {
    const uint8_t *p = a + y * row_bytes, *q = b + y * row_bytes;
    for (int32_t k = 0; k < count; k++) {
      const uint8_t d = p[k] > q[k] ? p[k] - q[k] : q[k] - p[k];
      sums[k] += d;
      largest[k] = d > largest[k] ? d : largest[k];
    }
  }
}

static void ISA(block_differences)(const uint8_t *a, const uint8_t *b, int64_t row_bytes, int32_t width, int32_t height,
                                   int32_t channels, int32_t block, uint32_t *sums, uint8_t *largest) {
  uint16_t column_sums[STRIP];
  uint8_t column_largest[STRIP];
  const int32_t block_bytes = block * channels, row = width * channels, across = (width + block - 1) / block;
  const int32_t strip = STRIP / block_bytes * block_bytes;
  for (int32_t top = 0; top < height; top += block) {
    const int32_t rows = top + block < height ? block : height - top;
    for (int32_t left = 0; left < row; left += strip) {
      const int32_t count = left + strip < row ? strip : row - left;
      const int64_t start = top * row_bytes + left;
      ISA(column_differences)(a + start, b + start, row_bytes, rows, count, column_sums, column_largest);
      const int32_t first = top / block * across + left / block_bytes;
      for (int32_t k = 0; k < count; k += block_bytes) {
        const int32_t end = k + block_bytes < count ? k + block_bytes : count;
        uint32_t sum = 0;
        uint8_t most = 0;
        for (int32_t i = k; i < end; i++) {
          sum += column_sums[i];
          most = column_largest[i] > most ? column_largest[i] : most;
        }
        sums[first + k / block_bytes] = sum;
        largest[first + k / block_bytes] = most;
      }
    }
  }
}
#undef STRIP
