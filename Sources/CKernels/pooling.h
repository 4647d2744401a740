// Pooling with the window clipped at the source's edge, so padding costs no memory and maxima see no zeros.

static void ISA(pool)(const dv_pooling *c, dv_image source, dv_image destination, const dv_span *spans,
                      size_t span_count, int32_t compact) {
  int64_t done = 0;
  for (size_t i = 0; i < span_count; i++) {
    const dv_span span = spans[i];
    const int y = span.row * c->stride_y - c->pad_top;
    for (int32_t x = span.begin; x < span.end; x++, done++) {
      const int left = x * c->stride_x - c->pad_left;
      float *out = compact ? destination.base + done * destination.pixel
                           : destination.base + span.row * destination.row + x * destination.pixel;
      int taken = 0;
      if (c->kind == DV_POOL_AVERAGE)
        for (int ky = 0; ky < c->kernel_height; ky++)
          for (int kx = 0; kx < c->kernel_width; kx++) {
            const int sy = y + ky * c->dilation_y, sx = left + kx * c->dilation_x;
            const int inside = sy >= 0 && sy < c->height && sx >= 0 && sx < c->width;
            const int padded = sy >= -c->pad_top && sy < c->height + c->pad_bottom && sx >= -c->pad_left && sx < c->width + c->pad_right;
            taken += c->counts_padding ? padded : inside;
          }
      const vf divisor = v_set(taken ? (float)taken : 1.f);
      for (int channel = 0; channel < c->channels; channel += LANES) {
        const int rest = c->channels - channel, lanes = rest < LANES ? rest : LANES;
        vf acc = v_set(c->kind == DV_POOL_MAXIMUM ? -INFINITY : 0.f);
        for (int ky = 0; ky < c->kernel_height; ky++) {
          const int sy = y + ky * c->dilation_y;
          if (sy < 0 || sy >= c->height) continue;
          for (int kx = 0; kx < c->kernel_width; kx++) {
            const int sx = left + kx * c->dilation_x;
            if (sx < 0 || sx >= c->width) continue;
            const vf v = v_load(source.base + sy * source.row + sx * source.pixel + channel);
            acc = c->kind == DV_POOL_MAXIMUM ? v_max(acc, v) : acc + v;
          }
        }
        if (c->kind == DV_POOL_AVERAGE) acc = acc / divisor;
        if (lanes == LANES) v_store(out + channel, acc);
        else v_store_first(out + channel, acc, lanes);
      }
    }
  }
}

static void ISA(global_pool)(dv_pool_kind kind, int32_t height, int32_t width, int32_t first, int32_t last,
                             dv_image source, float *result) {
  for (int channel = first; channel < last; channel += LANES) {
    const int rest = last - channel, lanes = rest < LANES ? rest : LANES;
    vf acc = v_set(kind == DV_POOL_MAXIMUM ? -INFINITY : 0.f);
    for (int y = 0; y < height; y++) {
      // Row sums first: rounding error grows with the row, not with the whole image.
      vf row = v_set(kind == DV_POOL_MAXIMUM ? -INFINITY : 0.f);
      for (int x = 0; x < width; x++) {
        const vf v = v_load(source.base + y * source.row + x * source.pixel + channel);
        row = kind == DV_POOL_MAXIMUM ? v_max(row, v) : row + v;
      }
      acc = kind == DV_POOL_MAXIMUM ? v_max(acc, row) : acc + row;
    }
    if (kind == DV_POOL_AVERAGE) acc = acc / v_set((float)(height * width));
    v_store_first(result + channel, acc, lanes);
  }
}
