import Testing

@testable import Vision

@Suite struct InputSizeTests {
    @Test(arguments: [
        ((1920, 1080), (384, 224)), ((640, 480), (320, 256)), ((704, 576), (320, 256)), ((500, 500), (288, 288)),
        ((1080, 1920), (224, 384)), ((480, 640), (256, 320)),
    ])
    func theInputHasTheFramesShape(frame: (Int, Int), size: (Int, Int)) {
        #expect(InputSize.fitting((frame.0, frame.1), pixels: 384 * 224) == size)
    }

    @Test(arguments: [(1, 1), (1, 1000), (1000, 1), (333, 217), (16384, 2)])
    func itNeverHasMorePixels(frame: (Int, Int)) {
        for pixels in [1024, 5000, 86016, 1_000_000] {
            let size = InputSize.fitting((frame.0, frame.1), pixels: pixels)
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
            let size = InputSize.fitting(frame, pixels: 100_000)
            let best = stride(from: 32, through: 3125, by: 32).flatMap { width in
                stride(from: 32, through: 100_000 / width, by: 32).map { scale(width, $0) }
            }.max()
            #expect(scale(size.width, size.height) == best)
        }
    }
}
