// 16-lane float vectors in clang's vector extension: one source serves every instruction set, each instantiation
// choosing how many it keeps in registers (ISA_* macros of its file).
#include <math.h>
#include <stdint.h>
#include <string.h>

#define AI static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

#ifndef VECTOR_TYPES
#define VECTOR_TYPES
typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef float vf_unaligned __attribute__((vector_size(64), aligned(4)));
typedef float v8 __attribute__((vector_size(32)));
typedef float v4 __attribute__((vector_size(16)));
typedef float v8_unaligned __attribute__((vector_size(32), aligned(4)));
typedef float v4_unaligned __attribute__((vector_size(16), aligned(4)));
enum { LANES = 16 };
#endif

AI vf v_load(const float *p) { return *(const vf_unaligned *)p; }
AI void v_store(float *p, vf v) { *(vf_unaligned *)p = v; }
AI vf v_set(float x) { return (vf){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
AI vf v_widen(v8 v) { return __builtin_shufflevector(v, (v8){0, 0, 0, 0, 0, 0, 0, 0}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }
// Lane J in every lane; J is a literal.
#define v_lane(V, J) __builtin_shufflevector(V, V, J, J, J, J, J, J, J, J, J, J, J, J, J, J, J, J)
AI vf v_select(vi mask, vf a, vf b) { return (vf)(((vi)a & mask) | ((vi)b & ~mask)); }
// The lesser and the greater; b where a is NaN, so that b is what bounds a. Where either may be NaN, x86 takes three instructions
// (__builtin_elementwise_max), and Relu as long as four products.
#if defined(__x86_64__)
AI vf v_min(vf a, vf b) { return v_select(a < b, a, b); }
AI vf v_max(vf a, vf b) { return v_select(a > b, a, b); }
#else
AI vf v_min(vf a, vf b) { return __builtin_elementwise_min(a, b); }
AI vf v_max(vf a, vf b) { return __builtin_elementwise_max(a, b); }
#endif

// The first n lanes; the rest of the memory is neither read nor written.
AI void v_store_first(float *p, vf v, int n) {
  if (n == LANES) return v_store(p, v);
#if ISA_MASKED
  // What is loaded soon after from beside a masked store waits until that has been written.
  if (__builtin_constant_p(n) && n == LANES / 2) {
    *(v8_unaligned *)p = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
    return;
  }
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#else
  // By halves: lanes that went over memory one by one would wait for the whole vector to arrive there.
  v8 eight = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
  if (n & 8) {
    *(v8_unaligned *)p = eight;
    eight = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    p += 8;
  }
  v4 four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3);
  if (n & 4) {
    *(v4_unaligned *)p = four;
    four = __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
    p += 4;
  }
  if (n & 2) {
    p[0] = four[0];
    p[1] = four[1];
    four = __builtin_shufflevector(four, four, 2, 3, 2, 3);
    p += 2;
  }
  if (n & 1) p[0] = four[0];
#endif
}
#if !ISA_MASKED
// The first n < 8 lanes, zeros after them.
AI v8 v_load_eight(const float *p, int n) {
  const v4 zeros = {0, 0, 0, 0};
  const float *rest = p + (n & 4);
  v4 four = zeros;
  if (n & 2) four = (v4){rest[0], rest[1], n & 1 ? rest[2] : 0, 0};
  else if (n & 1) four = (v4){rest[0], 0, 0, 0};
  if (!(n & 4)) return __builtin_shufflevector(four, zeros, 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(*(const v4_unaligned *)p, four, 0, 1, 2, 3, 4, 5, 6, 7);
}
#endif
AI vf v_load_first(const float *p, int n) {
  if (n == LANES) return v_load(p);
#if ISA_MASKED
  return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#else
  const v8 zeros = {0, 0, 0, 0, 0, 0, 0, 0};
  const v8 eight = v_load_eight(p + (n & 8), n & 7);
  if (!(n & 8)) return __builtin_shufflevector(eight, zeros, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return __builtin_shufflevector(*(const v8_unaligned *)p, eight, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#endif
}

// Runs the statements for every vector of a pixel's channels: from channel `c` on, `lanes` of them. A last vector that is not whole comes
// after the loop, which so has no branch for it.
#define EACH_VECTOR(CHANNELS, ...)                \
  {                                               \
    int32_t c = 0;                                \
    for (; c + LANES <= (CHANNELS); c += LANES) { \
      const int lanes = LANES;                    \
      __VA_ARGS__                                 \
    }                                             \
    if (c < (CHANNELS)) {                         \
      const int lanes = (CHANNELS)-c;             \
      __VA_ARGS__                                 \
    }                                             \
  }

AI vf v_fma(vf a, vf b, vf c) {
#if ISA_FMA
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

// The sum of the lanes, by halves: the same order on every instruction set.
AI float v_sum(vf v) {
  const v8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const v4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  const v4 c = b + __builtin_shufflevector(b, b, 2, 3, 0, 1);
  return c[0] + c[1];
}

// 1/x to about 1 ulp, of |x| below 2^126: a division takes as long as eight multiplications.
AI vf v_reciprocal(vf x) {
#if ISA_MASKED
  vf r = (vf)_mm512_rcp14_ps((__m512)x);
  return v_fma(r, v_fma(-x, r, v_set(1.f)), r);
#elif ISA_RECIPROCAL
  const v8 a = (v8)_mm256_rcp_ps((__m256)__builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7));
  const v8 b = (v8)_mm256_rcp_ps((__m256)__builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15));
  const vf r = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  // The estimate has 12 bits: its error squared would still be an ulp, and 1/1 not 1.
  const vf e = v_fma(-x, r, v_set(1.f));
  return v_fma(r, v_fma(e, e, e), r);
#else
  return v_set(1.f) / x;
#endif
}

// exp to about 1 ulp: 2^n * polynomial on [-ln2/2, ln2/2] (Cephes coefficients), clamped to normal results.
AI vf v_exp(vf x) {
  x = v_max(v_min(x, v_set(88.3762626647949f)), v_set(-87.3365478515625f));
  vf shifted = v_fma(x, v_set(1.44269504088896341f), v_set(12582912.f));
  vf n = shifted - v_set(12582912.f);
  vf r = v_fma(n, v_set(-0.693359375f), x);
  r = v_fma(n, v_set(2.12194440e-4f), r);
  vf p = v_set(1.9875691500e-4f);
  p = v_fma(p, r, v_set(1.3981999507e-3f));
  p = v_fma(p, r, v_set(8.3334519073e-3f));
  p = v_fma(p, r, v_set(4.1665795894e-2f));
  p = v_fma(p, r, v_set(1.6666665459e-1f));
  p = v_fma(p, r, v_set(5.0000001201e-1f));
  p = v_fma(p, r * r, r + v_set(1.f));
  vi exponent = ((vi)shifted - (vi)v_set(12582912.f) + 127) << 23;
  return p * (vf)exponent;
}

// 1 / (1 + e^-x) to about 3e-7, of x from -88 on. In base 2: 2^n times a polynomial of degree 5 on [-1/2, 1/2] (least largest relative error,
// 8e-8), whose exponent n is added to as an integer. The logarithm's constant is split in two, for n is large where x is.
AI vf v_logistic(vf x) {
#if !ISA_FMA
  // Without a fused product the remainder of a large x would be lost.
  return v_reciprocal(v_set(1.f) + v_exp(-x));
#else
  const vf bounded = v_min(x, v_set(87.f)), base = v_set(-1.44269502f), round = v_set(12582912.f);
  const vf shifted = v_fma(bounded, base, round);
  const vf f = v_fma(bounded, v_set(-1.925963033e-8f), v_fma(bounded, base, round - shifted));
  vf p = v_set(1.327647012e-3f);
  p = v_fma(p, f, v_set(9.67554132e-3f));
  p = v_fma(p, f, v_set(5.550713279e-2f));
  p = v_fma(p, f, v_set(2.402211972e-1f));
  p = v_fma(p, f, v_set(6.931469671e-1f));
  p = v_fma(p, f, v_set(1.000000072f));
  return v_reciprocal(v_set(1.f) + (vf)((vi)p + ((vi)shifted << 23)));
#endif
}

// erf to about 1e-7: an odd rational function on [-4, 4], beyond which the result is +-1 in floats (coefficients as in Eigen).
AI vf v_erf(vf x) {
  x = v_max(v_min(x, v_set(4.f)), v_set(-4.f));
  const vf z = x * x;
  vf p = v_set(-2.72614225801306e-10f);
  p = v_fma(p, z, v_set(2.77068142495902e-08f));
  p = v_fma(p, z, v_set(-2.10102402082508e-06f));
  p = v_fma(p, z, v_set(-5.69250639462346e-05f));
  p = v_fma(p, z, v_set(-7.34990630326855e-04f));
  p = v_fma(p, z, v_set(-2.95459980854025e-03f));
  p = v_fma(p, z, v_set(-1.60960333262415e-02f));
  vf q = v_set(-1.45660718464996e-05f);
  q = v_fma(q, z, v_set(-2.13374055278905e-04f));
  q = v_fma(q, z, v_set(-1.68282697438203e-03f));
  q = v_fma(q, z, v_set(-7.37332916720468e-03f));
  q = v_fma(q, z, v_set(-1.42647390514189e-02f));
  return x * p * v_reciprocal(q);
}

// The sums of 16 channels from `channel` on, scaled.
AI vf v_scale(const dv_scaling *s, int64_t channel, vf x) {
  return x * (v_load(s->factors + channel) * v_set(s->scale)) + v_load(s->terms + channel);
}

AI vf v_activate(dv_activation f, vf x) {
  const vf one = v_set(1.f), zero = v_set(0.f);
  switch (f.function) {
    case DV_IDENTITY: return x;
    case DV_CLAMP: return v_min(v_max(x, v_set(f.a)), v_set(f.b));
    case DV_LEAKY_RELU: return v_select(x < zero, x * v_set(f.a), x);
    case DV_SIGMOID: return v_logistic(v_max(x, v_set(-88.f)));
    // Below -88 the result is as good as zero, and the reciprocal would be flushed or, times a huge x, be no zero.
    case DV_SILU: {
      const vf bounded = v_max(x, v_set(-88.f));
      return bounded * v_logistic(bounded);
    }
    case DV_SWISH: {
      const vf scaled = v_max(x * v_set(f.a), v_set(-88.f));
      return x * v_logistic(scaled);
    }
    case DV_ERF: return v_erf(x);
    case DV_GELU: {
      const vf half = x * v_set(.5f);
      return v_fma(half, v_erf(x * v_set(.70710678118654752f)), half);
    }
    // 0.5 x (1 + tanh(u)) = x / (1 + e^-2u)
    case DV_GELU_TANH: {
      const vf u = x * v_fma(x * x, v_set(2.f * .7978845608f * .044715f), v_set(2.f * .7978845608f));
      return x * v_logistic(v_max(u, v_set(-88.f)));
    }
    case DV_HARD_SIGMOID: return v_min(v_max(v_fma(x, v_set(f.a), v_set(f.b)), zero), one);
    case DV_HARD_SWISH: return x * v_min(v_max(v_fma(x, v_set(1.f / 6.f), v_set(.5f)), zero), one);
    case DV_TANH: {
      // 1 - 2/(e^2x + 1) loses digits near zero; an odd polynomial there.
      vf e = v_exp(x + x), far = one - v_set(2.f) / (e + one), z = x * x;
      vf p = v_fma(v_fma(v_fma(v_set(-0.0218694885f), z, v_set(0.0539682540f)), z, v_set(-0.1333333333f)) , z, v_set(0.3333333333f));
      vf near = x - x * z * p;
      return v_select((z < v_set(0.0225f)), near, far);
    }
    case DV_EXP: return v_exp(x);
    case DV_MISH: {
      vf e = one + v_exp(v_min(x, v_set(20.f))), s = e * e;
      return v_select(x > v_set(20.f), x, x * (s - one) / (s + one));
    }
    case DV_ELU: return v_select(x < zero, v_set(f.a) * (v_exp(x) - one), x);
  }
  return x;
}
