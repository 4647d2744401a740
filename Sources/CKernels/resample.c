// Run-time choice of the instruction set, and the loop over rows.
#include "resample_stages.h"

int dv_resample_best(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return DV_RESAMPLE_AVX512;
    if (__builtin_cpu_supports("avx2")) return DV_RESAMPLE_AVX2;
#endif
    return DV_RESAMPLE_PORTABLE;
}

static const dv_stages *stages_of(int version) {
#if defined(__x86_64__)
    if (version == DV_RESAMPLE_AVX512) return &dv_stages_avx512;
    if (version == DV_RESAMPLE_AVX2) return &dv_stages_avx2;
#endif
    (void)version;
    return &dv_stages_portable;
}

// The source columns that destination columns x0..<x1 read. The table rises or (mirrored) falls.
static void span(const dv_columns *c, int x0, int x1, int width, int *from, int *to) {
    int a = c->first[x0], b = c->first[x1 - 1];
    *from = a < b ? a : b;
    int end = (a < b ? b : a) + 2;
    *to = end < width ? end : width;
}

static void lerp(const dv_stages *s, const dv_resampling *r, int plane, const dv_row *row, int16_t *out, int from, int to) {
    const uint8_t *a = r->plane[plane] + row->top * r->stride[plane];
    const uint8_t *b = r->plane[plane] + row->bottom * r->stride[plane];
    if (r->depth_shift)
        s->lerp16((const uint16_t *)a, (const uint16_t *)b, row->weight, r->depth_shift, out, from, to);
    else
        s->lerp8(a, b, row->weight, out, from, to);
    out[to] = 0;  // the right tap of a plane one sample wide, with weight 0
}

void dv_resample(const dv_resampling *r, int x0, int x1, int y0, int y1, int version) {
    if (x0 >= x1 || y0 >= y1) return;
    const dv_stages *s = stages_of(version);
    int16_t *rows[3] = {r->scratch, r->scratch + r->scratch_row, r->scratch + 2 * (ptrdiff_t)r->scratch_row};
    const int16_t *const readable[3] = {rows[0], rows[1], rows[2]};
    uint8_t *line = (uint8_t *)(r->scratch + 3 * (ptrdiff_t)r->scratch_row);
    int luma_from, luma_to, chroma_from = 0, chroma_to = 0;
    span(r->luma_columns, x0, x1, r->width[0], &luma_from, &luma_to);
    if (r->layout == DV_LAYOUT_PLANAR || r->layout == DV_LAYOUT_SEMIPLANAR)
        span(r->chroma_columns, x0, x1, r->width[1], &chroma_from, &chroma_to);

    for (int y = y0; y < y1; y++) {
        lerp(s, r, 0, &r->luma_rows[y], rows[0], luma_from, luma_to);
        if (r->layout == DV_LAYOUT_RGB) {
            lerp(s, r, 1, &r->luma_rows[y], rows[1], luma_from, luma_to);
            lerp(s, r, 2, &r->luma_rows[y], rows[2], luma_from, luma_to);
        } else if (r->layout == DV_LAYOUT_PLANAR) {
            lerp(s, r, 1, &r->chroma_rows[y], rows[1], chroma_from, chroma_to);
            lerp(s, r, 2, &r->chroma_rows[y], rows[2], chroma_from, chroma_to);
        } else if (r->layout == DV_LAYOUT_SEMIPLANAR) {
            const dv_row *row = &r->chroma_rows[y];
            s->lerp_pairs(r->plane[1] + row->top * r->stride[1], r->plane[1] + row->bottom * r->stride[1], row->weight,
                          rows[1], rows[2], chroma_from, chroma_to);
            rows[1][chroma_to] = rows[2][chroma_to] = 0;
        }
        if (!r->transposed) {
            s->row(r, readable, r->destination + y * r->destination_stride, x0, x1);
        } else {
            s->row(r, readable, line, x0, x1);
            for (int x = x0; x < x1; x++) {
                uint8_t *p = r->destination + x * r->destination_stride + 3 * (ptrdiff_t)y;
                p[0] = line[3 * x], p[1] = line[3 * x + 1], p[2] = line[3 * x + 2];
            }
        }
    }
}
