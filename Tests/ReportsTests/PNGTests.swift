import Foundation
import Pictures
import Testing
import Video

@Suite struct PNGTests {
    @Test(arguments: [(1, 1), (7, 3), (64, 48), (333, 5)])
    func whatIsWrittenIsRead(width: Int, height: Int) throws {
        var canvas = Canvas(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                canvas.fill(
                    PixelRectangle(x: x, y: y, width: 1, height: 1),
                    Colour(UInt8(x * 37 & 255), UInt8(y * 91 & 255), UInt8((x * y) & 255)))
            }
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "deepvid-\(UUID().uuidString).png")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(canvas.png()).write(to: file)
        let frame = try #require(try VideoReader(file.path).next())
        #expect(frame.width == width && frame.height == height)
        #expect(try PixelSampler(width: width, height: height).sample(frame) == canvas.pixels)
    }
}
