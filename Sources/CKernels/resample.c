// Run-time choice of the instruction set, and the loop over rows.
#include <string.h>

#include "CKernels.h"
#include "resample_stages.h"

// As the other kernels' choice, DEEPVID_ISA included.
int dv_resample_best(void) {
    const char *isa = dv_isa_name();
    return !strcmp(isa, "avx512") ? DV_RESAMPLE_AVX512 : !strcmp(isa, "avx2") ? DV_RESAMPLE_AVX2 : DV_RESAMPLE_PORTABLE;
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

static void transpose_line(const dv_resampling *r, const uint8_t *line, int y, int x0, int x1) {
    for (int x = x0; x < x1; x++) {
        uint8_t *p = r->destination + x * r->destination_stride + 3 * (ptrdiff_t)y;
        p[0] = line[3 * x], p[1] = line[3 * x + 1], p[2] = line[3 * x + 2];
    }
}

static void resample_rgb(const dv_resampling *r, const dv_stages *s, int x0, int x1, int y0, int y1) {
    const ptrdiff_t wide = r->scratch_row, narrow = r->columns + 64;
    int16_t *rgb[3] = {r->scratch, r->scratch + wide, r->scratch + 2 * wide};
    uint8_t *line = (uint8_t *)(r->scratch + 3 * wide);
    int16_t *slots = r->scratch + 3 * wide + (3 * r->columns + 128) / 2;
    int held[2] = {-1, -1};  // the source rows that the two slots hold
    int from, to;
    span(r->rgb_columns, x0, x1, r->width[0], &from, &to);
    // Pairs of luma samples share chroma: whole pairs are converted.
    from &= ~1;
    const int step = r->layout == DV_LAYOUT_SEMIPLANAR ? 2 : 1;
    for (int y = y0; y < y1; y++) {
        const dv_row row = r->rgb_rows[y];
        const int wanted[2] = {row.top, row.bottom};
        int slot[2];
        for (int k = 0; k < 2; k++) {
            slot[k] = held[0] == wanted[k] ? 0 : held[1] == wanted[k] ? 1 : -1;
            if (slot[k] >= 0) continue;
            // Not the slot that the other row is in, or will be found in.
            const int other = k ? slot[0] : held[0] == wanted[1] ? 0 : held[1] == wanted[1] ? 1 : -1;
            slot[k] = other == 0 ? 1 : 0;
            held[slot[k]] = wanted[k];
            const uint8_t *luma = r->plane[0] + wanted[k] * r->stride[0];
            const ptrdiff_t chroma_row = wanted[k] >> r->chroma_shift_y;
            const uint8_t *cb = r->plane[1] + chroma_row * r->stride[1];
            const uint8_t *cr = step == 2 ? cb + 1 : r->plane[2] + chroma_row * r->stride[2];
            s->to_rgb(&r->rgb, luma, cb, cr, step, r->chroma_shift_x, rgb[0], rgb[1], rgb[2], from, to);
            for (int c = 0; c < 3; c++) {
                rgb[c][to] = 0;
                s->shrink(rgb[c], r->rgb_columns, slots + (3 * slot[k] + c) * narrow, x0, x1);
            }
        }
        const int16_t *top[3], *bottom[3];
        for (int c = 0; c < 3; c++) {
            top[c] = slots + (3 * slot[0] + c) * narrow;
            bottom[c] = slots + (3 * slot[1] + c) * narrow;
        }
        s->blend(top, bottom, row.weight, r->bgr, r->transposed ? line : r->destination + y * r->destination_stride, x0, x1);
        if (r->transposed) transpose_line(r, line, y, x0, x1);
    }
}

void dv_resample(const dv_resampling *r, int x0, int x1, int y0, int y1, int version) {
    if (x0 >= x1 || y0 >= y1) return;
    const dv_stages *s = stages_of(version);
    if (r->converts) {
        resample_rgb(r, s, x0, x1, y0, y1);
        return;
    }
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
            transpose_line(r, line, y, x0, x1);
        }
    }
}
