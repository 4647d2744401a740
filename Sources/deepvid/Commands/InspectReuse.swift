import DeepVid
import Glibc
import Models
import Reports
import Video

/// `deepvid inspect --visualize-reuse`: a picture a frame of what reuse does.
struct InspectReuse {
    let input: String
    let options: InferenceOptions
    let folder: String
    let flags: ConsoleFlags

    func run() throws(Complaint) -> ExitStatus {
        let console = Console.shared
        (console.isQuiet, console.isVerbose) = (flags.quiet, flags.verbose)
        try checkFolder()
        let folder = try OutputFolder(folder, flag: "--visualize-reuse")
        let control = RunControl()
        let interruption = Interruption.install { control.stop() }
        let inspection: ReuseInspection
        do throws(DeepVidError) {
            inspection = try ReuseInspection(options, control: control)
        } catch { throw .unusable(error.message) }
        console.note("model \(inspection.summary)")
        interruption.arm()
        let progress = flags.showsProgress(besideOutput: false) ? ProgressLine(input: input, index: 0, of: 1) : nil
        var failure: Complaint?
        let outcome = inspection.run(input, onProgress: { progress?.update($0) }) { frame throws(VideoError) in
            let bytes = try frame.visualization.png()
            do throws(Complaint) { try folder.write(bytes, as: frame.imageName) } catch { failure = error }
            return failure == nil
        }
        console.eraseStatus()
        if let failure { throw failure }
        if let codec = outcome.codecWithoutVectors {
            console.warning("\(input): the decoder of \(codec) gives no motion vectors; the pictures are without them")
        }
        if let error = outcome.error {
            console.error(error.message)
            return outcome.frames == 0 ? .unusable : .failed
        }
        if console.isTerminal || console.isVerbose, !console.isQuiet {
            console.plain("\(Formatting.count(outcome.frames, "picture")) in \(folder.path)")
        }
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        return .done
    }

    /// Refuses the folder that the input's own pictures are in: they may have the names of those that are written.
    private func checkFolder() throws(Complaint) {
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
