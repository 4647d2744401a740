import DeepVid
import Reports
import Results

/// `--maps`: a picture of what the model says of each place of a frame.
struct MapFolder {
    private let folder: OutputFolder

    /// - Throws: `CLIError` with status 2 when the model gives no maps, or nothing can be written there.
    init(_ path: String, _ model: Model) throws {
        let head = model.profile.card.head
        guard head == .semantic || head == .depth else {
            throw CLIError.unusable(
                "--maps: head '\(head.rawValue)' of \(model.name) gives no map of the frame: leave it out, or name a model for "
                    + "semantic segmentation or depth")
        }
        folder = try OutputFolder(path, flag: "--maps")
    }

    /// Draws a frame's map; other output has none.
    func write(_ output: RunOutput) throws(OutputError) {
        guard case .frame(let result) = output else { return }
        do {
            guard let picture = try MapImage.png(result.answer) else { return }
            try folder.write(as: MapImage.name(result.frame.index)) { picture }
        } catch {
            throw OutputError(code: .failed, message: "\(error)")
        }
    }
}
