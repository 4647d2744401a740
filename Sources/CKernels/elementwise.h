// Element-wise functions, copies and resizes of pixels.

AI float *pixel_at(dv_image image, int32_t row, int32_t x, int64_t done, int32_t compact) {
  return compact ? image.base + done * image.pixel : image.base + row * image.row + x * image.pixel;
}

AI vf v_binary(dv_binary_function f, vf a, vf b) {
  switch (f) {
    case DV_ADD: return a + b;
    case DV_SUBTRACT: return a - b;
    case DV_MULTIPLY: return a * b;
    case DV_DIVIDE: return a / b;
    case DV_MINIMUM: return __builtin_elementwise_min(a, b);
    case DV_MAXIMUM: return __builtin_elementwise_max(a, b);
    case DV_PRELU: return v_select(a < v_set(0.f), a * b, a);
  }
  return a;
}

AI void binary_spans(const dv_binary_function f, const int per_channel, const int swapped, int32_t channels, dv_image a,
                     dv_image b, dv_image destination, const dv_span *spans, size_t span_count, int32_t compact) {
  int64_t done = 0;
  for (size_t i = 0; i < span_count; i++)
    for (int32_t x = spans[i].begin; x < spans[i].end; x++, done++) {
      const float *p = a.base + spans[i].row * a.row + x * a.pixel;
      const float *q = b.base + spans[i].row * b.row + x * b.pixel;
      float *d = pixel_at(destination, spans[i].row, x, done, compact);
      EACH_VECTOR(channels, {
        const vf u = v_load_first(p + c, lanes), v = per_channel ? v_load_first(q + c, lanes) : v_set(*q);
        v_store_first(d + c, swapped ? v_binary(f, v, u) : v_binary(f, u, v), lanes);
      })
    }
}

// The choices that hold for a whole call are made outside of the loops.
static void ISA(binary)(dv_binary_function function, int32_t channels, dv_image a, dv_image b, int32_t b_step,
                        int32_t swapped, dv_image destination, const dv_span *spans, size_t span_count, int32_t compact) {
#define RUN(F, STEP, SWAPPED) return binary_spans(F, STEP, SWAPPED, channels, a, b, destination, spans, span_count, compact)
#define CASE(F)                            \
  case F:                                  \
    if (b_step && swapped) RUN(F, 1, 1);   \
    if (b_step) RUN(F, 1, 0);              \
    if (swapped) RUN(F, 0, 1);             \
    RUN(F, 0, 0);
  switch (function) {
    CASE(DV_ADD) CASE(DV_SUBTRACT) CASE(DV_MULTIPLY) CASE(DV_DIVIDE) CASE(DV_MINIMUM) CASE(DV_MAXIMUM)
    CASE(DV_PRELU)
  }
#undef CASE
#undef RUN
}

AI void unary_spans(const dv_function function, const int is_affine, dv_activation activation, const float *scale,
                    const float *bias, int32_t channels, dv_image source, dv_image destination, const dv_span *spans,
                    size_t span_count, int32_t compact) {
  activation.function = function;
  int64_t done = 0;
  for (size_t i = 0; i < span_count; i++)
    for (int32_t x = spans[i].begin; x < spans[i].end; x++, done++) {
      const float *p = source.base + spans[i].row * source.row + x * source.pixel;
      float *d = pixel_at(destination, spans[i].row, x, done, compact);
      EACH_VECTOR(channels, {
        vf v = v_load_first(p + c, lanes);
        if (is_affine) v = v_fma(v, v_load_first(scale + c, lanes), v_load_first(bias + c, lanes));
        v_store_first(d + c, v_activate(activation, v), lanes);
      })
    }
}

static void ISA(unary)(dv_activation activation, const float *scale, const float *bias, int32_t channels,
                       dv_image source, dv_image destination, const dv_span *spans, size_t span_count, int32_t compact) {
#define RUN(F, AFFINE) return unary_spans(F, AFFINE, activation, scale, bias, channels, source, destination, spans, span_count, compact)
#define CASE(F)            \
  case F:                  \
    if (scale) RUN(F, 1);  \
    RUN(F, 0);
  switch (activation.function) {
    CASE(DV_IDENTITY) CASE(DV_CLAMP) CASE(DV_LEAKY_RELU) CASE(DV_SIGMOID) CASE(DV_SILU) CASE(DV_HARD_SIGMOID)
    CASE(DV_HARD_SWISH) CASE(DV_TANH) CASE(DV_EXP) CASE(DV_MISH) CASE(DV_ELU) CASE(DV_SWISH) CASE(DV_ERF) CASE(DV_GELU)
    CASE(DV_GELU_TANH)
  }
#undef CASE
#undef RUN
}

