// The tiles of AVX-512, whatever a word holds: 32 registers of 16 lanes; 6 pixels × 64 channels keep 24 accumulators busy.
#define ISA_FMA 1
#define ISA_MASKED 1
#define ISA_RECIPROCAL 0
#define ISA_PANEL 4
#define ISA_PIXELS 10
#define ISA_PIXELS_FOR(vectors) ((vectors) == 4 ? 6 : (vectors) == 3 ? 8 : 10)
#define ISA_HALF_PIXELS 0
#define ISA_LANE_PRODUCTS 0
#define ISA_TILES(T)                                                                                          \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) T(9, 1) T(10, 1)                              \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2) T(5, 2) T(6, 2) T(7, 2) T(8, 2) T(9, 2) T(10, 2)                            \
  T(1, 3) T(2, 3) T(3, 3) T(4, 3) T(5, 3) T(6, 3) T(7, 3) T(8, 3)                                             \
  T(1, 4) T(2, 4) T(3, 4) T(4, 4) T(5, 4) T(6, 4)
