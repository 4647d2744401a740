import Foundation
import Models
import TestSupport
import Testing
import Vision

@testable import CacheNet

/// Messages between device and edge: there and back, and what is no message.
@Suite struct MessageTests {
    private static let input = (width: 200, height: 150, channels: 3)
    private static let placement = Placement(
        sourceWidth: 1280, sourceHeight: 720, modelWidth: 200, modelHeight: 150, picture: PixelRect(x: 0, y: -10, width: 200, height: 170))

    /// Of one colour, which goes packed, or of noise, which does not.
    private static func request(isNoise: Bool = false) -> EdgeRequest {
        EdgeRequest(
            pixels: (0..<200 * 150 * 3).map { isNoise ? UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) : 9 }, channels: 3,
            placement: placement)
    }

    @Test(arguments: [false, true])
    func requestsArriveAsTheyWere(isNoise: Bool) throws {
        let request = Self.request(isNoise: isNoise)
        let message = WireInferRequest(request, bundle: "a", deadline: .milliseconds(250))
        let arrived = try WireInferRequest(serializedBytes: try message.serializedBytes() as [UInt8])
        #expect(arrived.bundle == "a")
        #expect(arrived.deadline == .milliseconds(250))
        let checked = try arrived.checked(input: Self.input)
        #expect(checked.pixels == request.pixels)
        #expect(checked.placement == request.placement)
        #expect(checked.channels == 3)
    }

    @Test func largePicturesArePackedWhereThatPays() {
        let flat = EdgeRequest(pixels: [UInt8](repeating: 9, count: 90_000), channels: 3, placement: Self.placement)
        #expect(WireInferRequest(flat, bundle: "", deadline: .seconds(1)).encoding == .zstd)
        #expect(WireInferRequest(flat, bundle: "", deadline: .seconds(1)).pixels.count < 1000)
        var dice = SystemRandomNumberGenerator()
        let noise = EdgeRequest(
            pixels: (0..<90_000).map { _ in .random(in: 0...255, using: &dice) }, channels: 3, placement: Self.placement)
        #expect(WireInferRequest(noise, bundle: "", deadline: .seconds(1)).encoding == .raw)
    }

    @Test func requestsThatCannotBeAreRefused() throws {
        let good = WireInferRequest(Self.request(), bundle: "", deadline: .seconds(1))
        _ = try good.checked(input: Self.input)
        func refused(_ change: (inout WireInferRequest) -> Void, _ location: SourceLocation = #_sourceLocation) {
            var bad = good
            change(&bad)
            #expect(throws: DeepVidError.self, sourceLocation: location) { try bad.checked(input: Self.input) }
        }
        refused { $0.width = 201 }
        refused { $0.channels = 0 }
        refused { $0.pixels.removeLast() }
        refused { $0.pixels.append(contentsOf: $0.pixels) }
        refused { $0.pixels = Data() }
        refused { $0.encoding = $0.encoding == .raw ? .zstd : .raw }
        refused { $0.encoding = .UNRECOGNIZED(9) }
        refused { $0.clearPlacement() }
        refused { $0.placement.width = 0 }
        refused { $0.placement.sourceHeight = .max }
        refused { $0.placement.x = .min }
        // A frame that unpacks to gigabytes must not be unpacked.
        let bomb = try #require(PixelPacking.packed([UInt8](repeating: 0, count: 50_000_000)))
        refused { ($0.pixels, $0.encoding) = (bomb, .zstd) }
    }

    private static let answer = EdgeAnswer(
        result: .detections([
            Detection(classID: 3, label: "car", score: 0.9, box: Box(x: 10, y: 20, width: 300, height: 200)),
            Detection(classID: 0, label: "person", score: 0.5, box: Box(x: 0, y: 0, width: 1280, height: 720)),
        ]), selection: Selection(submodel: 2, angle: 1.25), submodelSHA256: String(repeating: "2", count: 64), modelMilliseconds: 3.5)

    @Test func answersArriveAsTheyWere() throws {
        for result in [
            Self.answer.result, .classes([Classification(classID: 1, label: "ship", score: 0.75)]), .embedding([0.5, -1, 0]),
            .detections([]),
        ] {
            var answer = Self.answer
            answer.result = result
            let message = WireInferResponse(answer)
            let arrived = try WireInferResponse(serializedBytes: try message.serializedBytes() as [UInt8]).answer
            #expect(arrived.result == result)
            #expect(arrived.selection == answer.selection)
            #expect(arrived.submodelSHA256 == answer.submodelSHA256)
            #expect(arrived.modelMilliseconds == 3.5)
        }
    }

    @Test func anAnswerWithoutAResultIsNone() throws {
        var message = WireInferResponse(Self.answer)
        message.result = nil
        let error = #expect(throws: EdgeError.self) { try message.answer }
        #expect(error?.code == .invalidAnswer)
    }

    /// The largest numbers that a message can hold are values that `EdgeAnswer.checked` refuses, and no trap.
    @Test func extremesAreValues() throws {
        var message = WireInferResponse(Self.answer)
        (message.submodel, message.angle, message.modelMs) = (.max, .nan, -.infinity)
        message.detections.detections[0].classID = .max
        let answer = try message.answer
        #expect(answer.selection.submodel == Int(UInt32.max))
        guard case .detections(let all) = answer.result else {
            Issue.record("no detections")
            return
        }
        #expect(all[0].classID == Int(UInt32.max))
    }

    /// Any bytes are an answer, or an error; and what passes the check is in range.
    @Test func garbageDoesNotCrash() throws {
        let manifest = BundleManifest(
            name: "m", card: ModelCard(head: .yolox, input: InputCard(width: 200, height: 150, resize: .letterbox)), submodels: 4,
            threshold: 0.5, overlap: 0.1,
            files: (1...4).map { BundleFile(name: BundleFile.submodel($0), sha256: String(repeating: "\($0)", count: 64), size: 10) })
        let good = try WireInferResponse(Self.answer).serializedBytes() as [UInt8]
        var dice = Dice(1)
        for _ in 0..<5000 {
            var bytes = good
            for _ in 0..<3 { bytes[dice.int(bytes.count)] = UInt8(dice.int(256)) }
            guard let message = try? WireInferResponse(serializedBytes: bytes),
                let answer = try? message.answer.checked(manifest, Labels(names: []), Self.placement),
                case .detections(let list) = answer.result
            else { continue }
            #expect(list.allSatisfy { (0...1).contains($0.score) })
            #expect(list.allSatisfy { $0.box.x.isFinite })
            #expect(list.allSatisfy { $0.box.width.isFinite })
        }
    }
}
