// Indirect GEMM: P arbitrary output pixels × NB·16 output channels in registers.
// The K loop of a pixel runs tap by tap, k by k, whatever P is: same pixel, same bits.
// Sources and weights are words of 32 bits: floats here, several rounded numbers each where products.h says so.

// Whether the activation is applied after the tile has been stored.
AI int activates_late(dv_activation f) {
  return f.function != DV_IDENTITY && f.function != DV_CLAMP && f.function != DV_SILU && f.function != DV_SIGMOID &&
         f.function != DV_LEAKY_RELU && f.function != DV_HARD_SWISH;
}

AI void convolve_tile(const int P, const int NB, const dv_convolution *c, const float *source, const int64_t *so,
                      const float *w, const float *bias, float *destination, const int64_t *to, const float *residual,
                      const int64_t *ro, int tail) {
  vf acc[P][NB];
  UNROLL for (int m = 0; m < P; m++) { UNROLL for (int n = 0; n < NB; n++) acc[m][n] = v_load(bias + LANES * n); }
  const int taps = c->taps;
  const long depth = c->depth;
  for (int t = 0; t < taps; t++) {
#if ISA_LANE_PRODUCTS
    // Of a size that is no variable: these pointers stay in registers.
    const float *p[ISA_PIXELS];
#else
    const float *p[P];
#endif
    const int64_t offset = c->tap_offsets[t];
    UNROLL for (int m = 0; m < P; m++) p[m] = v_source(source, so[m] + offset);
#define STEP(J)                                                                                  \
  {                                                                                              \
    vf b[NB];                                                                                    \
    UNROLL for (int n = 0; n < NB; n++) b[n] = v_load(w + ((J) * NB + n) * LANES);               \
    UNROLL for (int m = 0; m < P; m++) {                                                         \
      vf a = v_set(p[m][k + (J)]);                                                               \
      UNROLL for (int n = 0; n < NB; n++) acc[m][n] = v_product(a, b[n], acc[m][n]);             \
    }                                                                                            \
  }
    long k = 0;
#if ISA_LANE_PRODUCTS
    // Four source values of a pixel are one load, and the products take them lane by lane.
#define LANE_STEP(J)                                                                             \
  {                                                                                              \
    vf b[NB];                                                                                    \
    UNROLL for (int n = 0; n < NB; n++) b[n] = v_load(w + ((J) * NB + n) * LANES);               \
    UNROLL for (int m = 0; m < P; m++) {                                                         \
      const vf a = v_lane(four[m], J);                                                           \
      UNROLL for (int n = 0; n < NB; n++) acc[m][n] = v_product(a, b[n], acc[m][n]);             \
    }                                                                                            \
  }
    for (; k + 4 <= depth; k += 4) {
      v4 four[ISA_PIXELS];
      UNROLL for (int m = 0; m < P; m++) four[m] = *(const v4_unaligned *)(p[m] + k);
      LANE_STEP(0) LANE_STEP(1) LANE_STEP(2) LANE_STEP(3)
      w += 4 * NB * LANES;
    }
#undef LANE_STEP
#else
    for (; k + 4 <= depth; k += 4) {
      STEP(0) STEP(1) STEP(2) STEP(3)
      w += 4 * NB * LANES;
    }
#endif
    for (; k < depth; k++) {
      STEP(0)
      w += NB * LANES;
    }
#undef STEP
  }
  // The common activations happen in registers; their loads and stores would cost more than they do.
#define EACH(EXPRESSION)                                                     \
  UNROLL for (int m = 0; m < P; m++) {                                       \
    UNROLL for (int n = 0; n < NB; n++) {                                    \
      const vf x = acc[m][n];                                                \
      acc[m][n] = (EXPRESSION);                                              \
    }                                                                        \
  }
  const dv_activation f = c->activation;
  const vf zero = v_set(0.f), a = v_set(f.a), b = v_set(f.b);
  if (c->scaling.factors) EACH(v_scale(&c->scaling, bias - c->bias + LANES * n, v_sum_value(x)))
  if (residual && !c->adds_after_activation) EACH(x + v_load(residual + ro[m] + LANES * n))
  if (f.function == DV_CLAMP) {
    EACH(v_max(x, a))
    if (f.b < INFINITY) EACH(v_min(x, b))
  }
  else if (f.function == DV_SILU) EACH(v_activate((dv_activation){DV_SILU, 0, 0}, x))
  else if (f.function == DV_SIGMOID) EACH(v_activate((dv_activation){DV_SIGMOID, 0, 0}, x))
  else if (f.function == DV_LEAKY_RELU) EACH(v_select(x < zero, x * a, x))
  else if (f.function == DV_HARD_SWISH) EACH(v_activate((dv_activation){DV_HARD_SWISH, 0, 0}, x))
  if (residual && c->adds_after_activation && !activates_late(f)) EACH(x + v_load(residual + ro[m] + LANES * n))
#undef EACH
  UNROLL for (int m = 0; m < P; m++) {
    float *d = destination + to[m];
    UNROLL for (int n = 0; n < NB - 1; n++) v_store(d + LANES * n, acc[m][n]);
    if (tail == LANES) v_store(d + LANES * (NB - 1), acc[m][NB - 1]);
    else v_store_first(d + LANES * (NB - 1), acc[m][NB - 1], tail);
  }
}

