// 3×3 convolutions of stride 1 by Winograd's F(2×2, 3×3): an output tile of 2×2 pixels takes 16 products a pair of channels instead of 36
// (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", section 4.1). Tiles lie on a fixed grid, and an output's sum holds
// source values of its own window only, so a pixel has the same bits whatever is computed with it.

// The rows (or columns) of a 4×4 source tile that a transformed one combines: first + sign * second.
static const int8_t ISA(source_rows)[4][3] = {{0, 2, -1}, {1, 2, 1}, {2, 1, -1}, {1, 3, -1}};

// Sixteen transformed channels from channel c on, as words.
AI void winograd_store(float *words, int32_t c, vf x) {
#if ISA_PRODUCTS == PRODUCTS_BF16
  _mm256_storeu_si256((__m256i *)((uint16_t *)words + c), (__m256i)_mm512_cvtneps_pbh((__m512)x));
#elif ISA_PRODUCTS == PRODUCTS_INT16
  const __m256i low = _mm256_cvtps_epi32((__m256)__builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7));
  const __m256i high = _mm256_cvtps_epi32((__m256)__builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15));
  _mm256_storeu_si256((__m256i *)((int16_t *)words + c), _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8));
#else
  v_store(words + c, x);
#endif
}

#if ISA_SUMS_WHOLE
AI vf winograd_value(const dv_winograd *w, vf x) {
  const vf round = v_set(12582912.f);
  return (v_level(&w->rounding, x) + round) - round;
}
#else
AI vf winograd_value(const dv_winograd *w, vf x) { return x; }
#endif

// One tile's sixteen transformed vectors for every vector of channels: to[position * step + word].
AI void winograd_source(const dv_winograd *w, const float *const *rows, const int64_t *columns, float *to, int64_t step) {
  for (int i = 0; i < 4; i++) {
    const float *a = rows[ISA(source_rows)[i][0]], *b = rows[ISA(source_rows)[i][1]];
    const vf sign = v_set(ISA(source_rows)[i][2]);
    float *d = to + 4 * i * step;
    EACH_VECTOR(w->depth, {
      vf t[4];
      UNROLL for (int j = 0; j < 4; j++) {
        const vf x = winograd_value(w, v_load_first(b + columns[j] + c, lanes));
        t[j] = v_fma(x, sign, winograd_value(w, v_load_first(a + columns[j] + c, lanes)));
      }
      winograd_store(d, c, t[0] - t[2]);
      winograd_store(d + step, c, t[1] + t[2]);
      winograd_store(d + 2 * step, c, t[2] - t[1]);
      winograd_store(d + 3 * step, c, t[1] - t[3]);
    })
  }
}

#if ISA_SUMS_WHOLE
typedef vi ISA(winograd_sum);
#else
typedef vf ISA(winograd_sum);
#endif

// A tile's four output vectors from its sixteen products, those that are wanted (to[k] >= 0).
AI void winograd_result(const dv_winograd *w, const float *products, int64_t step, int channel, int lanes, float *destination,
                        const int64_t *to, const float *residual, const int64_t *ro) {
  const vf bias = v_load(w->bias + channel);
  for (int r = 0; r < 2; r++) {
    if (to[2 * r] < 0 && to[2 * r + 1] < 0) continue;
    ISA(winograd_sum) s[4];
    UNROLL for (int j = 0; j < 4; j++) {
#define SUM(J) (ISA(winograd_sum)) v_load(products + (J)*step)
      const ISA(winograd_sum) m1 = SUM(4 + j), m2 = SUM(8 + j);
      s[j] = r ? m1 - m2 - SUM(12 + j) : SUM(j) + m1 + m2;
#undef SUM
    }
    const vf y[2] = {v_sum_value((vf)(s[0] + s[1] + s[2])), v_sum_value((vf)(s[1] - s[2] - s[3]))};
    UNROLL for (int k = 0; k < 2; k++) {
      const int64_t place = to[2 * r + k];
      if (place < 0) continue;
      vf x = y[k] + bias;
      if (w->scaling.factors) x = v_scale(&w->scaling, channel, x);
      if (residual && !w->adds_after_activation) x += v_load_first(residual + ro[2 * r + k] + channel, lanes);
      x = v_activate(w->activation, x);
      if (residual && w->adds_after_activation) x += v_load_first(residual + ro[2 * r + k] + channel, lanes);
      v_store_first(destination + place + channel, x, lanes);
    }
  }
}

