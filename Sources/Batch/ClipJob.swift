import DeepVid
import FileNames
import Foundation
import Glibc
import Models
import Results

/// Runs one clip of a batch to its end: nothing in it depends on the other clips.
struct ClipJob: Sendable {
    let model: Model
    let options: BatchOptions
    let configuration: Configuration
    let folder: String
    let manifest: Manifest

    /// - Returns: with the clip's last record, as it stands in the manifest.
    /// - Throws: `OutputError` when the manifest cannot be written. What is wrong with the clip is in the record.
    func run(_ clip: BatchClip, control: RunControl, onProgress: (RunProgress) -> Void) throws(OutputError) -> BatchBoard.Ended {
        var record = ClipRecord(
            unixS: Date().timeIntervalSince1970, host: ProcessInfo.processInfo.hostName, pid: Int(getpid()), source: clip.path,
            output: clip.output, state: .running, input: clip.identity(), modelSHA256: configuration.modelSHA256,
            optionsSHA256: configuration.optionsSHA256)
        record.checkpointInterval = options.checkpointInterval
        try note(record)
        let output = "\(folder)/\(clip.output)"
        var agreement: RunSummary.Agreement?
        do throws(OutputError) {
            (record.state, record.result, agreement) = try process(clip, record.input, output, control, onProgress)
        } catch {
            record.state = .failed
            record.result = .init(
                error: .init(DeepVidError(.cannotWrite, "\(output): cannot be written: \(error.message)", cause: error)))
        }
        record.unixS = Date().timeIntervalSince1970
        try note(record)
        return BatchBoard.Ended(record: record, agreement: agreement)
    }

    private func note(_ record: ClipRecord) throws(OutputError) {
        do throws(OutputError) { try manifest.append(record) } catch {
            throw OutputError(code: error.code, message: "\(folder): the manifest cannot be written: \(error.message)")
        }
    }

    private func process(
        _ clip: BatchClip, _ input: ClipRecord.Input, _ output: String, _ control: RunControl, _ onProgress: (RunProgress) -> Void
    ) throws(OutputError) -> (ClipRecord.State, ClipRecord.Result?, RunSummary.Agreement?) {
        guard makeFolders(output.folder) else { throw OutputError(errno: errno) }
        let saved = SavedCheckpoint.read(output, input: input.sha256, configuration: configuration)
        var run = saved.flatMap { saved in
            try? Run(clip.path, from: saved.checkpoint, model: model, options: options.run, control: control)
        }
        // Stopped while opening: what is there is for the next time.
        if control.isStopped { return (.interrupted, nil, nil) }
        let isResumed = run != nil
        let sink = try ClipOutput(path: output, isCompressed: options.isCompressed, keeping: isResumed ? saved!.bytes : 0)
        if !isResumed {
            SavedCheckpoint.remove(output)
            run = Run(clip: clip.path, model: model, options: options.run, control: control)
        }
        var video: Double?
        let checkpoints = Checkpointing(interval: options.checkpointInterval, model: model) { checkpoint throws(OutputError) in
            let bytes = try sink.synchronize()
            try SavedCheckpoint(input: input.sha256 ?? "", configuration: configuration, bytes: bytes, checkpoint: checkpoint).write(output)
        }
        let records = RunRecords(sink, model: model, options: options.run)
        let summary = try run!.run(
            into: { (source, output) throws(OutputError) in try records.write(source, options.onOutput?(source, output) ?? output) },
            checkpoints: checkpoints
        ) { progress in
            video = progress.videoSeconds ?? video
            onProgress(progress)
        }
        let end = EndRecord(summary)
        if end.reason != .interrupted {
            try sink.finish()
            SavedCheckpoint.remove(output)
        }
        var result = ClipRecord.Result(end)
        (result.videoS, result.resumedFrames) = (video, isResumed ? saved!.checkpoint.frames : nil)
        return (end.reason == .finished ? .done : end.reason == .failed ? .failed : .interrupted, result, summary.reuse?.agreement)
    }
}
