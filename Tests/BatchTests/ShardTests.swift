import Foundation
import TestSupport
import Testing
import Video

@testable import Batch

@Suite struct ShardTests {
    private func clip(_ name: String) -> BatchClip {
        BatchClip(path: Self.clips.appending(path: name).path, isCompressed: false)
    }

    private static let clips = Files.fixtures.appending(path: "clips")

    @Test func everyClipIsInOneShardAndTheLongestComesFirst() {
        let all = (0..<50).map { BatchClip(path: "clip\($0).mp4", isCompressed: false) }
        let lengths = all.indices.map { BatchClip.Length(seconds: Double(($0 * 37) % 50 + 1), frames: Double(($0 * 11) % 50)) }
        let shards = (1...4).map { Shard(index: $0, count: 4).clips(of: all, lengths: lengths).map(\.path) }
        #expect(shards.flatMap(\.self).sorted() == all.map(\.path).sorted())
        let length = Dictionary(uniqueKeysWithValues: zip(all.map(\.path), lengths))
        let loads = shards.map { $0.reduce(0) { $0 + length[$1]!.seconds } }
        #expect(loads.max()! - loads.min()! <= 2, "\(loads)")
        for shard in shards { #expect(zip(shard, shard.dropFirst()).allSatisfy { length[$0]!.frames >= length[$1]!.frames }) }
    }

    /// By frames, and not by bytes: a still scene is a small file and as much work.
    @Test func theMostFramesComeFirst() {
        let all = [clip("mpeg4.avi"), clip("street.mp4"), clip("offset.ts"), clip("moving.mp4")]
        let counts = BatchClip.lengths(of: all, VideoOptions(), threads: 2).map(\.frames)
        for (clip, count) in zip(all, counts) {
            let reader = try? VideoReader(clip.path)
            var frames = 0
            while (try? reader?.next()) != nil { frames += 1 }
            #expect(frames > 0)
            #expect(abs(count - Double(frames)) <= 2, "\(clip.path): \(count), really \(frames)")
        }
        let order = Shard(index: 1, count: 1).clips(of: all, video: VideoOptions(), threads: 2)
        #expect(order.first?.path == all[1].path)
    }

    @Test func optionsThatSelectFramesCount() {
        var video = VideoOptions()
        (video.start, video.fps) = (1, 5)
        #expect(abs(BatchClip.lengths(of: [clip("street.mp4")], video, threads: 1)[0].frames - 25) <= 1)
        (video.start, video.fps, video.every, video.maxFrames) = (0, nil, 3, 7)
        #expect(BatchClip.lengths(of: [clip("street.mp4")], video, threads: 1)[0].frames == 7)
    }

    @Test func whatCannotBeReadIsWeighedByItsSize() {
        let unread = clip("README.md"), street = clip("street.mp4")
        let lengths = BatchClip.lengths(of: [unread, street], VideoOptions(), threads: 2)
        let share = Double(unread.sizeBytes) / Double(street.sizeBytes)
        #expect(abs(lengths[0].seconds / lengths[1].seconds - share) < 1e-9)
        #expect(abs(lengths[0].frames / lengths[1].frames - share) < 1e-9)
        #expect(BatchClip.lengths(of: [], VideoOptions(), threads: 2).isEmpty)
    }
}
