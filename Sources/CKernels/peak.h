// What the machine can reach: the measure that layers are held against.

// Multiply-adds that depend on nothing but their own chain and touch no memory. Returns the floating point operations that were.
static double ISA(multiply_adds)(int64_t rounds) {
  // 12 sums of a vector, or 3 of the widest where those take four registers each: more than latency and throughput ask for, fewer than fit.
  enum { CHAINS = ISA_MASKED || ISA_DEPTHWISE_HALF ? 12 : 3 };
  VD sums[CHAINS], factor = VD_SET(.9375f), term = VD_SET(.0625f);
  UNROLL for (int i = 0; i < CHAINS; i++) sums[i] = VD_SET((float)i);
  for (int64_t round = 0; round < rounds; round++) UNROLL for (int i = 0; i < CHAINS; i++) sums[i] = vd_fma(sums[i], factor, term);
  VD sum = sums[0];
  UNROLL for (int i = 1; i < CHAINS; i++) sum += sums[i];
  // A store that the compiler must keep.
  static volatile float sink;
  sink = sum[0];
  return (double)rounds * CHAINS * VD_LANES * 2;
}