static void ISA(normalize_pixels)(const float *scale, const float *bias, float epsilon, int32_t keeps_mean, int32_t channels,
                                  dv_image source, dv_image destination, const dv_span *spans, size_t span_count, int32_t compact) {
  const int whole = channels / LANES * LANES, rest = channels - whole;
  vi inside;
  for (int i = 0; i < LANES; i++) inside[i] = i < rest ? -1 : 0;
  int64_t done = 0;
  for (size_t i = 0; i < span_count; i++)
    for (int32_t x = spans[i].begin; x < spans[i].end; x++, done++) {
      const float *p = source.base + spans[i].row * source.row + x * source.pixel;
      float *d = pixel_at(destination, spans[i].row, x, done, compact);
      float mean = 0;
      if (!keeps_mean) {
        vf sums = v_set(0.f);
        EACH_VECTOR(channels, { sums += v_load_first(p + c, lanes); })
        mean = v_sum(sums) / (float)channels;
      }
      const vf center = v_set(mean);
      vf squares = v_set(0.f);
      for (int c = 0; c < whole; c += LANES) {
        const vf distance = v_load(p + c) - center;
        squares = v_fma(distance, distance, squares);
      }
      if (rest) {
        const vf distance = (vf)((vi)(v_load_first(p + whole, rest) - center) & inside);
        squares = v_fma(distance, distance, squares);
      }
      const vf factor = v_set(1.f / sqrtf(v_sum(squares) / (float)channels + epsilon));
      EACH_VECTOR(channels, {
        const vf normal = (v_load_first(p + c, lanes) - center) * factor;
        v_store_first(d + c, v_fma(normal, v_load(scale + c), v_load(bias + c)), lanes);
      })
    }
}

AI void copy_spans(const int is_mapped, const int32_t *map, int32_t channels, dv_image source, dv_image destination,
                   const dv_span *spans, size_t span_count, int32_t compact) {
  int64_t done = 0;
  for (size_t i = 0; i < span_count; i++)
    for (int32_t x = spans[i].begin; x < spans[i].end; x++, done++) {
      const float *p = source.base + spans[i].row * source.row + x * source.pixel;
      float *d = pixel_at(destination, spans[i].row, x, done, compact);
      if (is_mapped) {
        for (int32_t c = 0; c < channels; c++) d[c] = p[map[c]];
      } else {
        EACH_VECTOR(channels, { v_store_first(d + c, v_load_first(p + c, lanes), lanes); })
      }
    }
}

static void ISA(copy)(const int32_t *map, int32_t channels, dv_image source, dv_image destination, const dv_span *spans,
                      size_t span_count, int32_t compact) {
  if (map) return copy_spans(1, map, channels, source, destination, spans, span_count, compact);
  copy_spans(0, map, channels, source, destination, spans, span_count, compact);
}

AI void resize_spans(const int is_linear, const dv_resize *r, dv_image source, dv_image destination, const dv_span *spans,
                     size_t span_count, int32_t compact) {
  int64_t done = 0;
  for (size_t i = 0; i < span_count; i++) {
    const int32_t y = spans[i].row;
    const float *top = source.base + r->first_y[y] * source.row;
    const float *bottom = is_linear ? source.base + r->second_y[y] * source.row : top;
    for (int32_t x = spans[i].begin; x < spans[i].end; x++, done++) {
      float *d = pixel_at(destination, y, x, done, compact);
      const int64_t first = r->first_x[x] * source.pixel, second = is_linear ? r->second_x[x] * source.pixel : first;
      const vf wx = v_set(is_linear ? r->weight_x[x] : 0), wy = v_set(is_linear ? r->weight_y[y] : 0);
      const vf vx = v_set(1.f) - wx, vy = v_set(1.f) - wy;
      EACH_VECTOR(r->channels, {
        vf v = v_load_first(top + first + c, lanes);
        if (is_linear) {
          const vf upper = v * vx + v_load_first(top + second + c, lanes) * wx;
          const vf lower = v_load_first(bottom + first + c, lanes) * vx + v_load_first(bottom + second + c, lanes) * wx;
          v = upper * vy + lower * wy;
        }
        v_store_first(d + c, v, lanes);
      })
    }
  }
}

static void ISA(resize)(const dv_resize *r, dv_image source, dv_image destination, const dv_span *spans,
                        size_t span_count, int32_t compact) {
  if (r->weight_y) return resize_spans(1, r, source, destination, spans, span_count, compact);
  resize_spans(0, r, source, destination, spans, span_count, compact);
}

