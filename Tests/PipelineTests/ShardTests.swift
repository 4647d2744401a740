import Foundation
import Testing
import Video

@testable import Pipeline

@Suite struct ShardTests {
    private func clip(_ name: String) -> BatchClip {
        BatchClip(path: Self.clips.appending(path: name).path, isCompressed: false)
    }

    private static let clips = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/clips").standardized

    @Test func everyClipIsInOneShardAndTheLongestComesFirst() {
        let all = (0..<50).map { BatchClip(path: "clip\($0).mp4", isCompressed: false) }
        let weights = all.indices.map { Double(($0 * 37) % 50 + 1) }
        let shards = (1...4).map { Shard(index: $0, count: 4).clips(of: all, weights: weights).map(\.path) }
        #expect(shards.flatMap(\.self).sorted() == all.map(\.path).sorted())
        let weight = Dictionary(uniqueKeysWithValues: zip(all.map(\.path), weights))
        let loads = shards.map { $0.reduce(0) { $0 + weight[$1]! } }
        #expect(loads.max()! - loads.min()! <= 2, "\(loads)")
        for shard in shards { #expect(zip(shard, shard.dropFirst()).allSatisfy { weight[$0]! >= weight[$1]! }) }
    }

    /// By frames, and not by bytes: a still scene is a small file and as much work.
    @Test func clipsAreWeighedByTheirFrames() {
        let all = [clip("mpeg4.avi"), clip("street.mp4"), clip("offset.ts"), clip("moving.mp4")]
        let counts = BatchClip.frameCounts(of: all, VideoOptions(), threads: 2)
        for (clip, count) in zip(all, counts) {
            let reader = try? VideoReader(clip.path)
            var frames = 0
            while (try? reader?.next()) != nil { frames += 1 }
            #expect(frames > 0 && abs(count - Double(frames)) <= 2, "\(clip.path): \(count), really \(frames)")
        }
        let order = Shard(index: 1, count: 1).clips(of: all, video: VideoOptions(), threads: 2)
        #expect(order.first?.path == all[1].path)
    }

    @Test func optionsThatSelectFramesCount() {
        var video = VideoOptions()
        (video.start, video.fps) = (1, 5)
        #expect(abs(BatchClip.frameCounts(of: [clip("street.mp4")], video, threads: 1)[0] - 25) <= 1)
        (video.start, video.fps, video.every, video.maxFrames) = (0, nil, 3, 7)
        #expect(BatchClip.frameCounts(of: [clip("street.mp4")], video, threads: 1) == [7])
    }

    @Test func whatCannotBeReadIsWeighedByItsSize() {
        let unread = clip("README.md"), street = clip("street.mp4")
        let counts = BatchClip.frameCounts(of: [unread, street], VideoOptions(), threads: 2)
        #expect(counts[0] > 0 && abs(counts[0] / counts[1] - Double(unread.sizeBytes) / Double(street.sizeBytes)) < 1e-9)
        #expect(BatchClip.frameCounts(of: [], VideoOptions(), threads: 2).isEmpty)
    }
}
