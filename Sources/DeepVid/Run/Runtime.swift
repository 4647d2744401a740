import Concurrency
import FoundationEssentials
import Inference
import Video

/// What a run runs on, as far as its times and the last bits of its results depend on it.
public struct Runtime: Sendable {
    /// Instructions that the kernels use, such as `avx512`.
    public let instructionSet: String
    /// The CPU's name; nil where the system does not tell it.
    public let cpu: String?
    /// That this process may use.
    public let cpus: Int
    /// Version of FFmpeg, which decodes.
    public let ffmpeg: String

    /// Of this process.
    public static let current = Runtime(
        instructionSet: instructionSetName, cpu: cpuName, cpus: availableCPUs(), ffmpeg: ffmpegVersion)

    /// The kernel has a line `model name : …` for each CPU of x86; those of other machines may have none.
    private static var cpuName: String? {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) }
    }
}