// Whether any lane of a exceeds b, as signed integers.
AI int v_any_greater(vi a, vi b) {
#if ISA_MASKED
  return _mm512_cmpgt_epi32_mask((__m512i)a, (__m512i)b) != 0;
#else
  return __builtin_reduce_or(a > b) != 0;
#endif
}

// The larger of `worst` and |now - then|, as integers: the same order as floats, with NaN above all, so it counts as changed.
AI vi commit_distance(vi worst, vf now, vf then, vi exact) {
  const vi magnitude = (vi){0} + 0x7fffffff;
  const vi bits = (vi)now ^ (vi)then;
  const vi distance = ((vi)(now - then) & magnitude) | ((bits | (bits >> 1)) & magnitude & exact);
  return __builtin_elementwise_max(worst, distance);
}

static size_t ISA(commit)(const float *fresh, int64_t fresh_pixel, int32_t channels, float tolerance, dv_image stored,
                          const dv_span *spans, size_t span_count, uint8_t *changed) {
  size_t written = 0;
  const vi limit = (vi)v_set(tolerance);
  // At tolerance 0 another zero is a change as well (1/x tells them apart), and so is what subtraction would flush.
  const vi exact = (vi){0} - (tolerance == 0);
  const int whole = channels / LANES * LANES, rest = channels - whole;
  for (size_t i = 0; i < span_count; i++)
    for (int32_t x = spans[i].begin; x < spans[i].end; x++, fresh += fresh_pixel, changed++) {
      float *d = stored.base + spans[i].row * stored.row + x * stored.pixel;
      vi worst = (vi){0};
      for (int32_t c = 0; c < whole; c += LANES) {
        worst = commit_distance(worst, v_load(fresh + c), v_load(d + c), exact);
      }
      if (rest) {
        worst = commit_distance(worst, v_load_first(fresh + whole, rest), v_load_first(d + whole, rest), exact);
      }
      if (!v_any_greater(worst, limit)) {
        *changed = 0;
        continue;
      }
      *changed = 1;
      written++;
      for (int32_t c = 0; c < whole; c += LANES) v_store(d + c, v_load(fresh + c));
      if (rest) v_store_first(d + whole, v_load_first(fresh + whole, rest), rest);
    }
  return written;
}

// Pixels of NB vectors, the last of `tail` channels. Whether a pixel is kept is no branch, which would be guessed wrongly as often as not.
AI size_t commit_weighted_spans(const int NB, const dv_truncation *rule, const float *fresh, int64_t fresh_pixel, int tail, dv_image stored,
                                const dv_span *spans, size_t span_count, uint8_t *changed) {
  size_t written = 0;
  vf weights[NB];
  UNROLL for (int n = 0; n < NB; n++) weights[n] = v_load(rule->weights + n * LANES);
  for (size_t i = 0; i < span_count; i++) {
    const float *factors = rule->factors ? rule->factors + rule->row_cells[spans[i].row] : NULL;
    float *d = stored.base + spans[i].row * stored.row + spans[i].begin * stored.pixel;
    for (int32_t x = spans[i].begin; x < spans[i].end; x++, fresh += fresh_pixel, d += stored.pixel) {
      vf now[NB], then[NB], sums = v_set(0.f);
      UNROLL for (int n = 0; n < NB; n++) {
        const int lanes = n + 1 < NB ? LANES : tail;
        now[n] = v_load_first(fresh + n * LANES, lanes);
        then[n] = v_load_first(d + n * LANES, lanes);
        const vf difference = now[n] - then[n];
        sums = v_fma(difference * difference, weights[n], sums);
      }
      // Asked so that a NaN counts as changed.
      const int keeps = !(v_sum(sums) <= (factors ? rule->limit * factors[rule->column_cells[x]] : rule->limit));
      *changed++ = (uint8_t)keeps;
      written += (size_t)keeps;
      const vi mask = (vi){0} - keeps;
      UNROLL for (int n = 0; n < NB; n++)
        v_store_first(d + n * LANES, v_select(mask, now[n], then[n]), n + 1 < NB ? LANES : tail);
    }
  }
  return written;
}

