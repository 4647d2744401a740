import Glibc

/// The largest resident size that this process has had.
enum PeakMemory {
    /// In MB of 10⁶ bytes.
    static var megabytes: Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        // Linux counts in units of 1,024 bytes.
        return Double(usage.ru_maxrss) * 1024 / 1e6
    }
}