// Tiles [0, count) at (rows[t], columns[t]) of the grid; to and ro have four places a tile.
static void ISA(winograd_block)(const dv_winograd *w, dv_image source, const int32_t *tile_rows, const int32_t *tile_columns,
                                float *destination, const int64_t *to, const float *residual, const int64_t *ro, int count,
                                int first, int last, float *scratch) {
  // In words.
  const int64_t depth = (w->depth + LANES - 1) / LANES * LANES / ISA_PER_WORD, step = depth * w->block;
  int64_t so[ISA_PIXELS], po[ISA_PIXELS];
  for (int t = 0; t < count; t++) {
    const float *rows[4];
    int64_t columns[4];
    for (int i = 0; i < 4; i++) {
      // The last row and column of a grid that reaches past the image belong to outputs that nobody wants: read anything.
      const int y = 2 * tile_rows[t] + i, x = 2 * tile_columns[t] + i;
      rows[i] = source.base + (y < w->height + 2 ? y : y - 1) * source.row;
      columns[i] = (x < w->width + 2 ? x : x - 1) * source.pixel;
    }
    winograd_source(w, rows, columns, scratch + t * depth, step);
  }
  const int64_t no_offset = 0;
  const float zeros[ISA_PANEL * LANES] = {0};
  const dv_convolution product = {.taps = 1, .depth = (int32_t)depth, .tap_offsets = &no_offset, .activation = {DV_IDENTITY, 0, 0}};
  float *products = scratch + 16 * step;
  for (int q = first; q < last; q++) {
    const dv_panel panel = w->panels[q];
    const int vectors = panel.vectors, width = vectors * LANES, channel = panel.first_vector * LANES;
    const int most = ISA_PIXELS_FOR(vectors);
    const int64_t product_step = (int64_t)width * w->block;
    for (int m = 0; m < most; m++) so[m] = m * depth * ISA_PER_WORD, po[m] = m * width;
    const ISA(tile_function) *tiles = ISA(tiles)[vectors - 1];
    for (int position = 0; position < 16; position++) {
      const float *from = scratch + position * step, *weights = w->weights + panel.weights + position * depth * width;
      float *into = products + position * product_step;
      for (int s = 0; s < count; s += most) {
        const int n = count - s < most ? count - s : most;
        tiles[n - 1](&product, from + s * depth, so, weights, zeros, into + s * width, po, NULL, NULL, LANES);
      }
    }
    for (int t = 0; t < count; t++)
      for (int v = 0; v < vectors; v++) {
        const int left = w->channels - channel - v * LANES;
        winograd_result(w, products + t * width + v * LANES, product_step, channel + v * LANES, left < LANES ? left : LANES, destination,
                        to + 4 * t, residual, ro + 4 * t);
      }
  }
}

static void ISA(convolve_winograd)(const dv_winograd *w, dv_image source, dv_image destination, dv_image residual, const dv_span *spans,
                                   size_t span_count, int32_t first, int32_t last, int32_t compact, float *scratch, int32_t *index) {
  enum { MOST = 96 };
  int32_t rows[MOST], columns[MOST];
  int64_t to[4 * MOST], ro[4 * MOST], done = 0;
  int count = 0;
  for (size_t i = 0; i < span_count;) {
    // The spans of one row of tiles: a tile that both of its rows want is computed once. index[x]: the wanted pixels of tile x, as bits.
    const int32_t tile_row = spans[i].row >> 1;
    size_t end = i;
    while (end < span_count && spans[end].row >> 1 == tile_row) end++;
    int32_t least = INT32_MAX, most = -1;
    for (size_t k = i; k < end; k++) {
      if (spans[k].begin >> 1 < least) least = spans[k].begin >> 1;
      if ((spans[k].end - 1) >> 1 > most) most = (spans[k].end - 1) >> 1;
    }
    for (int32_t x = least; x <= most; x++) index[x] = 0;
    for (size_t k = i; k < end; k++)
      for (int32_t x = spans[k].begin; x < spans[k].end; x++) index[x >> 1] |= 1 << (2 * (spans[k].row & 1) + (x & 1));
    // Column by column, with both rows' spans walked along.
    size_t upper = i, lower = i;
    while (lower < end && !(spans[lower].row & 1)) lower++;
    const size_t upper_end = lower;
    int64_t upper_done = done, lower_done = done;
    for (size_t k = i; k < upper_end; k++) lower_done += spans[k].end - spans[k].begin;
    int64_t next = lower_done;
    for (size_t k = upper_end; k < end; k++) next += spans[k].end - spans[k].begin;
    for (int32_t x = least; x <= most; x++) {
      const int32_t wanted = index[x];
      if (!wanted) continue;
      rows[count] = tile_row;
      columns[count] = x;
      for (int k = 0; k < 4; k++) {
        const int32_t y = 2 * tile_row + (k >> 1), column = 2 * x + (k & 1);
        if (!(wanted >> k & 1)) {
          to[4 * count + k] = -1;
          continue;
        }
        if (compact) {
          size_t *span = k >> 1 ? &lower : &upper;
          int64_t *place = k >> 1 ? &lower_done : &upper_done;
          while (column >= spans[*span].end) {
            *place += spans[*span].end - spans[*span].begin;
            (*span)++;
          }
          to[4 * count + k] = (*place + column - spans[*span].begin) * destination.pixel;
        } else {
          to[4 * count + k] = y * destination.row + column * destination.pixel;
        }
        ro[4 * count + k] = y * residual.row + column * residual.pixel;
      }
      if (++count == w->block) {
        ISA(winograd_block)(w, source, rows, columns, destination.base, to, residual.base, ro, count, first, last, scratch);
        count = 0;
      }
    }
    done = next;
    i = end;
  }
  if (count) ISA(winograd_block)(w, source, rows, columns, destination.base, to, residual.base, ro, count, first, last, scratch);
}
