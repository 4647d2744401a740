import DeepCache
@testable import DeepVid
import TestSupport
import Testing
import Video
import Vision

/// Codec vectors as candidates for the picture's displacement.
struct CodecMotionTests {
    private func frames(_ clip: String, every: Int = 1) throws -> [Frame] {
        var options = VideoOptions()
        (options.exportMotionVectors, options.every) = (true, every)
        let reader = try Video.VideoReader(Files.clip(clip), options: options)
        var frames: [Frame] = []
        while let frame = try reader.next() { frames.append(frame) }
        return frames
    }

    private func placement(_ frame: Frame, width: Int, height: Int) -> Placement {
        ResizeMode.stretch.placement(width: frame.width, height: frame.height, modelWidth: width, modelHeight: height)
    }

    @Test(arguments: ["mpeg4.avi", "moving.mp4", "street.mp4"])
    func onlyFramesPredictedFromTheLastOneCount(clip: String) throws {
        var motion = CodecMotion(), last: Character?, used = 0
        for frame in try frames(clip) {
            let candidates = motion.candidates(of: frame, placement(frame, width: 128, height: 96))
            if frame.pictureType != "P" || last != "I" && last != "P" {
                #expect(candidates.isEmpty, "frame \(frame.index), \(frame.pictureType) after \(last ?? "-")")
            } else if !candidates.isEmpty {
                used += 1
                // The cameras of these clips rest, and so does most of the picture.
                #expect(candidates.first == Motion.none && candidates.count <= 2)
            }
            last = frame.pictureType
        }
        if clip == "mpeg4.avi" { #expect(used > 5) }
    }

    @Test func notWhereFramesAreLeftOut() throws {
        var motion = CodecMotion()
        for frame in try frames("mpeg4.avi", every: 2) {
            #expect(motion.candidates(of: frame, placement(frame, width: 128, height: 96)).isEmpty)
        }
    }

    /// The vectors of what moves, in model pixels: half the width is half the displacement.
    @Test func vectorsAreScaledToTheModel() throws {
        for frame in try frames("mpeg4.avi") {
            let moving = frame.motionVectors.filter { $0.source < 0 && ($0.motionX != 0 || $0.motionY != 0) }
            guard let vector = moving.first else { continue }
            for factor in [1, 2, 4] {
                let candidates = CodecMotion.candidates(
                    of: [vector], placement(frame, width: frame.width / factor, height: frame.height / factor))
                let scale = Double(vector.motionScale * factor)
                #expect(
                    candidates == [
                        Motion(x: Int((Double(vector.motionX) / scale).rounded()), y: Int((Double(vector.motionY) / scale).rounded()))
                    ])
            }
        }
    }
}
