import Foundation
import Results
import Testing

/// `--decode active` on a made-up night.
@Suite(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) struct ActiveTests {
    /// Forty quiet seconds, three of a street, and twenty quiet ones; 630 frames in groups of two seconds.
    private func night() throws -> Workspace {
        let place = try Workspace()
        try expectSuccess(
            """
            ffmpeg -nostdin -loglevel error -f lavfi -i "color=gray:s=320x192:r=10,noise=alls=4:allf=t" -i street.mp4 -filter_complex \
            "[0]split[a][b];[a]trim=0:40[n];[b]trim=0:20,setpts=PTS-STARTPTS[m];[1]fps=10,trim=0:3,scale=320:192,setsar=1,setpts=PTS-STARTPTS[s];[n][s][m]concat=3" \
            -c:v mpeg4 -q:v 5 -g 20 -bf 0 -sc_threshold 1000000000 night.mp4
            """, in: place)
        return place
    }

    /// All that `--decode all` finds is found, and most of what is quiet is not decoded, not to learn from it either.
    @Test func whoComesIsFoundAndTheRestPassedOver() throws {
        let place = try night()
        // Frames of groups that are decoded are answered one by one.
        let all = try Records(expectSuccess("deepvid infer night.mp4 --cache adaptive:propagate=off", in: place))
        let active = try Records(expectSuccess("deepvid infer night.mp4 --decode active", in: place))
        #expect(active.frames.map(\.frame) == all.frames.map(\.frame))
        #expect(active.frames.map(\.ptsS) == all.frames.map(\.ptsS))
        let found = zip(all.frames, active.frames).filter { $0.0.objects?.isEmpty == false }
        #expect(found.count > 20)
        #expect(found.allSatisfy { $0.0.objects?.count == $0.1.objects?.count })
        let decode = try #require(active.ends.first?.decode)
        #expect(decode.share < 0.35)
        #expect(!decode.reasons.contains { $0.reason == "learning" })
        // Before and after them nothing is made up.
        #expect(active.frames.prefix(380).allSatisfy { $0.objects == [] })
        #expect(active.frames.suffix(180).allSatisfy { $0.objects == [] })
    }
}
