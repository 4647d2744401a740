import DeepCache
import Foundation
import Inference
import Models
@testable import ONNXImport
import Tensors
import TestSupport
import Testing
import Vision

/// Networks of a few layers with a head. They take enough work that reuse is worth its cost.
enum TinyModel: CaseIterable {
    case detector, classifier

    /// Side of the input, in pixels.
    static let side = 128

    func load() throws -> LoadedModel {
        var dice = Dice(11), b = TestSupport.GraphBuilder(), options = ModelOptions()
        var x = b.input("x", [1, 3, Self.side, Self.side])
        for (channels, stride) in [(16, 2), (32, 1), (32, 1), (32, 4)] {
            x = try b.convolution(x, to: channels, kernel: (3, 3), strides: [stride, stride], padding: .explicit([1, 1, 1, 1]), &dice)
            x = try b.activation("relu", x)
        }
        var card: ModelCard
        switch self {
        case .detector:
            // 256 rows of a box in model pixels, objectness and 3 classes.
            b.outputs = [try b.detectorTail([b.convolution(x, to: 8, kernel: (1, 1), padding: .explicit([0, 0, 0, 0]), &dice)])]
            card = ModelCard(head: .yolox, input: InputCard(resize: .stretch))
            (card.decoded, card.activation, card.score) = (true, .sigmoid, 0.4)
        case .classifier:
            let pooled = try b.add(GlobalPooling(kind: .average), [x])
            b.outputs = [try b.convolution(pooled, to: 4, kernel: (1, 1), padding: .explicit([0, 0, 0, 0]), &dice)]
            card = ModelCard(head: .classification, input: InputCard(resize: .stretch))
        }
        card.input.std = [64, 64, 64]
        (options.bundleCard, options.keepsGraph) = (card, true)
        let model = ONNXModel(graph: b.graph, opset: 17, irVersion: 8, producer: "", metadata: [:])
        return try LoadedModel(options, ModelFile(name: "tiny", bytes: Data(), sha256: ""), model)
    }
}

/// A network of some policy beside a dense one, on the same pictures.
private struct Pair {
    let picture = PixelBuffer(width: TinyModel.side, height: TinyModel.side, channels: 3)
    let placement = ResizeMode.stretch.placement(
        width: TinyModel.side, height: TinyModel.side, modelWidth: TinyModel.side, modelHeight: TinyModel.side)
    let reusing: any ReusingNetwork
    let dense: DenseNetwork

    init(_ kind: TinyModel, _ options: ReuseOptions) throws {
        let model = try kind.load()
        reusing = try #require(try options.makeNetwork([model], picture: picture, threads: 1))
        dense = DenseNetwork(model, threads: 1)
    }

    /// What both make of a picture.
    func run(_ film: Film) throws -> (answer: ReusedAnswer, dense: [Tensor]) {
        film.pixels.withUnsafeBufferPointer { pixels in
            for y in 0..<film.height { _ = picture.row(y).update(fromContentsOf: pixels[y * film.rowBytes..<(y + 1) * film.rowBytes]) }
        }
        return (try reusing.run(picture, placement, candidates: []), try dense.run(picture).map(\.tensor))
    }
}

/// A square that moves, mostly, over a background that is replaced now and then.
private struct Scene {
    var dice: Dice
    private(set) var film: Film
    private var background: [UInt8]
    private var place = (y: 20, x: 20)

    init(_ seed: Int) {
        dice = Dice(seed)
        film = Film(height: TinyModel.side, width: TinyModel.side, channels: 3, &dice)
        background = film.pixels
    }

    mutating func advance() {
        switch dice.int(0...19) {
        case 0: cut()
        case 1...4: break
        case 5: _ = film.advance(&dice)
        case 6...8: film.addNoise(levels: 1, &dice)
        default: move()
        }
    }

    mutating func move() {
        let most = TinyModel.side - 16
        let next = (y: min(most, max(0, place.y + dice.int(-3...3))), x: min(most, max(0, place.x + dice.pick([-3, -2, 2, 3]))))
        _ = film.moveSquare(from: place, to: next, size: 16, background: background)
        place = next
    }

    mutating func cut() {
        film = Film(height: TinyModel.side, width: TinyModel.side, channels: 3, &dice)
        background = film.pixels
    }
}

