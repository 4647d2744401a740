// Depthwise convolution: per vector of channels, L neighboring output pixels share the source vectors they overlap in.

// Vectors of 8 where registers hold 8 lanes, or 4 and are many: more pixels then share a source vector.
#if ISA_DEPTHWISE_HALF
#define VD v8
#define VD_LANES (LANES / 2)
#define VD_SET(X) (v8){X, X, X, X, X, X, X, X}
AI v8 vd_load(const float *p) { return *(const v8_unaligned *)p; }
AI v8 vd_fma(v8 a, v8 b, v8 c) { return __builtin_elementwise_fma(a, b, c); }
AI v8 vd_activate(dv_activation f, v8 x) {
  const vf y = v_activate(f, v_widen(x));
  return __builtin_shufflevector(y, y, 0, 1, 2, 3, 4, 5, 6, 7);
}
AI void vd_store_first(float *p, v8 v, int n) {
  if (n == VD_LANES) *(v8_unaligned *)p = v;
  else v_store_first(p, v_widen(v), n);
}
#else
#define VD vf
#define VD_LANES LANES
#define VD_SET v_set
#define vd_load v_load
#define vd_fma v_fma
#define vd_activate v_activate
#define vd_store_first v_store_first
#endif

AI void depthwise_run(const int K, const int KH, const int S, const int L, const dv_depthwise *c, const float *source,
                      const float *w, VD bias, int padded, float *destination, int64_t pixel, int lanes, const int late) {
  // K, S = 0: kernel width or stride known at run time only.
  VD acc[L];
  UNROLL for (int l = 0; l < L; l++) acc[l] = bias;
  if (K) {
    for (int ky = 0; ky < KH; ky++) {
      const float *p = source + ky * c->tap_row;
      VD s[(L - 1) * S + K];
      UNROLL for (int x = 0; x < (L - 1) * S + K; x++) s[x] = vd_load(p + x * c->tap_pixel);
      UNROLL for (int kx = 0; kx < K; kx++) {
        VD weight = vd_load(w + (int64_t)(ky * K + kx) * padded);
        UNROLL for (int l = 0; l < L; l++) acc[l] = vd_fma(s[l * S + kx], weight, acc[l]);
      }
    }
  } else {
    for (int ky = 0; ky < KH; ky++)
      for (int kx = 0; kx < c->kernel_width; kx++) {
        VD weight = vd_load(w + (int64_t)(ky * c->kernel_width + kx) * padded);
        const float *p = source + ky * c->tap_row + kx * c->tap_pixel;
        UNROLL for (int l = 0; l < L; l++) acc[l] = vd_fma(vd_load(p + l * c->source_pixel), weight, acc[l]);
      }
  }
  if (c->scaling.factors) {
    const int64_t channel = w - c->weights;
    const VD factor = vd_load(c->scaling.factors + channel) * VD_SET(c->scaling.scale), term = vd_load(c->scaling.terms + channel);
    UNROLL for (int l = 0; l < L; l++) acc[l] = acc[l] * factor + term;
  }
  UNROLL for (int l = 0; l < L; l++) {
    const VD x = late ? acc[l] : vd_activate(c->activation, acc[l]);
    vd_store_first(destination + l * pixel, x, lanes);
  }
}

// The rarer activations, on pixels that have just been stored and are still in L1.
static __attribute__((noinline)) void ISA(activate_pixels)(dv_activation activation, int pixels, int channels, float *destination,
                                                           int64_t pixel) {
  for (int l = 0; l < pixels; l++, destination += pixel)
    EACH_VECTOR(channels, { v_store_first(destination + c, v_activate(activation, v_load_first(destination + c, lanes)), lanes); })
}

AI void depthwise_span(const int K, const int S, const int F, const dv_depthwise *layer, dv_image source,
                       dv_image destination, dv_span span, int64_t done, int32_t compact) {
  dv_depthwise c = *layer;
  if (F >= 0) c.activation.function = (dv_function)F;
  const int KH = K ? K : c.kernel_height;
  const int padded = (c.channels + LANES - 1) / LANES * LANES;
  const float *row = source.base + span.row * c.source_row + span.begin * c.source_pixel;
  float *out = compact ? destination.base + done * destination.pixel
                       : destination.base + span.row * destination.row + span.begin * destination.pixel;
  // Pixels outside, channels inside: memory is read in the order in which it lies.
  int32_t x = span.begin;
#define RUNS_OF(L)                                                                                                  \
  for (; x + (L) <= span.end; x += (L)) {                                                                           \
    for (int channel = 0; channel < c.channels; channel += VD_LANES) {                                              \
      const int left = c.channels - channel, lanes = left < VD_LANES ? left : VD_LANES;                             \
      depthwise_run(K, KH, S, (L), &c, row + channel, c.weights + channel, vd_load(c.bias + channel), padded,       \
                    out + channel, destination.pixel, lanes, F < 0);                                                  \
    }                                                                                                               \
    if (F < 0) ISA(activate_pixels)(c.activation, (L), c.channels, out, destination.pixel);                         \
    row += (L) * c.source_pixel;                                                                                    \
    out += (L) * destination.pixel;                                                                                 \
  }
  // With stride 2 pixels share little, and fewer of them fit the registers.
  const int most = S == 2 ? ISA_DEPTHWISE_STRIDED : ISA_DEPTHWISE;
  if (most > 4) RUNS_OF(most)
  if (most >= 4) RUNS_OF(4)
  RUNS_OF(2)
  RUNS_OF(1)
#undef RUNS_OF
}

static void ISA(convolve_depthwise)(const dv_depthwise *c, dv_image source, dv_image destination, const dv_span *spans,
                                    size_t span_count, int32_t compact) {
  const int k = c->kernel_height == c->kernel_width && c->source_pixel == c->stride_x * c->tap_pixel ? c->kernel_width : 0;
  const int f = c->activation.function;
#define RUN(K, S, F) \
  for (size_t i = 0; i < span_count; i++) { \
    depthwise_span(K, S, F, c, source, destination, spans[i], done, compact); \
    done += spans[i].end - spans[i].begin; \
  } \
  return;
#define BY_ACTIVATION(K, S)          \
  {                                  \
    if (f == DV_IDENTITY) { RUN(K, S, DV_IDENTITY) } \
    if (f == DV_CLAMP) { RUN(K, S, DV_CLAMP) }       \
    if (f == DV_SILU) { RUN(K, S, DV_SILU) }         \
    if (f == DV_HARD_SWISH) { RUN(K, S, DV_HARD_SWISH) } \
    RUN(K, S, -1)                    \
  }
  int64_t done = 0;
  if (k == 3 && c->stride_x == 1) BY_ACTIVATION(3, 1)
  if (k == 3 && c->stride_x == 2) BY_ACTIVATION(3, 2)
  if (k == 5 && c->stride_x == 1) BY_ACTIVATION(5, 1)
  if (k == 5 && c->stride_x == 2) BY_ACTIVATION(5, 2)
  RUN(0, 0, -1)
#undef RUN
#undef BY_ACTIVATION
}
