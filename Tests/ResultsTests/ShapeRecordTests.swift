import Foundation
import Testing

@testable import DeepVid
@testable import Results
@testable import Vision

@Suite struct ShapeRecordTests {
    /// As `pycocotools.mask.frPyObjects` compresses the same runs.
    @Test(arguments: [
        (
            [
                197, 19, 13, 19, 13, 19, 13, 19, 13, 19, 13, 4, 8, 6, 14, 1, 337, 1, 31, 1, 29, 3, 28, 4, 27, 5, 168,
            ], "U6c0=00000000AK26KS:0^F0N2O1O1]4"
        ), ([0, 16], "0`0"), ([], ""),
    ])
    func runsAreCompressedAsCOCODoes(_ runs: [Int], _ expected: String) {
        #expect(MaskRecord.compressed(runs) == expected)
    }

    @Test(arguments: [[197, 19, 13, 19, 13, 19, 13, 731], [0, 1024], [1, 1000, 23], [1024]])
    func compressedRunsAreReadAgain(_ runs: [Int]) {
        #expect(MaskRecord(Mask(width: 32, height: 32, counts: runs)).runs == runs)
    }

    @Test(arguments: ["~~~", "ooooooooooooo", "Xl4", "é"])
    func whatIsNoMaskHasNoRuns(_ counts: String) throws {
        let json = #"{"size":[32,32],"counts":"\#(counts)"}"#
        #expect(try JSONDecoder().decode(MaskRecord.self, from: Data(json.utf8)).runs.isEmpty)
    }

    private func line(_ shape: ObjectShape) -> String {
        let box = Box(x: 1, y: 2, width: 3, height: 4)
        let encoder = OrderedEncoder()
        encoder.encode(DetectedObject(Detection(classID: 0, label: "a", score: 0.5, box: box, shape: shape)))
        return String(decoding: encoder.text.bytes, as: UTF8.self)
    }

    @Test func masksStandInObjects() {
        #expect(line(.mask(Mask(width: 8, height: 2, counts: [0, 16]))).hasSuffix(#","mask":{"size":[2,8],"counts":"0`0"}}"#))
    }

    @Test func pointsStandInObjects() {
        let points = [Keypoint(name: "nose", x: 1.256, y: -2, score: 0.12345), Keypoint(name: "tail", x: 3, y: 4, score: nil)]
        let expected = #","keypoints":[{"name":"nose","x":1.26,"y":-2,"score":0.1235},{"name":"tail","x":3,"y":4}]}"#
        #expect(line(.keypoints(points)).hasSuffix(expected))
    }

    @Test func turnedBoxesStandInObjects() {
        let box = RotatedBox(centerX: 10, centerY: 20, width: 8, height: 4, angle: 0)
        #expect(line(.rotated(box)).hasSuffix(#","corners":[[14,22],[14,18],[6,18],[6,22]],"angle":0}"#))
    }
}