#if ISA_HALF_PIXELS
// As convolve_tile, of a panel's first 8 channels at most: twice the pixels, so that a narrow last panel wastes no lanes. Each sum has the
// order of the whole panel's.
AI void convolve_half_tile(const int P, const dv_convolution *c, const float *source, const int64_t *so, const float *w,
                           const float *bias, float *destination, const int64_t *to, const float *residual, const int64_t *ro,
                           int tail) {
  v8 acc[P];
  UNROLL for (int m = 0; m < P; m++) acc[m] = *(const v8_unaligned *)bias;
  const long depth = c->depth;
  for (int t = 0; t < c->taps; t++) {
    const float *p[P];
    UNROLL for (int m = 0; m < P; m++) p[m] = source + so[m] + c->tap_offsets[t];
#define STEP(J)                                                 \
  {                                                             \
    const v8 b = *(const v8_unaligned *)(w + (J) * LANES);      \
    UNROLL for (int m = 0; m < P; m++) {                        \
      const float x = p[m][k + (J)];                            \
      const v8 a = {x, x, x, x, x, x, x, x};                    \
      acc[m] = __builtin_elementwise_fma(a, b, acc[m]);         \
    }                                                           \
  }
    long k = 0;
    for (; k + 4 <= depth; k += 4, w += 4 * LANES) {
      STEP(0) STEP(1) STEP(2) STEP(3)
    }
    for (; k < depth; k++, w += LANES) STEP(0)
#undef STEP
  }
  const dv_activation f = c->activation;
  // Whole halves are loaded, bounded and stored as they are: what follows costs as much as the products of 16 channels.
  if (tail == LANES / 2 && !c->scaling.factors && !c->adds_after_activation && (f.function == DV_CLAMP || f.function == DV_IDENTITY)) {
    if (residual) {
      UNROLL for (int m = 0; m < P; m++) acc[m] += *(const v8_unaligned *)(residual + ro[m]);
    }
    if (f.function == DV_CLAMP) {
      UNROLL for (int m = 0; m < P; m++) {
        const vf x = v_activate((dv_activation){DV_CLAMP, f.a, f.b}, v_widen(acc[m]));
        acc[m] = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
      }
    }
    UNROLL for (int m = 0; m < P; m++) *(v8_unaligned *)(destination + to[m]) = acc[m];
    return;
  }
  const int late = activates_late(f);
  UNROLL for (int m = 0; m < P; m++) {
    vf x = v_widen(acc[m]);
    if (c->scaling.factors) x = v_scale(&c->scaling, bias - c->bias, x);
    if (residual && !c->adds_after_activation) x += v_load_first(residual + ro[m], tail);
    if (!late) x = v_activate(f, x);
    if (residual && c->adds_after_activation && !late) x += v_load_first(residual + ro[m], tail);
    v_store_first(destination + to[m], x, tail);
  }
}
#endif

// The rarer activations, on values that have just been stored and are still in L1.
static __attribute__((noinline)) void ISA(activate_tile)(const dv_convolution *c, int pixels, int vectors, int tail,
                                                         float *destination, const int64_t *to, const float *residual,
                                                         const int64_t *ro) {
  const float *after = c->adds_after_activation ? residual : NULL;
  for (int m = 0; m < pixels; m++)
    for (int n = 0; n < vectors; n++) {
      float *d = destination + to[m] + LANES * n;
      const int lanes = n + 1 == vectors ? tail : LANES;
      vf x = v_activate(c->activation, v_load_first(d, lanes));
      if (after) x += v_load_first(after + ro[m] + LANES * n, lanes);
      v_store_first(d, x, lanes);
    }
}

typedef void (*ISA(tile_function))(const dv_convolution *, const float *, const int64_t *, const float *, const float *,
                                   float *, const int64_t *, const float *, const int64_t *, int);
#define TILE(P, NB)                                                                                                   \
  static void ISA(tile_##P##_##NB)(const dv_convolution *c, const float *s, const int64_t *so, const float *w,        \
                                   const float *b, float *d, const int64_t *to, const float *r, const int64_t *ro,    \
                                   int tail) {                                                                        \
    convolve_tile(P, NB, c, s, so, w, b, d, to, r, ro, tail);                                                         \
  }