static size_t ISA(commit_weighted)(const dv_truncation *rule, const float *fresh, int64_t fresh_pixel, int32_t channels,
                                   dv_image stored, const dv_span *spans, size_t span_count, uint8_t *changed) {
  const int vectors = (channels + LANES - 1) / LANES, tail = channels - (vectors - 1) * LANES;
#define RUN(NB, TAIL) return commit_weighted_spans(NB, rule, fresh, fresh_pixel, TAIL, stored, spans, span_count, changed);
#define CASE(NB)                       \
  case NB:                             \
    if (tail == LANES) RUN(NB, LANES)  \
    if (tail == LANES / 2) RUN(NB, LANES / 2) \
    RUN(NB, tail)
  switch (vectors) { CASE(1) CASE(2) CASE(3) CASE(4) }
#undef CASE
#undef RUN
  // What is wider is not written where it need not be.
  size_t written = 0;
  const float *weights = rule->weights;
  for (size_t i = 0; i < span_count; i++) {
    const float *factors = rule->factors ? rule->factors + rule->row_cells[spans[i].row] : NULL;
    for (int32_t x = spans[i].begin; x < spans[i].end; x++, fresh += fresh_pixel, changed++) {
      float *d = stored.base + spans[i].row * stored.row + x * stored.pixel;
      vf sums = v_set(0.f);
      EACH_VECTOR(channels, {
        const vf difference = v_load_first(fresh + c, lanes) - v_load_first(d + c, lanes);
        sums = v_fma(difference * difference, v_load(weights + c), sums);
      })
      *changed = !(v_sum(sums) <= (factors ? rule->limit * factors[rule->column_cells[x]] : rule->limit));
      if (!*changed) continue;
      written++;
      EACH_VECTOR(channels, { v_store_first(d + c, v_load_first(fresh + c, lanes), lanes); })
    }
  }
  return written;
}

// LANES or fewer rows of fewer than LANES / 2 elements, one in each lane.
AI void softmax_rows(const float *source, float *destination, const int length, const int rows, int logarithm) {
  vf x[LANES / 2], most = v_set(-INFINITY), sums = v_set(0.f);
  for (int k = 0; k < length; k++) {
    x[k] = v_set(0.f);
    for (int row = 0; row < rows; row++) x[k][row] = source[row * length + k];
    most = v_max(x[k], most);
  }
  for (int k = 0; k < length; k++) {
    const vf difference = x[k] - most, e = v_exp(difference);
    sums += e;
    x[k] = logarithm ? difference : e;
  }
  float by[LANES];
  for (int row = 0; row < rows; row++) by[row] = logarithm ? logf(sums[row]) : 1.f / sums[row];
  const vf scale = v_load_first(by, rows);
  for (int k = 0; k < length; k++) {
    const vf y = logarithm ? x[k] - scale : x[k] * scale;
    for (int row = 0; row < rows; row++) destination[row * length + k] = y[row];
  }
}

// Where `length` is known to the compiler, elements come into their lanes by shuffles.
AI void softmax_short(const float *source, float *destination, const int length, int64_t count, int logarithm) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) softmax_rows(source + i * length, destination + i * length, length, LANES, logarithm);
  if (i < count) softmax_rows(source + i * length, destination + i * length, length, (int)(count - i), logarithm);
}

static void ISA(softmax)(const float *source, float *destination, int64_t length, int64_t count, int32_t logarithm) {
  if (length < LANES / 2 && count >= LANES) {
    switch (length) {
      case 2: return softmax_short(source, destination, 2, count, logarithm);
      case 3: return softmax_short(source, destination, 3, count, logarithm);
      case 4: return softmax_short(source, destination, 4, count, logarithm);
      default: return softmax_short(source, destination, (int)length, count, logarithm);
    }
  }
  for (int64_t i = 0; i < count; i++, source += length, destination += length) {
    vf most = v_set(-INFINITY);
    int64_t k = 0;
    for (; k + LANES <= length; k += LANES) most = v_max(v_load(source + k), most);
    float largest = -INFINITY;
    for (int lane = 0; lane < LANES; lane++) largest = most[lane] > largest ? most[lane] : largest;
    for (; k < length; k++) largest = source[k] > largest ? source[k] : largest;
    const vf shift = v_set(largest);
    vf sums = v_set(0.f);
    k = 0;
    for (; k + LANES <= length; k += LANES) {
      const vf e = v_exp(v_load(source + k) - shift);
      sums += e;
      if (!logarithm) v_store(destination + k, e);
    }
    float sum = 0;
    for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
    if (k < length) {
      const vf e = v_exp(v_load_first(source + k, (int)(length - k)) - shift);
      for (int lane = 0; lane < length - k; lane++) sum += e[lane];
      if (!logarithm) v_store_first(destination + k, e, (int)(length - k));
    }
    if (logarithm) {
      const float offset = largest + logf(sum);
      for (k = 0; k < length; k++) destination[k] = source[k] - offset;
    } else {
      const float factor = 1.f / sum;
      for (k = 0; k < length; k++) destination[k] *= factor;
    }
  }
}
