import Inference
import Models
import Tensors
import TestSupport
import Testing
import Vision

@testable import DeepCache

/// Models that run as one network, with reuse.
struct JoinedNetworkTests {
    private let picture = PixelBuffer(width: TinyModel.side, height: TinyModel.side, channels: 3)
    private let placement = ResizeMode.stretch.placement(
        width: TinyModel.side, height: TinyModel.side, modelWidth: TinyModel.side, modelHeight: TinyModel.side)

    private func show(_ film: Film) {
        film.pixels.withUnsafeBufferPointer { pixels in
            for y in 0..<film.height { _ = picture.row(y).update(fromContentsOf: pixels[y * film.rowBytes..<(y + 1) * film.rowBytes]) }
        }
    }

    private func set(_ models: [TinyModel]) throws -> ModelSet {
        ModelSet(try models.enumerated().map { ModelSetMember(name: "\($0)", try $1.load()) })
    }

    /// A detector and a classifier on one trunk.
    @Test func whatModelsHaveInCommonIsThereOnce() throws {
        let set = try set([.detector, .classifier, .detector])
        let alone = try [TinyModel.detector, .classifier].map { try $0.load().plan.macs }
        #expect(set.networks == [[0, 1, 2]])
        #expect(set.members.allSatisfy { $0.shared > 0.95 })
        #expect(set.primary == 0)
        let models = set.models(ofNetwork: 0, variant: 0)
        #expect(models[0].plan === models[2].plan)
        #expect(models.map(\.outputs) == [0..<1, 1..<2, 2..<3])
        #expect(models[0].plan.macs < alone[0] + alone[1] / 20)
    }

    /// At a target of 1 every model gets the bits that it would get alone.
    @Test(arguments: 0..<3)
    func exactReuse(seed: Int) throws {
        let kinds: [TinyModel] = [.detector, .classifier], models = try set(kinds).models(ofNetwork: 0, variant: 0)
        let dense = try kinds.map { DenseNetwork(try $0.load(), threads: 1) }
        var options = ReuseOptions()
        options.targetAgreement = 1
        let network = try AdaptiveNetwork(models, picture: picture, options: options, threads: 1)
        var dice = Dice(seed), film = Film(height: TinyModel.side, width: TinyModel.side, channels: 3, &dice)
        var standing: [NamedTensor] = [], reused = 0.0
        for frame in 0..<25 {
            if frame > 0 { _ = film.advance(&dice) }
            show(film)
            let answer = try network.run(picture, placement, candidates: [])
            standing = answer.outputs ?? standing
            reused += answer.reused
            for (model, alone) in zip(models, dense) {
                let own = model.own(standing).map(\.tensor), wanted = try alone.run(picture).map(\.tensor)
                #expect(own == wanted, "frame \(frame)")
            }
            network.answered(try models.map { try $0.head.decode($0.own(standing), placement: placement, minimumScore: 0.1) }, placement)
        }
        #expect(reused > 0)
    }

    /// Below 1, each model's agreement is measured for itself, whatever they are.
    @Test(arguments: [[TinyModel.detector, .detector], [.classifier, .classifier], [.detector, .classifier]])
    func agreementIsMeasuredByModel(kinds: [TinyModel]) throws {
        let models = try set(kinds).models(ofNetwork: 0, variant: 0)
        let network = try AdaptiveNetwork(models, picture: picture, options: ReuseOptions(), threads: 1)
        #expect(network.policy.usesMargins == kinds.allSatisfy { $0 == .classifier })
        var dice = Dice(5), film = Film(height: TinyModel.side, width: TinyModel.side, channels: 3, &dice)
        var standing: [NamedTensor] = []
        for frame in 0..<120 {
            if frame > 0 { film.addNoise(levels: frame.isMultiple(of: 7) ? 30 : 4, &dice) }
            show(film)
            standing = try network.run(picture, placement, candidates: []).outputs ?? standing
            network.answered(try models.map { try $0.head.decode($0.own(standing), placement: placement, minimumScore: 0.1) }, placement)
        }
        #expect(network.policy.estimates.count == 2)
        #expect(network.policy.estimates[0].frames == network.policy.estimates[1].frames)
        #expect(network.policy.estimates[0].frames > 0)
    }

    // MARK: The policy

    /// Two models, of which one disagrees: the tolerance goes where it would go if that one were alone.
    @Test func theModelThatAgreesLeastSteers() {
        func run(_ agreements: [Double]) -> AdaptivePolicy {
            var policy = AdaptivePolicy(target: 0.99, models: agreements.count, classifies: false)
            for _ in 0..<400 {
                var observation = ReuseObservation.frame
                loop: while true {
                    switch policy.step(observation) {
                    case .compare: observation = .compared(changedShare: 0.1)
                    case .update: observation = .updated(cost: 0.3, computed: 0.2)
                    case .refresh: observation = .refreshed
                    case .audit:
                        observation = .audited(agreements.map { AuditedFrame(agreement: $0, errors: [Float(1 - $0) + 0.01]) })
                    case .answer: break loop
                    default: observation = .computed()
                    }
                }
            }
            return policy
        }
        let (good, bad, both) = (run([1]), run([0.8]), run([1, 0.8]))
        #expect(both.tolerance == bad.tolerance)
        #expect(both.tolerance < good.tolerance)
    }

    @Test func theLeastOfSeveralAuditsCounts() {
        let margins = AuditedFrame.Margins(reused: 3, exact: -1)
        let least = AuditedFrame(least: [
            AuditedFrame(agreement: nil, errors: [0.1]),
            AuditedFrame(agreement: 0.9, errors: [0.2, 0.2], margins: .init(reused: 5, exact: 4)),
            AuditedFrame(agreement: 0.7, errors: [0.1, 0.1], margins: margins),
        ])
        #expect(least.agreement == 0.7)
        #expect(least.errors == [0.2, 0.2])
        #expect(least.margins?.exact == -1)
    }
}
