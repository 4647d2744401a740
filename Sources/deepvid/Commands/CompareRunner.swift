import DeepVid
import Glibc
import Models
import Reports
import Results

/// Compares, writes the pictures, prints the outcome.
struct CompareRunner {
    let input: String
    let options: InferenceOptions
    let flags: ComparisonFlags
    private let console = Console.shared

    init(input: String, options: InferenceOptions, flags: ComparisonFlags) {
        (self.input, self.options, self.flags) = (input, options, flags)
    }

    func run() throws(Complaint) -> ExitStatus {
        (console.isQuiet, console.isVerbose) = (flags.console.quiet, flags.console.verbose)
        // A folder that is made for pictures goes again where there are none: `rmdir` removes empty folders only.
        let isNewFolder = flags.worst.map { access($0, F_OK) != 0 } ?? false
        defer { if isNewFolder, let path = flags.worst { rmdir(path) } }
        var folder: OutputFolder?
        if let path = flags.worst { folder = try OutputFolder(path, flag: "--worst") }
        let control = RunControl()
        // Before any other thread starts: the model's workers inherit the mask.
        let interruption = Interruption.install { control.stop() }
        let comparison: Comparison
        do throws(DeepVidError) { comparison = try Comparison(options, control: control) } catch { throw .unusable(error.message) }
        console.note("model \(comparison.summary)")
        interruption.arm()
        let progress = flags.console.showsProgress(besideOutput: false) ? ProgressLine(input: input, index: 0, of: 1) : nil
        var report = comparison.report(input, worst: flags.worstCount, onProgress: { progress?.update($0) })
        console.eraseStatus()
        if let error = report.record.error { console.error(error.message) }
        // Of an input of which nothing came out there is nothing to say.
        if report.record.frames == 0, report.record.error != nil { return .unusable }
        if let folder { try draw(&report, into: folder) }
        let record = report.record
        let printed = printToStandardOutput(flags.printsJSON ? record.json : ComparisonTable.text(record))
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        return record.error == nil ? printed : .failed
    }

    private func draw(_ report: inout ComparisonReport, into folder: OutputFolder) throws(Complaint) {
        for index in report.record.worst.indices {
            let bytes: [UInt8]
            do throws(DeepVidError) { bytes = try report.picture(index) } catch { throw .failed(error.message) }
            try folder.write(bytes, as: report.pictureName(index))
            report.record.worst[index].picture = folder.path(of: report.pictureName(index))
        }
    }
}
