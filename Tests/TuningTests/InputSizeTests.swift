import Testing
import Vision

@testable import Models
@testable import Tuning

struct InputSizeTests {
    @Test(
        arguments: [
            // Channel shuffle; flattening; joining channels and places; a cut into cells; nothing that changes.
            ([1, 116, 52, 52], [1, 2, 58, 52, 52], [1, 116, 32, 40], [1, 2, 58, 32, 40]),
            ([1, 2, 58, 52, 52], [1, 116, 52, 52], [1, 2, 58, 32, 40], [1, 116, 32, 40]),
            ([1, 80, 13, 13], [1, 80, 169], [1, 80, 8, 10], [1, 80, 80]),
            ([1, 3, 416, 416], [1, 3, 208, 2, 208, 2], [1, 3, 256, 416], [1, 3, 128, 2, 208, 2]),
            ([1, 13, 13, 255], [1, 507, 85], [1, 8, 10, 255], nil),
            ([1, 64, 1, 1], [1, 64], [1, 64, 1, 1], [1, 64]),
        ] as [([Int], [Int], [Int], [Int]?)])
    func reshapes(old: [Int], made: [Int], new: [Int], wanted: [Int]?) {
        #expect(SizeConstants.reshaped(from: old, to: made, at: new) == wanted)
    }

    private let input = ModelInput(name: "x", channels: 3, width: 416, height: 416)

    @Test func borderIsNoUse() {
        let sizes = InputSize.candidates(input, .letterbox, pictures: [(768, 432)], step: 32)
        #expect(sizes.first! == (416, 416))
        // 416 × 9 / 16 is 234 rows.
        #expect(sizes.contains { $0 == (416, 256) })
        #expect(!sizes.contains { $0 == (416, 288) })
        #expect(!sizes.contains { $0 == (352, 256) })
        #expect(sizes.allSatisfy { $0.width.isMultiple(of: 32) && $0.height.isMultiple(of: 32) && $0.width >= 166 })
    }

    @Test func othersKeepTheirProportions() {
        let sizes = InputSize.candidates(input, .centerCrop, pictures: [(768, 432)], step: 32)
        #expect(sizes.allSatisfy { $0.width == $0.height })
        #expect(sizes.count == 8)
    }
}
