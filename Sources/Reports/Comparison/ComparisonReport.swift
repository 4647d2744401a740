import DeepCache
import DeepVid
import Evaluation
import Models
import Results
import Video

/// What a policy came to on an input, with the frames that agree least.
package struct ComparisonReport {
    package var record: ComparisonRecord
    /// Those of `record.worst`.
    private let worst: [DisagreementVisualization]

    /// Compares over one input until it ends, fails or the run is stopped; what was compared until then counts.
    ///
    /// - Parameters:
    ///   - policies: those that the comparison was made for; where `options` have a memory, it is one more, the last.
    ///   - truth: what is really to be seen in the input.
    ///   - count: how many of the frames that agree least are kept, with their pictures.
    /// - Returns: a report for each policy, and for the memory.
    package static func reports(
        _ comparison: Comparison, _ input: String, options: RunOptions, policies: [ReuseOptions], worst count: Int,
        truth: Truth? = nil, onProgress: (RunProgress) -> Void = { _ in }
    ) -> [ComparisonReport] {
        var runs = policies.map { policy in
            var run = options
            (run.reuse, run.memory) = (policy, nil)
            return run
        }
        if options.memory != nil {
            var run = options
            run.reuse.policy = .off
            runs.append(run)
        }
        let tallies = runs.map { _ in ComparisonTally(score: comparison.model.score, rule: comparison.rule, worst: count, truth: truth) }
        let outcome = comparison.run(input, onProgress: onProgress) { tallies[$0].add($1) }
        return runs.indices.map { index in
            let begin = BeginRecord(
                source: displayName(of: input), model: comparison.subject, info: outcome.info, options: runs[index])
            var record = ComparisonRecord(
                begin: begin, reason: outcome.summary.reason, error: outcome.summary.error.map(EndRecord.Failure.init))
            tallies[index].fill(&record)
            if truth?.labels.isEmpty == false { record.truth?.classes = record.options.classes }
            record.audited = outcome.audited[index].map(AgreementRecord.init)
            return ComparisonReport(record: record, worst: tallies[index].worst)
        }
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
