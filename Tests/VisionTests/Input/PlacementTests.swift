import TestSupport
import Testing
@testable import Vision

@Suite struct PlacementTests {
    typealias Case = (ResizeMode, Int, Int, Int, Int, PixelRect)

    private static let published: [Case] = [
        // As YOLOX: int(side × ratio), top left; 432 × (416 / 768) is just below 234 in double precision, there too.
        (ResizeMode.letterboxTopLeft, 768, 432, 416, 416, PixelRect(x: 0, y: 0, width: 416, height: 233)),
        (.letterboxTopLeft, 640, 352, 416, 416, PixelRect(x: 0, y: 0, width: 416, height: 228)),
        (.letterboxTopLeft, 480, 640, 416, 416, PixelRect(x: 0, y: 0, width: 312, height: 416)),
        // As YOLOv5: round(), centred, the odd pixel to the bottom.
        (.letterbox, 640, 352, 416, 416, PixelRect(x: 0, y: 93, width: 416, height: 229)),
        (.letterbox, 1280, 720, 640, 640, PixelRect(x: 0, y: 140, width: 640, height: 360)),
        (.letterbox, 100, 200, 640, 640, PixelRect(x: 160, y: 0, width: 320, height: 640)),
        (.stretch, 768, 432, 320, 240, PixelRect(x: 0, y: 0, width: 320, height: 240)),
    ]

    @Test(arguments: published.indices) func pictureGoesWhereReferencesPutIt(_ index: Int) {
        let (mode, w, h, mw, mh, expected) = Self.published[index]
        #expect(mode.placement(width: w, height: h, modelWidth: mw, modelHeight: mh).picture == expected)
    }

    @Test func centerCropKeepsTheMiddle() {
        let crop = ResizeMode.centerCrop.placement(width: 640, height: 480, modelWidth: 224, modelHeight: 224, shortSide: 256)
        #expect(crop.picture == PixelRect(x: -58, y: -16, width: 341, height: 256))
        #expect(crop.visible == PixelRect(x: 0, y: 0, width: 224, height: 224))
        let fill = ResizeMode.centerCrop.placement(width: 1280, height: 720, modelWidth: 224, modelHeight: 224)
        #expect(fill.picture.height == 224)
        #expect(fill.picture.width == 398)
        #expect(fill.visible.width == 224)
    }

    @Test func everyModeMapsThereAndBack() {
        var random = Dice(1)
        for mode in ResizeMode.allCases {
            for _ in 0..<200 {
                let (w, h) = (Int.random(in: 1...2000, using: &random), Int.random(in: 1...2000, using: &random))
                let side = Int.random(in: 32...640, using: &random)
                let placement = mode.placement(width: w, height: h, modelWidth: side, modelHeight: side)
                let x = Double.random(in: 0...Double(w), using: &random)
                let y = Double.random(in: 0...Double(h), using: &random)
                let model = placement.modelPoint(sourceX: x, y: y)
                let back = placement.sourcePoint(modelX: model.x, y: model.y)
                #expect(abs(back.x - x) < 1e-6, "\(mode) \(w)×\(h) in \(side)")
                #expect(abs(back.y - y) < 1e-6, "\(mode) \(w)×\(h) in \(side)")
                let corner = placement.modelPoint(sourceX: Double(w), y: Double(h))
                #expect(abs(corner.x - Double(placement.picture.maxX)) < 1e-6)
                #expect(abs(corner.y - Double(placement.picture.maxY)) < 1e-6)
            }
        }
    }

    @Test func wholePictureModesShowTheWholePicture() {
        for mode in [ResizeMode.letterbox, .letterboxTopLeft, .stretch] {
            for (w, h) in [(1, 1), (1, 5000), (5000, 1), (417, 415), (416, 416)] {
                let placement = mode.placement(width: w, height: h, modelWidth: 416, modelHeight: 352)
                #expect(placement.visible == placement.picture, "\(mode) \(w)×\(h)")
                #expect(!placement.picture.isEmpty)
            }
        }
    }

    @Test func boxesAreClippedToTheFrameAndDroppedOutsideIt() {
        let placement = ResizeMode.letterbox.placement(width: 200, height: 100, modelWidth: 100, modelHeight: 100)
        #expect(placement.picture == PixelRect(x: 0, y: 25, width: 100, height: 50))
        #expect(placement.sourceBox(Corners(left: 10, top: 30, right: 20, bottom: 40)) == Box(x: 20, y: 10, width: 20, height: 20))
        #expect(placement.sourceBox(Corners(left: -10, top: 0, right: 20, bottom: 90)) == Box(x: 0, y: 0, width: 40, height: 100))
        #expect(placement.sourceBox(Corners(left: 10, top: 5, right: 20, bottom: 20)) == nil, "in the padding")
        #expect(placement.sourceBox(Corners(left: 20, top: 30, right: 10, bottom: 40)) == nil, "inside out")
        #expect(placement.sourceBox(Corners(left: -.infinity, top: 30, right: .infinity, bottom: 40))?.width == 200)
        #expect(placement.sourceBox(Corners(left: .nan, top: 30, right: 20, bottom: 40)) == nil)
    }

    @Test func normalizationIsMeanAndDeviation() {
        let normalization = InputCard(mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375], resize: .stretch).normalization
        for value: UInt8 in [0, 1, 114, 255] {
            #expect(abs(normalization.apply(value, channel: 1) - (Float(value) - 116.28) / 57.12) < 1e-5)
        }
    }
}
