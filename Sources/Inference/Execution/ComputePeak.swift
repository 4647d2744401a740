import CKernels

/// The arithmetic that one core of this machine reaches at most with the kernels' instruction set.
public enum ComputePeak {
    /// 10⁹ floating point operations a second in a loop of fused multiply-adds that touches no memory: the best of several short turns, because
    /// others may use the core too. Takes some 20 ms.
    public static func gigaflops() -> Double {
        (0..<20).map { _ in
            var operations = 0.0
            let time = ContinuousClock().measure { operations = dv_multiply_adds(50_000) }
            return operations / (time / .nanoseconds(1))
        }.max()!
    }
}
