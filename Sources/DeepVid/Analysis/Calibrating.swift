import Models
import Video
import Vision

/// Models that are to be computed in levels and do not say in which: those that suit the first frames of the input.
extension Model {
    /// How far apart the frames are that are looked at, and how many: four seconds of usual video.
    private static let calibration = (every: 10, frames: 12)

    /// Whether it runs over every input with levels of its own.
    var isCalibratedByInput: Bool { if case .single(let model) = source { model.wantsCalibration } else { false } }

    /// The model as it runs over an input; the same input gives the same levels.
    ///
    /// - Throws: what opening and reading the input throws; where it cannot be read twice.
    func calibrated(on input: String, _ options: RunOptions, _ control: RunControl) throws(DeepVidError) -> Model {
        guard case .single(let model) = source, model.wantsCalibration else { return self }
        guard input != "-" else {
            throw DeepVidError(
                .invalidOptions,
                "`precision` int8 reads the beginning of an input twice, which standard input does not allow: write it to a file first, or "
                    + "take fp32")
        }
        var video = options.video
        (video.every, video.fps, video.maxFrames, video.resume) = (Self.calibration.every, nil, Self.calibration.frames, nil)
        let source = FileSource(input, options: video, control: control), preparer = try FramePreparer(model.profile)
        defer { source.close() }
        var pictures: [PixelBuffer] = []
        while let event = try source.next() {
            guard case .frame(let frame, _) = event else { continue }
            pictures.append(try preparer.prepare(frame, into: preparer.makeBuffers()).pixels)
        }
        return Model(try model.calibrated(on: pictures, threads: options.threads))
    }

    /// - Throws: where there is no input whose first frames could be looked at twice, or more than one model to be calibrated.
    func checkCalibration(isLive: Bool) throws(DeepVidError) {
        let isWanted =
            switch source {
            case .single(let model): isLive && model.wantsCalibration
            case .several(let set):
                // The graphs of a nested model's capacities are not kept.
                set.members.contains { member in
                    member.isNested && member.model.profile.precision == .int8 || member.variants.contains(where: \.model.wantsCalibration)
                }
            case .bundle: false
            }
        guard isWanted else { return }
        throw DeepVidError(
            .invalidOptions,
            "`precision` int8 is calibrated on the first frames of each recording, for one model of infer and batch: otherwise take models "
                + "that come quantised, or that 'tune' made, or take fp32")
    }
}
