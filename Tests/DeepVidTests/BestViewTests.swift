import TestSupport
import Testing
import Video
import Vision

@testable import DeepVid

@Suite struct BestViewTests {
    private func view(_ box: Box, score: Float = 0.8, frame: Int = 0) -> BestView {
        BestView(Detection(classID: 0, label: "person", score: score, box: box), in: makeInfo(frame))
    }

    private let far = Box(x: 100, y: 60, width: 20, height: 40)
    private let near = Box(x: 100, y: 60, width: 40, height: 80)

    @Test func largerAndSurerIsBetter() {
        #expect(view(near).worth > view(far).worth)
        #expect(view(near, score: 0.9).worth > view(near, score: 0.5).worth)
        #expect((0...1).contains(view(Box(x: 4, y: 4, width: 300, height: 200), score: 1).worth))
    }

    @Test(arguments: [
        Box(x: 0, y: 60, width: 40, height: 80), Box(x: 100, y: 1, width: 40, height: 80), Box(x: 279, y: 60, width: 41, height: 80),
    ])
    func whatTouchesTheBorderIsWorthLess(box: Vision.Box) {
        // Even where the whole object is much smaller.
        #expect(view(box).worth < view(far).worth)
    }

    @Test func aViewIsReplacedByOneThatIsBetterByAMargin() {
        var best = view(far)
        let object = Detection(classID: 0, label: "person", score: 0.81, box: far)
        best.see(object, in: makeInfo(1))
        #expect(best.frame == 0)
        best.see(Detection(classID: 0, label: "person", score: 0.8, box: near), in: makeInfo(2))
        #expect(best.frame == 2)
        best.see(object, in: makeInfo(3))
        #expect(best.frame == 2)
    }

    @Test func heldFramesAreLimited() throws {
        let reader = try Video.VideoReader(street)
        var frames: [Frame] = []
        while frames.count < 4, let frame = try reader.next() { frames.append(frame) }
        let size = frames[0].width * frames[0].height * 3 / 2
        var held = HeldViews(limit: 2 * size)
        for (index, frame) in frames.enumerated() {
            var best = view(near, frame: index)
            best.worth = [0.3, 0.1, 0.2, 0.4][index]
            held.update(frame, index, best: [(index, best)])
        }
        #expect(held[0] != nil)
        #expect(held[1] == nil)
        #expect(held[2] == nil)
        #expect(held[3]?.index == 3)
        held.drop(0)
        #expect(held[0] == nil)
    }

    @Test func framesAreSharedByObjects() throws {
        let frame = try #require(try Video.VideoReader(street).next())
        var held = HeldViews(limit: frame.width * frame.height * 3 / 2)
        held.update(frame, 0, best: [(1, view(near)), (2, view(far)), (3, view(far, frame: 9))])
        #expect(held[1] != nil)
        #expect(held[2] != nil)
        #expect(held[3] == nil)
    }

    /// Events come with frames where somebody wants both, and are those of `--events`.
    @Test func eventsAreGivenBesideFrames() throws {
        func run(_ change: (inout RunOptions) -> Void) throws -> (events: [ObjectEvent], frames: Int, held: Int) {
            var options = runOptions(cache: .off)
            options.video.maxFrames = 20
            change(&options)
            var (events, frames, held) = ([ObjectEvent](), 0, 0)
            _ = try Runs(Model(options.model), options: options, control: RunControl()).run(
                street,
                into: { (_, output) throws(Never) in
                    if case .object(let event, let frame) = output { (events, held) = (events + [event], held + (frame == nil ? 0 : 1)) }
                    if case .frame = output { frames += 1 }
                })
            return (events, frames, held)
        }
        let both = try run { $0.output.tellsEvents = true }, events = try run { $0.output.lines = .events }
        #expect(both.frames == 20)
        #expect(events.frames == 0)
        #expect(both.events == events.events)
        #expect(!both.events.isEmpty)
        // A recording is read again: nothing is held.
        let kept = try run { $0.output.snapshots = "seen" }
        #expect(kept.held == 0)
        #expect(kept.events.allSatisfy { $0.view != nil })
    }
}
