// AVX-512 with products of floats.
#if defined(__x86_64__)
#include <immintrin.h>
#include "dispatch.h"
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define ISA(name) name##_avx512
#define ISA_NAME "avx512"
#define ISA_DEPTHWISE_HALF 0
#define ISA_DEPTHWISE 8
#define ISA_DEPTHWISE_STRIDED 8
#include "tiles_avx512.h"
#include "kernels.h"
#pragma clang attribute pop
#endif
