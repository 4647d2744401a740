import Foundation
import Testing
@testable import Vision

@Suite struct DistributionHeadTests {
    /// Distances of 1, 2, 1.5 and 3 strides: certain ones, and one that lies between two bins.
    private func sides(_ values: UnsafeMutableBufferPointer<Float>, at start: Int) {
        for i in 0..<32 { values[start + i] = -40 }
        for hot in [1, 8 + 2, 16 + 1, 16 + 2, 24 + 3] { values[start + hot] = 10 }
    }

    @Test func boxSidesAreMeansOfDistributions() throws {
        let head = try card(.nanodet).makeScoredHead(labels: Labels(names: ["a", "b"]), modelWidth: 64, modelHeight: 64)
        var outputs: [NamedTensor] = []
        for (stride, cells) in [(8, 64), (16, 16), (32, 4)] {
            outputs.append(output("s\(stride)", [1, cells, 2]) { if stride == 16 { $0[(4 + 2) * 2 + 1] = 0.7 } })
            outputs.append(output("d\(stride)", [1, cells, 32]) { if stride == 16 { sides($0, at: (4 + 2) * 32) } })
        }
        // Column 2, row 1 of stride 16: centre (40, 24).
        let found = try head.decode(outputs.shuffled(), placement: identity(100, 100)).detections
        #expect(found.count == 1)
        #expect(found[0].label == "b")
        #expect(found[0].score == 0.7)
        let placement = identity(64, 64)
        #expect(try head.decode(outputs, placement: placement).detections[0].box.isClose(24, 0, 40, 64))
    }

    @Test func nanoDetPlusHasBothSideBySide() throws {
        let head = try card(.nanodet) { ($0.strides, $0.cellOffset) = ([8, 16, 32, 64], 0) }
            .makeScoredHead(labels: Labels(names: []), modelWidth: 128, modelHeight: 128)
        let cells = 256 + 64 + 16 + 4
        let raw = output("output", [1, cells, 35]) { values in
            let row = (256 + 3 * 8 + 4) * 35
            values[row + 2] = 0.9
            sides(values, at: row + 3)
        }
        let found = try head.decode([raw], placement: identity(128, 128)).detections
        #expect(found.map(\.classID) == [2])
        // Column 4, row 3 of stride 16: (64, 48).
        #expect(found[0].box.isClose(48, 16, 40, 80))
    }

    @Test func asManyClassesAsBinsAreToldApartByOrder() throws {
        let head = try card(.picodet) { $0.strides = [32] }.makeScoredHead(labels: Labels(names: []), modelWidth: 64, modelHeight: 64)
        let scores = output("scores", [1, 4, 32]) { $0[31] = 0.8 }
        let boxes = output("boxes", [1, 4, 32]) { sides($0, at: 0) }
        let found = try head.decode([scores, boxes], placement: identity(64, 64)).detections
        #expect(found.map(\.classID) == [31])
    }
}
