import Concurrency
import Models
import Video

/// Everything that decides what a run computes.
public struct InferenceOptions: Sendable {
    public var model: ModelOptions
    public var video: VideoOptions
    public var threads: Int
    public var cache: CacheOptions
    public var recording = RecordingOptions()
    /// Nil without semantic memory.
    public var memory: MemoryOptions?

    public init(
        model: ModelOptions, video: VideoOptions, threads: Int, cache: CacheOptions = CacheOptions(), memory: MemoryOptions? = nil
    ) {
        (self.model, self.video, self.threads, self.cache, self.memory) = (model, video, threads, cache, memory)
        self.model.keepsActivations = cache.policy != .off
        if cache.wantsMotionVectors { self.video.exportMotionVectors = true }
    }

    /// CPUs that this process may use: fewer than the machine's under taskset or in a container.
    public static var availableCPUs: Int { Concurrency.availableCPUs() }
}
