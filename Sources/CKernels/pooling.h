// Pooling with the window clipped at the source's edge, so padding costs no memory and maxima see no zeros.

AI void pool_pixel(const dv_pool_kind kind, const int NB, const dv_pooling *c, const float *source, int64_t row,
                   int64_t pixel, int rows, int columns, vf scale, float *out, int tail) {
  vf acc[NB];
  UNROLL for (int n = 0; n < NB; n++) acc[n] = v_set(kind == DV_POOL_MAXIMUM ? -INFINITY : 0.f);
  for (int y = 0; y < rows; y++) {
    const float *p = source + y * row;
    for (int x = 0; x < columns; x++, p += pixel) {
      UNROLL for (int n = 0; n < NB; n++) {
        const vf v = v_load(p + n * LANES);
        acc[n] = kind == DV_POOL_MAXIMUM ? v_max(v, acc[n]) : acc[n] + v;
      }
    }
  }
  UNROLL for (int n = 0; n < NB; n++) {
    const vf v = kind == DV_POOL_AVERAGE ? acc[n] / scale : acc[n];
    if (n + 1 < NB || tail == LANES) v_store(out + n * LANES, v);
    else v_store_first(out + n * LANES, v, tail);
  }
}

// Window positions [first, last) of `extent` that lie inside the source when the window starts at `start`.
AI void clip_window(int start, int extent, int dilation, int size, int *first, int *last) {
  // A division takes as long as the maxima of a window.
  const int before = start < 0 ? -start : 0, after = size - start;
  *first = dilation == 1 ? before : (before + dilation - 1) / dilation;
  const int room = dilation == 1 ? after : (after + dilation - 1) / dilation;
  *last = room < extent ? room : extent;
}

AI void pool_spans(const dv_pool_kind kind, const dv_pooling *c, dv_image source, dv_image destination, const dv_span *spans,
                   size_t span_count, int32_t compact) {
  int64_t done = 0;
  const int64_t row = source.row * c->dilation_y, pixel = source.pixel * c->dilation_x;
  for (size_t i = 0; i < span_count; i++) {
    const dv_span span = spans[i];
    const int top = span.row * c->stride_y - c->pad_top;
    int y0, y1, padded_y0 = 0, padded_y1 = 0;
    clip_window(top, c->kernel_height, c->dilation_y, c->height, &y0, &y1);
    if (c->counts_padding)
      clip_window(top + c->pad_top, c->kernel_height, c->dilation_y, c->height + c->pad_top + c->pad_bottom, &padded_y0, &padded_y1);
    for (int32_t x = span.begin; x < span.end; x++, done++) {
      const int left = x * c->stride_x - c->pad_left;
      int x0, x1, padded_x0 = 0, padded_x1 = 0;
      clip_window(left, c->kernel_width, c->dilation_x, c->width, &x0, &x1);
      if (c->counts_padding)
        clip_window(left + c->pad_left, c->kernel_width, c->dilation_x, c->width + c->pad_left + c->pad_right, &padded_x0, &padded_x1);
      float *out = compact ? destination.base + done * destination.pixel
                           : destination.base + span.row * destination.row + x * destination.pixel;
      const int rows = y1 > y0 ? y1 - y0 : 0, columns = x1 > x0 ? x1 - x0 : 0;
      const int taken = c->counts_padding ? (padded_y1 - padded_y0) * (padded_x1 - padded_x0) : rows * columns;
      const vf divisor = v_set(taken > 0 ? (float)taken : 1.f);
      const float *p = source.base + (top + (int64_t)y0 * c->dilation_y) * source.row + (left + (int64_t)x0 * c->dilation_x) * source.pixel;
      int channel = 0;
      for (; channel + 4 * LANES <= c->channels; channel += 4 * LANES)
        pool_pixel(kind, 4, c, p + channel, row, pixel, rows, columns, divisor, out + channel, LANES);
      for (; channel < c->channels; channel += LANES) {
        const int rest = c->channels - channel;
        pool_pixel(kind, 1, c, p + channel, row, pixel, rows, columns, divisor, out + channel, rest < LANES ? rest : LANES);
      }
    }
  }
}

static void ISA(pool)(const dv_pooling *c, dv_image source, dv_image destination, const dv_span *spans,
                      size_t span_count, int32_t compact) {
  if (c->kind == DV_POOL_MAXIMUM) return pool_spans(DV_POOL_MAXIMUM, c, source, destination, spans, span_count, compact);
  pool_spans(DV_POOL_AVERAGE, c, source, destination, spans, span_count, compact);
}

AI void global_pool_of(const dv_pool_kind kind, int32_t height, int32_t width, int32_t first, int32_t last,
                       dv_image source, float *result) {
  const int is_maximum = kind == DV_POOL_MAXIMUM;
  for (int channel = first; channel < last; channel += LANES) {
    const int rest = last - channel, lanes = rest < LANES ? rest : LANES;
    vf acc = v_set(is_maximum ? -INFINITY : 0.f);
    for (int y = 0; y < height; y++) {
      // Row sums first: rounding error grows with the row, not with the whole image.
      vf row = v_set(is_maximum ? -INFINITY : 0.f);
      for (int x = 0; x < width; x++) {
        const vf v = v_load(source.base + y * source.row + x * source.pixel + channel);
        row = is_maximum ? v_max(v, row) : row + v;
      }
      acc = is_maximum ? v_max(acc, row) : acc + row;
    }
    if (!is_maximum) acc = acc / v_set((float)(height * width));
    v_store_first(result + channel, acc, lanes);
  }
}

static void ISA(global_pool)(dv_pool_kind kind, int32_t height, int32_t width, int32_t first, int32_t last,
                             dv_image source, float *result) {
  if (kind == DV_POOL_MAXIMUM) return global_pool_of(DV_POOL_MAXIMUM, height, width, first, last, source, result);
  global_pool_of(DV_POOL_AVERAGE, height, width, first, last, source, result);
}

// Mean squared distance of each channel's values from its entry of `means`, row by row as global_pool.
static void ISA(mean_squares)(int32_t height, int32_t width, int32_t channels, const float *means, dv_image source, float *result) {
  for (int channel = 0; channel < channels; channel += LANES) {
    const int rest = channels - channel, lanes = rest < LANES ? rest : LANES;
    const vf mean = v_load_first(means + channel, lanes);
    vf acc = v_set(0.f);
    for (int y = 0; y < height; y++) {
      vf row = v_set(0.f);
      for (int x = 0; x < width; x++) {
        const vf d = v_load(source.base + y * source.row + x * source.pixel + channel) - mean;
        row = v_fma(d, d, row);
      }
      acc += row;
    }
    v_store_first(result + channel, acc / v_set((float)(height * width)), lanes);
  }
}
