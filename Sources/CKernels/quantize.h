// Values that are rounded to the levels of 8 or 16 bits, and what those levels have to span.

// The least and the greatest of `count` consecutive values, taken into two vectors. NaN is neither.
AI void extremes_of(const float *values, int64_t count, vf *least, vf *greatest) {
  int64_t i = 0;
  for (; i + 4 * LANES <= count; i += 4 * LANES) {
    // Comparisons one after the other would wait for each other.
    vf low[4], high[4];
    UNROLL for (int k = 0; k < 4; k++) {
      const vf v = v_load(values + i + LANES * k);
      low[k] = v_select(v < *least, v, *least);
      high[k] = v_select(v > *greatest, v, *greatest);
    }
    *least = v_min(v_min(low[0], low[1]), v_min(low[2], low[3]));
    *greatest = v_max(v_max(high[0], high[1]), v_max(high[2], high[3]));
  }
  for (; i < count; i += LANES) {
    // The lanes beyond the last value are zeros, which the range has anyway.
    const vf v = v_load_first(values + i, count - i < LANES ? (int)(count - i) : LANES);
    *least = v_select(v < *least, v, *least);
    *greatest = v_select(v > *greatest, v, *greatest);
  }
}

static void ISA(row_extremes)(int32_t width, int32_t channels, dv_image source, dv_image destination, const dv_span *spans,
                              size_t span_count, int32_t compact) {
  int64_t done = 0;
  // Pixels that follow each other without a gap are one run.
  const int is_run = source.pixel == channels || width == 1;
  const int64_t runs = is_run ? 1 : width, length = is_run ? (int64_t)width * channels : channels;
  for (size_t i = 0; i < span_count; i++) {
    if (spans[i].begin >= spans[i].end) continue;
    const float *row = source.base + spans[i].row * source.row;
    vf least = v_set(0.f), greatest = v_set(0.f);
    for (int64_t x = 0; x < runs; x++) extremes_of(row + x * source.pixel, length, &least, &greatest);
    float *d = pixel_at(destination, spans[i].row, 0, done, compact);
    done++;
    d[0] = least[0];
    d[1] = greatest[0];
    for (int lane = 1; lane < LANES; lane++) {
      d[0] = least[lane] < d[0] ? least[lane] : d[0];
      d[1] = greatest[lane] > d[1] ? greatest[lane] : d[1];
    }
  }
}

static void ISA(round_to_levels)(float scale, float factor, float low, float high, int32_t channels, dv_image source,
                                 dv_image destination, const dv_span *spans, size_t span_count, int32_t compact) {
  int64_t done = 0;
  const vf by = v_set(scale), times = v_set(factor), least = v_set(low), most = v_set(high), round = v_set(12582912.f);
  const int is_run = source.pixel == channels && destination.pixel == channels;
  for (size_t i = 0; i < span_count; i++) {
    const int32_t count = spans[i].end - spans[i].begin;
    const float *p = source.base + spans[i].row * source.row + spans[i].begin * source.pixel;
    float *d = pixel_at(destination, spans[i].row, spans[i].begin, done, compact);
    done += count;
    const int64_t runs = is_run ? count > 0 : count, length = is_run ? (int64_t)count * channels : channels;
    for (int64_t x = 0; x < runs; x++, p += source.pixel, d += destination.pixel)
      EACH_VECTOR(length, {
        // NaN is the lowest level.
        const vf scaled = v_load_first(p + c, lanes) / by;
        const vf raised = v_select(scaled > least, scaled, least);
        const vf level = (v_select(raised < most, raised, most) + round) - round;
        v_store_first(d + c, level * times, lanes);
      })
  }
}
