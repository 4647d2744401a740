import FoundationEssentials
import Video

/// Everything that decides what a run computes.
public struct InferenceOptions: Sendable {
    public var model: ModelOptions
    public var video: VideoOptions
    public var threads: Int
    public var cache: CacheOptions
    public var recording = RecordingOptions()

    public init(model: ModelOptions, video: VideoOptions, threads: Int, cache: CacheOptions = CacheOptions()) {
        (self.model, self.video, self.threads, self.cache) = (model, video, threads, cache)
        self.model.keepsActivations = cache.policy != .off
        if cache.wantsMotionVectors { self.video.exportMotionVectors = true }
    }

    /// CPUs that this process may use: fewer than the machine's under taskset or in a container.
    public static var availableCPUs: Int { ProcessInfo.processInfo.activeProcessorCount }
}
