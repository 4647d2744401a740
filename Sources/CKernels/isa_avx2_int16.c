// AVX2: products of pairs of 16-bit numbers, twice as many an instruction as floats. Those of bytes (vpmaddubsw) saturate.
#if defined(__x86_64__)
#include <immintrin.h>
#include "dispatch.h"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define ISA(name) name##_avx2_int16
#define ISA_PRODUCTS PRODUCTS_INT16
#define ISA_FMA 1
#define ISA_MASKED 0
#define ISA_RECIPROCAL 1
#define ISA_PANEL 1
#define ISA_PIXELS 6
#define ISA_PIXELS_FOR(vectors) 6
#define ISA_HALF_PIXELS 0
#define ISA_LANE_PRODUCTS 0
#define ISA_TILES(T) T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1)
#include "rounded_kernels.h"
#pragma clang attribute pop
#endif
