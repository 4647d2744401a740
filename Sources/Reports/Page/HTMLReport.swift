import Models
import Results
import Video

/// Makes one page of results files: what was seen, how fast, and how well.
public struct ResultsReport: Sendable {
    public var results: [String]
    /// Clips for the pictures, where the results do not say where they are.
    public var clips: [String]

    public init(results: [String], clips: [String]) { (self.results, self.clips) = (results, clips) }

    public struct Outcome: Sendable {
        public var page: String
        /// Inputs that the page tells of.
        public var sections: Int
        public var pictures: Int
        public var warnings: [String]
    }

    /// Pictures on a page, and of one input.
    private static let mostPictures = (page: 96, section: 24)

    /// - Throws: `DeepVidError` for a file that is not of records.
    public func make(control: RunControl, onFile: (Int) -> Void = { _ in }) throws(DeepVidError) -> Outcome {
        var reading = ReportReading()
        for (index, path) in results.enumerated() {
            onFile(index)
            try reading.read(path)
            if control.isStopped { break }
        }
        reading.finish()
        var (sections, warnings) = (reading.sections, reading.warnings)
        let share = max(4, min(Self.mostPictures.section, Self.mostPictures.page / max(1, sections.count)))
        var left = Self.mostPictures.page
        for index in sections.indices where !control.isStopped && left > 0 {
            addPictures(to: &sections[index], atMost: min(share, left), isOnly: sections.count == 1, &warnings)
            left -= sections[index].pictures.count
        }
        let page = ReportPage(sections: sections).markup.text
        return Outcome(
            page: page, sections: sections.count, pictures: sections.reduce(0) { $0 + $1.pictures.count }, warnings: warnings)
    }

    private func addPictures(to section: inout ReportSection, atMost limit: Int, isOnly: Bool, _ warnings: inout [String]) {
        let worst = (section.comparison?.worst ?? []).prefix(6)
        var wishes = section.appearances.chosen(max(1, limit - worst.count)).compactMap { arrival in
            arrival.ptsS.map { Thumbnails.Wish(frame: arrival.frame, ptsS: $0, objects: arrival.objects) }
        }
        wishes += worst.compactMap { frame in frame.ptsS.map { Thumbnails.Wish(frame: frame.frame, ptsS: $0, objects: []) } }
        guard !wishes.isEmpty else { return }
        let source = section.begin?.source ?? section.comparison?.source
        let named = clips.first { baseName($0) == source.map(baseName) } ?? (isOnly && clips.count == 1 ? clips[0] : nil)
        guard let clip = named ?? source.flatMap({ Thumbnails.find($0, results: section.file) }) else {
            let reason = source.map { "\($0) is not here" } ?? "the results do not say which clip they are of"
            section.pictureProblem = "There are no pictures: \(reason). Name the clip with --clip."
            return
        }
        do throws(VideoError) {
            section.pictures = try Thumbnails.make(wishes, clip: clip, video: section.video, stream: section.options?.stream)
            if section.pictures.isEmpty { section.pictureProblem = "There are no pictures: \(clip) does not have these frames." }
        } catch {
            warnings.append("no pictures of \(section.source): \(error.description)")
            section.pictureProblem = "There are no pictures: \(error.description)"
        }
    }
}
