// Convolution with rounded sources and weights: the source pixels that a block of output pixels reads are rounded into scratch, once for all
// panels, and the products are those of convolution.h. A source value is rounded by itself and the order of sums is that of words in a
// window, so that a pixel has the same bits whatever is computed with it.

// Output pixels [x, x + count) of a row: their source columns, for every row of the kernel. `place`: the first free column of scratch.
AI void round_columns(const dv_rounding *r, const float *source, int count, int64_t place, float *scratch) {
  const int64_t columns = (int64_t)(count - 1) * r->stride + r->columns;
  const int is_run = r->channels == r->numbers && r->column_step == r->channels;
  for (int y = 0; y < r->rows; y++) {
    const float *from = source + y * r->row_step;
    float *to = (float *)v_source(scratch, y * r->plane + place * r->numbers);
    if (is_run) {
      round_run(r, from, columns * r->channels, to);
      continue;
    }
    for (int64_t x = 0; x < columns; x++) round_run(r, from + x * r->column_step, r->channels, (float *)v_source(to, x * r->numbers));
  }
}

static void ISA(convolve_rounded)(const dv_rounding *r, const dv_convolution *c, dv_image source, dv_image destination, dv_image residual,
                                  const dv_span *spans, size_t span_count, int32_t first, int32_t last, int32_t compact, float *scratch) {
  int64_t so[ISA(block_limit)], to[ISA(block_limit)], ro[ISA(block_limit)];
  const int block = c->block < ISA(block_limit) ? c->block : ISA(block_limit);
  int count = 0;
  int64_t done = 0, place = 0;
  for (size_t i = 0; i < span_count; i++) {
    const dv_span span = spans[i];
    const int64_t s = span.row * c->source_row, t = span.row * destination.row, o = span.row * residual.row;
    for (int32_t x = span.begin; x < span.end;) {
      const int32_t left = span.end - x, n = left < block - count ? left : block - count;
      const int64_t target = compact ? done * destination.pixel : t + x * destination.pixel;
      round_columns(r, source.base + s + x * c->source_pixel, n, place, scratch);
      for (int32_t k = 0; k < n; k++) {
        so[count + k] = (place + (int64_t)k * r->stride) * r->numbers;
        to[count + k] = target + k * destination.pixel;
        ro[count + k] = o + (x + k) * residual.pixel;
      }
      place += (int64_t)(n - 1) * r->stride + r->columns;
      x += n;
      done += n;
      count += n;
      if (count == block) {
        ISA(convolve_block)(c, scratch, so, destination.base, to, residual.base, ro, count, first, last);
        count = 0, place = 0;
      }
    }
  }
  if (count) ISA(convolve_block)(c, scratch, so, destination.base, to, residual.base, ro, count, first, last);
}
