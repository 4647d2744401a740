import Glibc
import Video

/// Everything that decides what a run computes.
public struct InferenceOptions: Sendable {
    public var model: ModelOptions
    public var video: VideoOptions
    public var threads: Int

    public init(model: ModelOptions, video: VideoOptions, threads: Int) {
        (self.model, self.video, self.threads) = (model, video, threads)
    }

    /// CPUs that this process may use: fewer than the machine's under taskset or in a container.
    public static var availableCPUs: Int {
        var set = cpu_set_t()
        guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else { return 1 }
        return withUnsafeBytes(of: &set) { bytes in max(1, bytes.reduce(0) { $0 + $1.nonzeroBitCount }) }
    }
}
