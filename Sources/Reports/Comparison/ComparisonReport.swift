import DeepVid
import Models
import Results
import Video

/// What a comparison came to, with the frames that agree least.
package struct ComparisonReport {
    package var record: ComparisonRecord
    /// Those of `record.worst`.
    private let worst: [DisagreementVisualization]

    /// Compares over one input until it ends, fails or the run is stopped; what was compared until then counts.
    ///
    /// - Parameter count: how many of the frames that agree least are kept, with their pictures.
    package init(
        _ comparison: Comparison, _ input: String, options: RunOptions, worst count: Int, onProgress: (RunProgress) -> Void = { _ in }
    ) {
        let tally = ComparisonTally(score: comparison.model.score, worst: count)
        let (summary, info) = comparison.run(input, onProgress: onProgress) { tally.add($0) }
        let begin = BeginRecord(source: displayName(of: input), model: Model(comparison.model), info: info, options: options)
        record = ComparisonRecord(
            begin: begin, reason: summary.reason, error: summary.error.map(EndRecord.Failure.init))
        tally.fill(&record)
        record.audited = summary.reuse?.agreement.map(AgreementRecord.init)
        worst = tally.worst
    }

    /// A name for the image of `record.worst[index]`: names sort from the worst frame on.
    package func pictureName(_ index: Int) -> String {
        "worst-\(Format.padded(index + 1, 2))-frame-\(Format.padded(worst[index].frame.index, 6)).png"
    }

    /// The PNG file of `record.worst[index]`.
    package func picture(_ index: Int) throws(DeepVidError) -> [UInt8] {
        do throws(VideoError) { return try worst[index].png() } catch { throw DeepVidError(error) }
    }
}