@Suite struct AdaptiveNetworkTests {
    private func options(_ target: Double) -> ReuseOptions {
        var options = ReuseOptions()
        options.targetAgreement = target
        return options
    }

    @Test(arguments: TinyModel.allCases, 1...4)
    func targetOneGivesTheBitsOfADenseRun(kind: TinyModel, seed: Int) throws {
        let pair = try Pair(kind, options(1))
        var scene = Scene(seed), standing: [Tensor] = [], reused = 0.0
        for frame in 0..<150 {
            let (answer, dense) = try pair.run(scene.film)
            if let outputs = answer.outputs { standing = outputs.map(\.tensor) }
            try #require(difference(standing, dense) == nil, "frame \(frame), \(answer.reason.map(\.rawValue) ?? "reused")")
            #expect((0...1).contains(answer.reused))
            reused += answer.reused
            scene.advance()
        }
        #expect(reused > 30, "of 150 frames")
    }

    /// Whatever a frame was computed in full for, its answer is the dense one; and only that says a reason.
    @Test(arguments: TinyModel.allCases, [0.9, 0.99])
    func framesWithAReasonAreDense(kind: TinyModel, target: Double) throws {
        let pair = try Pair(kind, options(target))
        var scene = Scene(7), reasons: [ReuseReason] = [], withheld = 0, standing: [Tensor] = []
        for frame in 0..<200 {
            let (answer, dense) = try pair.run(scene.film)
            if let outputs = answer.outputs { standing = outputs.map(\.tensor) }
            if let reason = answer.reason {
                reasons.append(reason)
                #expect(answer.reused == 0)
                #expect(answer.outputs != nil)
                try #require(difference(standing, dense) == nil, "frame \(frame), \(reason)")
            } else if difference(standing, dense) != nil {
                withheld += 1
            }
            scene.advance()
        }
        #expect(reasons.first == .firstFrame)
        #expect(reasons.count { $0 == .firstFrame } == 1)
        #expect(reasons.contains(.audit))
        #expect(reasons.contains(.sceneCut))
        #expect(withheld > 0, "nothing was withheld, so this shows nothing")
    }

    @Test(arguments: TinyModel.allCases)
    func aPictureAtRestIsNotComputed(kind: TinyModel) throws {
        let pair = try Pair(kind, options(1)), scene = Scene(3)
        _ = try pair.run(scene.film)
        let rest = try pair.run(scene.film).answer
        #expect(rest.outputs == nil)
        #expect(rest.reused == 1)
        #expect(rest.reason == nil)
        #expect(pair.reusing.lastMatch?.share == 0)
        pair.reusing.reset()
        let again = try pair.run(scene.film).answer
        #expect(again.reason == .firstFrame)
        #expect(pair.reusing.lastMatch == nil)
    }

    /// Frames that end early leave nothing behind that later ones would miss.
    @Test(arguments: 1...3)
    func framesAfterOneThatWasLeftEarlyAreExact(seed: Int) throws {
        let pair = try Pair(.detector, options(1))
        let points = pair.reusing.session.plan.allExitPoints()
        try #require(!points.isEmpty)
        var scene = Scene(seed + 20), leavesAt: Int? = nil, left = 0, whole = 0, isLeft = false
        let probes = Probes { leavesAt == $0 }
        pair.reusing.makeProbe = { probes.make(points) }
        for frame in 0..<120 {
            leavesAt = frame > 0 && scene.dice.chance(3) ? scene.dice.int(0...points.count - 1) : nil
            let (answer, dense) = try pair.run(scene.film)
            if answer.outputs?.isEmpty == true {
                left += 1
                isLeft = true
            } else if let outputs = answer.outputs {
                whole += 1
                isLeft = false
                try #require(difference(outputs.map(\.tensor), dense) == nil, "frame \(frame)")
            } else if !isLeft {
                #expect(answer.reused == 1)
            }
            // Every picture differs from the one before, or an answer that was left early would stand.
            scene.move()
        }
        #expect(left > 10)
        #expect(whole > 50)
    }

    /// Ends runs where it is told to.
    private final class Probes {
        let leaves: (Int) -> Bool

        init(_ leaves: @escaping (Int) -> Bool) { self.leaves = leaves }

