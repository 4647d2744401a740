import Clocks
import DeepVid
import Models
import Results
import Video

/// Makes one page of results files: what was seen, how fast, and how well.
package struct HTMLReport {
    package let page: String
    /// Inputs on the page.
    package let sections: Int
    package let images: Int
    /// What each input has shown.
    package let seen: [[SeenClass]]
    package let frames: Int
    package let warnings: [String]
    /// Why results files could not be read, with their names. They are on the page, too.
    package let errors: [String]

    /// Images on a page, and of one input.
    private static let mostImages = (page: 96, section: 24)

    /// Files that cannot be read are among `errors`; the others are on the page.
    ///
    /// - Parameters:
    ///   - clips: for the images, where the results do not say where they are.
    ///   - zone: the clock that times of day are shown by.
    ///   - onFile: called before each file of `results` is read, with its index. What it throws is why the file cannot be read.
    /// - Throws: `DeepVidError` when not one of the files could be read.
    package init(
        results: [String], clips: [String], zone: Zone = .utc, control: RunControl, onFile: (Int) throws(DeepVidError) -> Void = { _ in }
    ) throws(DeepVidError) {
        var reader = ReportReader(zone: zone)
        var errors: [DeepVidError] = []
        for (index, path) in results.enumerated() where !control.isStopped {
            do throws(DeepVidError) {
                try onFile(index)
                try reader.read(path)
            } catch { errors.append(error) }
        }
        if let error = errors.first, errors.count == results.count {
            throw errors.count == 1 ? error : DeepVidError(error.code, errors.map(\.message).joined(separator: "\n"), cause: error)
        }
        reader.finish()
        var (sections, warnings) = (reader.sections, reader.warnings)
        let share = max(4, min(Self.mostImages.section, Self.mostImages.page / max(1, sections.count)))
        var left = Self.mostImages.page
        for index in sections.indices where !control.isStopped && left > 0 {
            Self.addImages(to: &sections[index], of: clips, atMost: min(share, left), isOnly: sections.count == 1, &warnings)
            left -= sections[index].images.count
        }
        page = Self.page(sections, unreadable: errors.map { "not read: \($0.message)" }).text
        (seen, frames) = (sections.map(\.seen), sections.reduce(0) { $0 + $1.framesSeen })
        (self.sections, images) = (sections.count, sections.reduce(0) { $0 + $1.images.count })
        (self.warnings, self.errors) = (warnings, errors.map(\.message))
    }

    private static func addImages(
        to section: inout ReportSection, of clips: [String], atMost limit: Int, isOnly: Bool, _ warnings: inout [String]
    ) {
        let worst = (section.comparison?.worst ?? []).prefix(6)
        var requests = section.newObjects.chosen(max(1, limit - worst.count)).compactMap { object in
            object.ptsS.map { (frame: object.frame, ptsS: $0, objects: object.objects) }
        }
        requests += worst.compactMap { frame in frame.ptsS.map { (frame.frame, $0, []) } }
        guard !requests.isEmpty else { return }
        let source = section.begin?.source ?? section.comparison?.source
        let named = clips.first { baseName($0) == source.map(baseName) } ?? (isOnly && clips.count == 1 ? clips[0] : nil)
        guard let clip = named ?? source.flatMap({ ClipFiles.find($0, results: section.file) }) else {
            let reason = source.map { "\($0) is not here" } ?? "the results do not say which clip they are of"
            section.imageProblem = "There are no pictures: \(reason). Name the clip with --clip."
            return
        }
        do throws(VideoError) {
            section.images = try Thumbnails.make(requests, clip: clip, video: section.video, stream: section.options?.stream)
            if section.images.isEmpty { section.imageProblem = "There are no pictures: \(clip) does not have these frames." }
        } catch {
            warnings.append("no pictures of \(section.source): \(error.description)")
            section.imageProblem = "There are no pictures: \(error.description)"
        }
    }
}
