import DeepVid
import Glibc
import Models
import Reports
import Video

/// `deepvid inspect --visualize-reuse`: a picture a frame of what reuse does.
struct InspectReuse {
    let input: String
    let options: RunOptions
    let folder: String
    let flags: ConsoleFlags

    func run() throws(CLIError) -> ExitStatus {
        let console = Console.shared
        (console.isQuiet, console.isVerbose) = (flags.quiet, flags.verbose)
        try checkFolder()
        let folder = try OutputFolder(folder, flag: "--visualize-reuse")
        let control = RunControl()
        let interruption = Interruption.install { control.stop() }
        let tracing = try usable { () throws(DeepVidError) in try ReuseTracing(options, control: control) }
        console.note("model \(tracing.summary)")
        interruption.arm()
        let progress = flags.showsProgress(besideOutput: false) ? ProgressLine(input: displayName(of: input), index: 0, of: 1) : nil
        var hasVectors = false
        let (summary, info) = try tracing.run(input, onProgress: { progress?.update($0) }) { (frame, result, trace) throws(CLIError) in
            hasVectors = hasVectors || !frame.motionVectors.isEmpty
            let bytes: [UInt8]
            do throws(VideoError) { bytes = try ReuseVisualization(frame, result, trace).png() } catch { throw .failed(error.description) }
            try folder.write(bytes, as: ReuseVisualization.imageName(frame))
        }
        console.eraseStatus()
        if summary.frames > 1, !hasVectors, let info {
            console.warning(
                "\(displayName(of: input)): the decoder of \(info.codec) gives no motion vectors; the pictures are without them")
        }
        if let error = summary.error {
            console.error(error.message)
            return summary.frames == 0 ? .unusable : .failed
        }
        if console.isTerminal || console.isVerbose, !console.isQuiet {
            console.plain("\(Formatting.count(summary.frames, "picture")) in \(folder.path)")
        }
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        return .done
    }

    /// Refuses the folder that the input's own pictures are in: they may have the names of those that are written.
    private func checkFolder() throws(CLIError) {
        func identity(_ path: String) -> [UInt]? {
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR ? [UInt(status.st_dev), UInt(status.st_ino)] : nil
        }
        let parent = input.lastIndex(of: "/").map { String(input[...$0]) } ?? "."
        let source = identity(input) ?? (input.lowercased().hasSuffix(".png") ? identity(parent) : nil)
        if let source, source == identity(folder) {
            throw .unusable("\(folder): has the pictures of the input, which could be overwritten; name another folder")
        }
    }
}
