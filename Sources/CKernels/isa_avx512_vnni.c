// AVX-512 with products of four bytes: four times as many an instruction as floats.
#if defined(__x86_64__)
#include <immintrin.h>
#include "dispatch.h"
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"))), apply_to = function)
#define ISA(name) name##_avx512_vnni
#define ISA_PRODUCTS PRODUCTS_BYTES
#include "tiles_avx512.h"
#include "rounded_kernels.h"
#pragma clang attribute pop
#endif
