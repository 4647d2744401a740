import Foundation
import Pictures
import Testing
import Video
import Vision

@testable import DeepVid

@Suite struct DrawingTests {
    /// The picture of a frame, read back.
    private func picture(_ compared: Comparison.ComparedFrame) throws -> Canvas {
        var worst = WorstFrames(limit: 1)
        worst.offer(compared)
        let file = FileManager.default.temporaryDirectory.appending(path: "deepvid-\(UUID().uuidString).png")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(WorstPicture(try #require(worst.frames.first), score: 0.4).png()).write(to: file)
        return try Canvas(try #require(try VideoReader(file.path).next()))
    }

    @Test func boxesHaveTheColourOfTheirSide() throws {
        let (dense, cached) = (makeBox(0, 0.9, x: 20), makeBox(1, 0.8, x: 200))
        let canvas = try picture(makeCompared(7, dense: [dense], cached: [cached]))
        #expect(canvas.width == 320 && canvas.height == 240)
        // Without a partner: three pixels thick, on the inside.
        for inside in 0..<3 {
            #expect(canvas[20 + inside, 120] == .sky && canvas[79 - inside, 120] == .sky)
            #expect(canvas[200 + inside, 120] == .orange && canvas[259 - inside, 120] == .orange)
        }
        #expect(canvas[50, 100] != .sky && canvas[23, 120] != .sky)
    }

    @Test func pairsShowBothSides() throws {
        let pair = makeBox(0, 0.9, x: 100)
        let canvas = try picture(makeCompared(7, dense: [pair, makeBox(1, 0.6, x: 10)], cached: [pair]))
        // The dense box lies around the cached one, which is the same.
        #expect(canvas[99, 120] == .sky && canvas[100, 120] == .orange && canvas[101, 120] != .orange)
    }

    @Test(arguments: [(1, 1), (16, 400), (700, 20)])
    func anyFrameCanBeDrawn(width: Int, height: Int) throws {
        var compared = makeCompared(0, dense: [makeBox(0, 0.9, x: 0)], cached: [], reason: "scene_cut")
        compared.frame = makeFrame(0, width: width, height: height)
        let canvas = try picture(compared)
        #expect(canvas.width == width && canvas.height == height)
    }

    @Test func gridFollowsThePlacement() {
        // 320×240 in 416×416: 416×312, with bands of 52 above and below.
        let placement = Placement(
            sourceWidth: 320, sourceHeight: 240, modelWidth: 416, modelHeight: 416, picture: PixelRect(x: 0, y: 52, width: 416, height: 312)
        )
        let grid = ModelGrid(placement, of: Canvas(width: 640, height: 480))
        #expect(grid.pixel(x: 0, y: 0)! == (0, 52) && grid.pixel(x: 639, y: 479)! == (415, 363))
        // A crop of the middle: the model sees columns 80 to 239 of 320.
        let crop = Placement(
            sourceWidth: 320, sourceHeight: 160, modelWidth: 160, modelHeight: 160,
            picture: PixelRect(x: -80, y: 0, width: 320, height: 160))
        let cropped = ModelGrid(crop, of: Canvas(width: 320, height: 160))
        #expect(cropped.pixel(x: 79, y: 5) == nil && cropped.pixel(x: 240, y: 5) == nil)
        #expect(cropped.pixel(x: 80, y: 5)! == (0, 5) && cropped.pixel(x: 239, y: 5)! == (159, 5))
    }

    @Test func arrowsPointWhereThingsGo() throws {
        var options = VideoOptions()
        options.exportMotionVectors = true
        let clip = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/clips/moving.mp4")
        let reader = try VideoReader(clip.path, options: options)
        var arrows = 0
        while let frame = try reader.next() {
            let vectors = frame.motionVectors
            let field = VectorField(vectors, cell: 16).arrows
            #expect(field.count <= vectors.count && field.isEmpty == vectors.isEmpty)
            arrows += field.count
            // Every arrow begins in the frame, but for what the codec pads at the edges.
            #expect(
                field.allSatisfy { (-16...Double(frame.width + 16)).contains($0.x) && (-16...Double(frame.height + 16)).contains($0.y) })
        }
        #expect(arrows > 100)
    }

    @Test(arguments: [(0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.04, 1, "0.0"), (-2.5, 0, "-3"), (99.96, 1, "100.0")])
    func decimals(value: Double, places: Int, expected: String) { #expect(decimal(value, places) == expected) }
}
