import Testing

@testable import Vision

@Suite struct InputShapeTests {
    @Test(arguments: [
        ((1920, 1080), (384, 224)), ((640, 480), (320, 256)), ((704, 576), (320, 256)), ((500, 500), (288, 288)),
        ((1080, 1920), (224, 384)), ((480, 640), (256, 320)),
    ])
    func theInputHasTheFramesShape(frame: (Int, Int), size: (Int, Int)) {
        #expect(InputShape.pixels(384 * 224).size(for: (frame.0, frame.1)) == size)
    }

    @Test(arguments: [(1, 1), (1, 1000), (1000, 1), (333, 217), (16384, 2)])
    func itNeverHasMorePixels(frame: (Int, Int)) {
        for pixels in [1024, 5000, 86016, 1_000_000] {
            let size = InputShape.pixels(pixels).size(for: (frame.0, frame.1))
            #expect(size.width * size.height <= pixels)
            #expect(size.width >= 32)
            #expect(size.height >= 32)
        }
    }

    /// Held against trying all sizes.
    @Test func noOtherSizeShowsTheFrameLarger() {
        let frames: [(width: Int, height: Int)] = [(640, 360), (100, 99), (352, 288), (300, 800)]
        for frame in frames {
            func scale(_ width: Int, _ height: Int) -> Double {
                min(Double(width) / Double(frame.width), Double(height) / Double(frame.height))
            }
            let size = InputShape.pixels(100_000).size(for: frame)
            let best = stride(from: 32, through: 3125, by: 32).flatMap { width in
                stride(from: 32, through: 100_000 / width, by: 32).map { scale(width, $0) }
            }.max()
            #expect(scale(size.width, size.height) == best)
        }
    }

    /// What Ultralytics 8.4 makes of frames for a model of 640×640 and a stride of 32.
    @Test(arguments: [
        ((1280, 720), (640, 384)), ((640, 480), (640, 480)), ((768, 432), (640, 384)), ((720, 1280), (384, 640)), ((100, 1000), (64, 640)),
        ((333, 1000), (224, 640)), ((640, 640), (640, 640)),
    ])
    func ofARectangleOnlyWhatTheFrameFillsIsKept(frame: (Int, Int), size: (Int, Int)) {
        #expect(InputShape.cut(width: 640, height: 640, stride: 32).size(for: (frame.0, frame.1)) == size)
    }
}
