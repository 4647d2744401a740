// AVX-512 with products of pairs of bfloat16: twice as many an instruction as floats.
#if defined(__x86_64__)
#include <immintrin.h>
#include "dispatch.h"
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))), apply_to = function)
#define ISA(name) name##_avx512_bf16
#define ISA_PRODUCTS PRODUCTS_BF16
#include "tiles_avx512.h"
#include "rounded_kernels.h"
#pragma clang attribute pop
#endif
