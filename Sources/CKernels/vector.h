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
enum { LANES = 16 };
#endif

AI vf v_load(const float *p) { return *(const vf_unaligned *)p; }
AI void v_store(float *p, vf v) { *(vf_unaligned *)p = v; }
AI vf v_set(float x) { return (vf){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
AI vf v_min(vf a, vf b) { return __builtin_elementwise_min(a, b); }
AI vf v_max(vf a, vf b) { return __builtin_elementwise_max(a, b); }
AI vf v_select(vi mask, vf a, vf b) { return (vf)(((vi)a & mask) | ((vi)b & ~mask)); }

// The first n lanes; the rest of the memory is neither read nor written.
AI void v_store_first(float *p, vf v, int n) {
  if (n == LANES) return v_store(p, v);
#if ISA_MASKED
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#else
  float lanes[LANES];
  v_store(lanes, v);
  for (int i = 0; i < n; i++) p[i] = lanes[i];
#endif
}
AI vf v_load_first(const float *p, int n) {
  if (n == LANES) return v_load(p);
#if ISA_MASKED
  return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#else
  float lanes[LANES] = {0};
  for (int i = 0; i < n; i++) lanes[i] = p[i];
  return v_load(lanes);
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
  typedef float v8 __attribute__((vector_size(32)));
  typedef float v4 __attribute__((vector_size(16)));
  const v8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const v4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  const v4 c = b + __builtin_shufflevector(b, b, 2, 3, 0, 1);
  return c[0] + c[1];
}

// 1/x to about 1 ulp: a division takes as long as eight multiplications.
AI vf v_reciprocal(vf x) {
#if ISA_MASKED
  vf r = (vf)_mm512_rcp14_ps((__m512)x);
  return v_fma(r, v_fma(-x, r, v_set(1.f)), r);
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

AI vf v_activate(dv_activation f, vf x) {
  const vf one = v_set(1.f), zero = v_set(0.f);
  switch (f.function) {
    case DV_IDENTITY: return x;
    case DV_CLAMP: return v_min(v_max(x, v_set(f.a)), v_set(f.b));
    case DV_LEAKY_RELU: return v_select(x < zero, x * v_set(f.a), x);
    case DV_SIGMOID: return v_reciprocal(one + v_exp(-x));
    case DV_SILU: {
      // Below -88 the result is as good as zero, and the reciprocal would be flushed or, times a huge x, be no zero.
      const vf bounded = v_max(x, v_set(-88.f));
      return bounded * v_reciprocal(one + v_exp(-bounded));
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
