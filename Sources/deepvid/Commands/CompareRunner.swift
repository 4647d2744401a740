import DeepVid
import FileNames
import Glibc
import Models
import Reports
import Results

/// Compares, writes the pictures, prints the outcome.
struct CompareRunner {
    let input: String
    let options: RunOptions
    let flags: ComparisonFlags

    func run() throws(CLIError) -> ExitStatus {
        let console = flags.console.makeConsole()
        // A folder that is made for pictures goes again where there are none: rmdir(2) removes empty folders only.
        let isNewFolder = flags.saveWorst.map { access($0.fileName, F_OK) != 0 } ?? false
        defer { if isNewFolder, let path = flags.saveWorst { rmdir(path.fileName) } }
        let folder = try flags.saveWorst.map { path throws(CLIError) in try OutputFolder(path, flag: "--save-worst") }
        try AddressSpace.check(inputs: [input], model: options.model.model, threads: options.threads)
        let control = RunControl()
        // Before any other thread starts: the model's workers inherit the mask.
        let interruption = Interruption.install { control.stop() }
        let comparison = try usable { () throws(DeepVidError) in try Comparison(options, control: control) }
        console.note("model \(comparison.summary)")
        interruption.arm()
        let progress = flags.console.showsProgress(besideOutput: false) ? ProgressLine(input: displayName(of: input), index: 0, of: 1) : nil
        var report = ComparisonReport(
            comparison, input, options: options, worst: flags.worstCount, onProgress: { progress?.update($0) })
        console.eraseStatus()
        if let error = report.record.error { console.error(error.message) }
        // Of an input of which nothing came out there is nothing to say.
        if report.record.frames == 0, report.record.error != nil { return .unusable }
        if let folder { try draw(&report, into: folder) }
        if folder != nil, report.record.worst.isEmpty { console.warning("--save-worst has no picture to write: all frames agree fully") }
        let printed = printToStandardOutput(flags.printsJSON ? report.record.json : ComparisonTable.text(report.record))
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        return report.record.error == nil ? printed : .failed
    }

    private func draw(_ report: inout ComparisonReport, into folder: OutputFolder) throws(CLIError) {
        for index in report.record.worst.indices {
            let bytes: [UInt8]
            do throws(DeepVidError) { bytes = try report.picture(index) } catch { throw .failed(error.message) }
            try folder.write(bytes, as: report.pictureName(index))
            report.record.worst[index].picture = folder.path(of: report.pictureName(index))
        }
    }
}