        func make(_ points: [ExitPoint]) -> ExitProbe {
            let probe = ExitProbe(points)
            probe.decide = { point, _ in self.leaves(point) }
            return probe
        }
    }

    /// Nothing of the input before is left: two inputs, one after the other, give what each gives alone.
    @Test(arguments: TinyModel.allCases)
    func twoInputsGiveWhatEachGivesAlone(kind: TinyModel) throws {
        let options = options(0.99), model = try kind.load()
        func film(_ pair: Pair, _ seed: Int) throws -> [(reused: Double, reason: ReuseReason?, outputs: [Tensor])] {
            let network = try #require(pair.reusing as? AdaptiveNetwork)
            network.begin(options.makePolicy(for: [model]))
            var scene = Scene(seed)
            return try (0..<80).map { _ in
                defer { scene.advance() }
                let answer = try pair.run(scene.film).answer
                return (answer.reused, answer.reason, answer.outputs?.map(\.tensor) ?? [])
            }
        }
        let pair = try Pair(kind, options), other = try Pair(kind, options)
        _ = try film(pair, 1)
        for (frame, (after, alone)) in zip(try film(pair, 2), try film(other, 2)).enumerated() {
            #expect(after.reason == alone.reason, "frame \(frame)")
            #expect(after.reused == alone.reused, "frame \(frame)")
            #expect(difference(after.outputs, alone.outputs) == nil, "frame \(frame)")
        }
    }
}

@Suite struct PublishedNetworkTests {
    private static let policies: [ReuseOptions.Policy] = [.deepmon, .cbinfer, .deepcache]

    @Test func offHasNoNetwork() throws {
        var options = ReuseOptions()
        options.policy = .off
        let picture = PixelBuffer(width: TinyModel.side, height: TinyModel.side, channels: 3)
        let network = try options.makeNetwork([TinyModel.detector.load()], picture: picture, threads: 1)
        #expect(network == nil)
    }

    /// The first frame of an input and, where the paper says so, one in ten is dense; in between something is reused.
    @Test(arguments: policies, TinyModel.allCases)
    func framesInFullComeWhereThePaperSays(policy: ReuseOptions.Policy, kind: TinyModel) throws {
        var options = ReuseOptions(), scene = Scene(5), refreshed: [Int] = [], reused = 0.0
        options.policy = policy
        let pair = try Pair(kind, options)
        for frame in 0..<35 {
            let (answer, dense) = try pair.run(scene.film)
            if let reason = answer.reason {
                refreshed.append(frame)
                #expect(reason == (frame == 0 ? .firstFrame : .refresh))
                #expect(answer.reused == 0)
                let outputs = try #require(answer.outputs)
                #expect(difference(outputs.map(\.tensor), dense) == nil, "frame \(frame)")
            }
            #expect((0...1).contains(answer.reused))
            reused += answer.reused
            scene.move()
        }
        #expect(refreshed == (policy == .cbinfer ? [0] : [0, 10, 20, 30]))
        #expect(reused > 5)
    }

    @Test(arguments: policies)
    func aPictureAtRestIsNotComputedAndResetBeginsAnew(policy: ReuseOptions.Policy) throws {
        var options = ReuseOptions()
        options.policy = policy
        let pair = try Pair(.detector, options), scene = Scene(6)
        _ = try pair.run(scene.film)
        let rest = try pair.run(scene.film).answer
        #expect(rest.outputs == nil)
        #expect(rest.reused == 1)
        pair.reusing.reset()
        let again = try pair.run(scene.film)
        #expect(again.answer.reason == .firstFrame)
        #expect(pair.reusing.lastMatch == nil)
        let outputs = try #require(again.answer.outputs)
        #expect(difference(outputs.map(\.tensor), again.dense) == nil)
    }

    /// With a threshold of zero CBinfer takes every difference in.
    @Test func cbinferWithoutAThresholdIsExact() throws {
        var options = ReuseOptions(), scene = Scene(8), standing: [Tensor] = []
        options.policy = .cbinfer
        options.cbinfer.threshold = 0
        let pair = try Pair(.detector, options)
        for frame in 0..<60 {
            let (answer, dense) = try pair.run(scene.film)
            if let outputs = answer.outputs { standing = outputs.map(\.tensor) }
            try #require(difference(standing, dense) == nil, "frame \(frame)")
            scene.advance()
        }
    }
}
