import FoundationEssentials
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
    public static var availableCPUs: Int { ProcessInfo.processInfo.activeProcessorCount }
}
