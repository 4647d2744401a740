// Whatever the compiler's baseline offers: SSE2 on x86-64; on arm64 NEON with FMA, where 5 pixels × 16 channels, their weights and sources
// take 29 of 32 registers of 4 lanes.
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#include "dispatch.h"
#define ISA(name) name##_portable
#if defined(__aarch64__)
#define ISA_NAME "neon"
#define ISA_FMA 1
#define ISA_PIXELS 5
#define ISA_TILES(T) T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1)
#define ISA_LANE_PRODUCTS 1
#define ISA_DEPTHWISE_HALF 1
#define ISA_DEPTHWISE 6
#define ISA_DEPTHWISE_STRIDED 4
#else
#define ISA_NAME "portable"
#define ISA_FMA 0
#define ISA_PIXELS 2
#define ISA_TILES(T) T(1, 1) T(2, 1)
#define ISA_LANE_PRODUCTS 0
#define ISA_DEPTHWISE_HALF 0
#define ISA_DEPTHWISE 2
#define ISA_DEPTHWISE_STRIDED 2
#endif
#define ISA_MASKED 0
#define ISA_RECIPROCAL 0
#define ISA_PANEL 1
#define ISA_PIXELS_FOR(vectors) ISA_PIXELS
#define ISA_HALF_PIXELS 0
#include "kernels.h"
