// 8-bit Y'CbCr the way of swscale's fast converter and cv2.resize: whole source rows become RGB, then are interpolated.
// Same truncations, same clamps, same weights in 1/2048, so a picture has the very bytes that a program on OpenCV feeds
// its model. Included by each instruction set's file, which defines TARGET and SHRINK.

TARGET static void to_rgb(const dv_rgb_row *w, const uint8_t *luma, const uint8_t *cb, const uint8_t *cr, int step,
                          int chroma_shift, int16_t *restrict r, int16_t *restrict g, int16_t *restrict b, int from, int to) {
    const int first = from >> chroma_shift, last = ((to - 1) >> chroma_shift) + 1;
    const int gu = w->gu, gv = w->gv, rv = w->rv, bu = w->bu;
    // The chroma terms, once for each luma sample they serve.
#define TERMS(STEP, INDEX)                                                              \
    for (int c = first; c < last; c++) {                                                \
        const int u = (cb[c * STEP] << 3) - 1024, v = (cr[c * STEP] << 3) - 1024;       \
        const int16_t red = (int16_t)((v * rv) >> 16), blue = (int16_t)((u * bu) >> 16); \
        const int16_t green = (int16_t)(((u * gu) >> 16) + ((v * gv) >> 16));           \
        INDEX                                                                           \
    }
#define ONE r[c] = red; g[c] = green; b[c] = blue;
#define TWO r[2 * c] = r[2 * c + 1] = red; g[2 * c] = g[2 * c + 1] = green; b[2 * c] = b[2 * c + 1] = blue;
    if (chroma_shift == 1 && step == 1) TERMS(1, TWO)
    else if (chroma_shift == 1) TERMS(2, TWO)
    else if (step == 1) TERMS(1, ONE)
    else TERMS(2, ONE)
#undef TERMS
#undef ONE
#undef TWO
    const int y_offset = w->y_offset, y_weight = w->y;
    for (int x = from; x < to; x++) {
        const int16_t level = (int16_t)((((luma[x] << 3) - y_offset) * y_weight) >> 16);
        const int16_t red = level + r[x], green = level + g[x], blue = level + b[x];
        r[x] = red < 0 ? 0 : red > 255 ? 255 : red;
        g[x] = green < 0 ? 0 : green > 255 ? 255 : green;
        b[x] = blue < 0 ? 0 : blue > 255 ? 255 : blue;
    }
}

// Columns x0..<x1 of a row of 0…255, in 1/128.
TARGET static void shrink(const int16_t *row, const dv_columns *c, int16_t *restrict out, int x0, int x1) {
    int x = x0;
    SHRINK
    for (; x < x1; x++) {
        const int i = c->first[x];
        const int32_t w = c->weights[x];
        out[x] = (int16_t)((row[i] * (int16_t)w + row[i + 1] * (int16_t)(w >> 16)) >> 4);
    }
}

TARGET static void blend(const int16_t *const top[3], const int16_t *const bottom[3], int weight, int bgr, uint8_t *restrict dst,
                         int x0, int x1) {
    const int upper = 2048 - weight;
    const int16_t *const a0 = top[bgr ? 2 : 0], *const a1 = top[1], *const a2 = top[bgr ? 0 : 2];
    const int16_t *const b0 = bottom[bgr ? 2 : 0], *const b1 = bottom[1], *const b2 = bottom[bgr ? 0 : 2];
#define LERP(A, B) (uint8_t)(((((A)[x] * upper) >> 16) + (((B)[x] * weight) >> 16) + 2) >> 2)
    for (int x = x0; x < x1; x++) {
        dst[3 * x] = LERP(a0, b0);
        dst[3 * x + 1] = LERP(a1, b1);
        dst[3 * x + 2] = LERP(a2, b2);
    }
#undef LERP
}