ISA_TILES(TILE)
#undef TILE
#define ENTRY(P, NB) [NB - 1][P - 1] = ISA(tile_##P##_##NB),
static const ISA(tile_function) ISA(tiles)[ISA_PANEL][ISA_PIXELS] = {ISA_TILES(ENTRY)};
#undef ENTRY

#if ISA_HALF_PIXELS
#define HALF_TILE(P)                                                                                                  \
  static void ISA(half_tile_##P)(const dv_convolution *c, const float *s, const int64_t *so, const float *w,          \
                                 const float *b, float *d, const int64_t *to, const float *r, const int64_t *ro,      \
                                 int tail) {                                                                          \
    convolve_half_tile(P, c, s, so, w, b, d, to, r, ro, tail);                                                        \
  }
HALF_TILE(1) HALF_TILE(2) HALF_TILE(3) HALF_TILE(4) HALF_TILE(5) HALF_TILE(6) HALF_TILE(7) HALF_TILE(8)
#undef HALF_TILE
static const ISA(tile_function) ISA(half_tiles)[ISA_HALF_PIXELS] = {
    ISA(half_tile_1), ISA(half_tile_2), ISA(half_tile_3), ISA(half_tile_4),
    ISA(half_tile_5), ISA(half_tile_6), ISA(half_tile_7), ISA(half_tile_8)};
#endif

enum { ISA(block_limit) = 768 };

static void ISA(convolve_block)(const dv_convolution *c, const float *source, const int64_t *so, float *destination,
                                const int64_t *to, const float *residual, const int64_t *ro, int count, int first,
                                int last) {
  const int64_t steps = (int64_t)c->taps * c->depth;
  for (int q = first; q < last; q++) {
    const dv_panel panel = c->panels[q];
    const int channel = panel.first_vector * LANES, vectors = panel.vectors;
    const int left = c->channels - (channel + (vectors - 1) * LANES), tail = left < LANES ? left : LANES;
    const ISA(tile_function) *tiles = ISA(tiles)[vectors - 1];
    int most = ISA_PIXELS_FOR(vectors);
#if ISA_HALF_PIXELS
    if (vectors == 1 && tail <= LANES / 2) {
      tiles = ISA(half_tiles);
      most = ISA_HALF_PIXELS;
    }
#endif
    const float *r = residual ? residual + channel : NULL;
    // The next panel's weights come from L3 or memory, a part with each tile: whoever read them first would wait for them.
    const char *next = (const char *)(c->weights + panel.weights + steps * vectors * LANES);
    const int64_t next_bytes = q + 1 < last ? steps * c->panels[q + 1].vectors * (LANES * 4) : 0;
    int64_t fetched = 0;
    for (int s = 0; s < count;) {
      const int rest = count - s;
      // The last two tiles are alike: a tile of one pixel takes nearly as long as a whole one.
      const int n = rest <= most ? rest : rest < 2 * most ? (rest + 1) / 2 : most;
      const int64_t until = next_bytes ? next_bytes * (s + n) / count : 0;
      for (; fetched < until; fetched += 64) __builtin_prefetch(next + fetched, 0, 2);
      tiles[n - 1](c, source, so + s, c->weights + panel.weights, c->bias + channel, destination + channel, to + s, r,
                   ro + s, tail);
      if (activates_late(c->activation)) ISA(activate_tile)(c, n, vectors, tail, destination + channel, to + s, r, ro + s);
      s += n;
    }
  }
}

#if !ISA_PRODUCTS
static void ISA(convolve)(const dv_convolution *c, dv_image source, dv_image destination, dv_image residual,
                          const dv_span *spans, size_t span_count, int32_t first, int32_t last, int32_t compact) {
  int64_t so[ISA(block_limit)], to[ISA(block_limit)], ro[ISA(block_limit)];
  const int block = c->block < ISA(block_limit) ? c->block : ISA(block_limit);
  int count = 0;
  int64_t done = 0;
  for (size_t i = 0; i < span_count; i++) {
    const dv_span span = spans[i];
    const int64_t s = span.row * c->source_row, t = span.row * destination.row, r = span.row * residual.row;
    for (int32_t x = span.begin; x < span.end;) {
      const int32_t left = span.end - x, n = left < block - count ? left : block - count;
      const int64_t target = compact ? done * destination.pixel : t + x * destination.pixel;
      for (int32_t i = 0; i < n; i++) {
        so[count + i] = s + (x + i) * c->source_pixel;
        to[count + i] = target + i * destination.pixel;
        ro[count + i] = r + (x + i) * residual.pixel;
      }
      x += n;
      done += n;
      count += n;
      if (count == block) {
        ISA(convolve_block)(c, source.base, so, destination.base, to, residual.base, ro, count, first, last);
        count = 0;
      }
    }
  }
  if (count) ISA(convolve_block)(c, source.base, so, destination.base, to, residual.base, ro, count, first, last);
}
#endif
