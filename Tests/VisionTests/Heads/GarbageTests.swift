import Tensors
import TestSupport
import Testing
@testable import Vision

/// What a broken or mismatched model may put out must not bring the program down, nor leave the frame.
@Suite struct GarbageTests {
    private static let awful: [Float] = [
        .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 0, 1, 0.5, 0.99, -1, 88,
        1e20, 3,
    ]

    @Test(arguments: KnownHead.all)
    func nothingTraps(_ known: KnownHead) throws {
        let head = try known.make()
        let placement = ResizeMode.letterbox.placement(width: 200, height: 100, modelWidth: 64, modelHeight: 64)
        var random = Dice(3)
        for round in 0..<300 {
            let outputs: [NamedTensor] = known.outputs.map { (name: String, dims: [Int]) -> NamedTensor in
                output(name, dims) { values in
                    for i in values.indices {
                        values[i] =
                            round.isMultiple(of: 2)
                            ? Self.awful.randomElement(using: &random)! : Float(bitPattern: UInt32.random(in: 0 ... .max, using: &random))
                    }
                }
            }
            switch try head.decode(outputs, placement: placement) {
            case .detections(let found):
                #expect(found.count <= 100)
                for object in found {
                    #expect(object.score > 0)
                    #expect(object.score <= 1)
                    #expect(object.box.x >= 0)
                    #expect(object.box.y >= 0)
                    #expect(object.box.width > 0)
                    #expect(object.box.height > 0)
                    #expect(object.box.x + object.box.width <= 200.01)
                    #expect(object.box.y + object.box.height <= 100.01)
                }
            case .classes(let found): #expect(found.allSatisfy { $0.score >= 0 && $0.score <= 1 })
            case .embedding(let values): #expect(values.allSatisfy { $0.isFinite })
            case .semantic(let map):
                #expect(map.segments.allSatisfy { (0..<5).contains($0.classID) })
                #expect(map.segments.reduce(0) { $0 + $1.share } <= 1.0001)
            case .depth(let map):
                #expect(map.least.isFinite)
                #expect(map.least <= map.median)
                #expect(map.median <= map.greatest)
            }
        }
    }

    @Test(arguments: KnownHead.all)
    func otherShapesAreErrorsThatNameBoth(_ known: KnownHead) throws {
        let head = try known.make()
        let right: [NamedTensor] = known.outputs.map { output($0.name, $0.dims) }
        _ = try head.decode(right, placement: identity(64, 64))
        try head.head.validate(known.outputs.map { TensorSignature($0.name, $0.dims.map { Optional($0) }) })
        var wrong: [[NamedTensor]] = [[], [output("z", [])], [NamedTensor("i", Tensor([1, 3], [Int64](repeating: 0, count: 3)))]]
        if known.card.head != .embedding { wrong.append([output("a", [2, 3, 5, 7])]) }
        for outputs in wrong where !(outputs.first?.name == "z" && !known.card.head.isDetector) {
            let error = #expect(throws: VisionError.self) { try head.decode(outputs, placement: identity(64, 64)) }
            #expect(error?.code == .unexpectedOutput)
            #expect(error?.message.contains("reads") == true)
            for output in outputs { #expect(error?.message.contains("\(output.tensor.shape)") == true) }
        }
    }

    /// Outputs of `end2end` and its like name the class of each row, and not how many there are.
    @Test(arguments: KnownHead.all.filter { ![.embedding, .endToEnd, .paddle, .boxes, .depth].contains($0.card.head) })
    func labelsMustMatchTheClasses(_ known: KnownHead) throws {
        let head = try known.card.makeScoredHead(labels: Labels(names: (0..<77).map(String.init)), modelWidth: 64, modelHeight: 64)
        let error = #expect(throws: VisionError.self) {
            try head.decode(known.outputs.map { output($0.name, $0.dims) }, placement: identity(64, 64))
        }
        #expect(error?.code == .invalidLabels)
        #expect(error?.message.contains("77") == true)
    }
}
