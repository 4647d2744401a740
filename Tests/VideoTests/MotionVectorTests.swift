import TestSupport
import Testing
import Video

@Suite struct MotionVectorTests {
    private func vectors(_ clip: String, threads: Int = 0) throws -> [[MotionVector]] {
        var options = VideoOptions()
        options.exportMotionVectors = true
        options.threads = threads
        return try readAll(Files.clip(clip), options).frames.map(\.motionVectors)
    }

    @Test func comeOnlyOnRequest() throws {
        #expect(try readAll(Files.clip("moving.mp4")).frames.allSatisfy { $0.motionVectors.isEmpty })
    }

    @Test(arguments: ["moving.mp4", "mpeg4.avi", "street.mp4"])
    func describeThePrediction(clip: String) throws {
        let frames = try vectors(clip)
        #expect(frames[0].isEmpty)
        let all = frames.flatMap { $0 }
        #expect(all.count > 500)
        for v in all {
            #expect([4, 8, 16].contains(v.width))
            #expect([4, 8, 16].contains(v.height))
            #expect(v.source != 0)
            #expect(v.motionScale > 0)
            // The exact displacement and the rounded points agree to a pixel.
            #expect(abs(v.srcX - v.dstX - Int((Double(v.motionX) / Double(v.motionScale)).rounded())) <= 1)
            #expect(abs(v.srcY - v.dstY - Int((Double(v.motionY) / Double(v.motionScale)).rounded())) <= 1)
        }
        // These scenes rest for the most part.
        #expect(all.filter { $0.motionX == 0 && $0.motionY == 0 }.count * 2 > all.count)
        if clip == "moving.mp4" { #expect(all.contains { $0.source > 0 }); #expect(all.contains { $0.source < 0 }) }
    }

    /// Frame threads must not hand out vectors that are still being written.
    @Test(arguments: ["moving.mp4", "mpeg4.avi", "street.mp4"])
    func areTheSameWithThreads(clip: String) throws {
        #expect(try vectors(clip, threads: 1) == vectors(clip, threads: 4))
    }

    @Test func areTurnedWithThePicture() throws {
        let frames = try vectors("rotated.mp4")
        for v in frames.joined() { #expect((0..<96).contains(v.dstX)); #expect((0..<160).contains(v.dstY)) }
    }
}
