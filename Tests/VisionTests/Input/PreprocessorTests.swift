import Testing
@testable import Vision

@Suite struct PreprocessorTests {
    let gradient = MemoryPicture(width: 64, height: 32) { x, y in [UInt8(x * 3), UInt8(y * 7), UInt8((x * y) % 251)] }

    private func pixel(_ buffer: PixelBuffer, _ x: Int, _ y: Int) -> [UInt8] {
        (0..<buffer.channels).map { buffer.row(y)[x * buffer.channels + $0] }
    }

    @Test func letterboxPadsAroundThePicture() throws {
        let preprocessor = try Preprocessor(card: InputCard(resize: .letterbox), modelWidth: 64, modelHeight: 64)
        let buffer = preprocessor.makeBuffer()
        let placement = try preprocessor.prepare(gradient, into: buffer)
        #expect(placement.picture == PixelRect(x: 0, y: 16, width: 64, height: 32))
        #expect(pixel(buffer, 5, 15) == [114, 114, 114])
        #expect(pixel(buffer, 5, 48) == [114, 114, 114])
        #expect(pixel(buffer, 5, 16) == [15, 0, 0])
        #expect(pixel(buffer, 7, 26) == [21, 70, 70])
    }

    @Test func colorsComeInTheModelsOrder() throws {
        let preprocessor = try Preprocessor(card: InputCard(color: .bgr, resize: .stretch), modelWidth: 64, modelHeight: 32)
        let buffer = preprocessor.makeBuffer()
        try preprocessor.prepare(gradient, into: buffer)
        #expect(pixel(buffer, 7, 10) == [70, 70, 21])
    }

    @Test func grayIsLuma() throws {
        let preprocessor = try Preprocessor(card: InputCard(color: .gray, resize: .stretch), modelWidth: 64, modelHeight: 32)
        let buffer = preprocessor.makeBuffer()
        try preprocessor.prepare(gradient, into: buffer)
        #expect(buffer.channels == 1)
        #expect(pixel(buffer, 7, 10) == [55], "0.299·21 + 0.701·70")
    }

    @Test func cropShowsTheMiddle() throws {
        let preprocessor = try Preprocessor(card: InputCard(resize: .centerCrop), modelWidth: 32, modelHeight: 32)
        let buffer = preprocessor.makeBuffer()
        try preprocessor.prepare(gradient, into: buffer)
        #expect(pixel(buffer, 0, 10) == [48, 70, UInt8(160)])
        #expect(pixel(buffer, 31, 10)[0] == 141)
    }

    @Test func newGeometryPaintsEverything() throws {
        let preprocessor = try Preprocessor(card: InputCard(resize: .letterbox, pad: 7), modelWidth: 64, modelHeight: 64)
        let buffer = preprocessor.makeBuffer()
        try preprocessor.prepare(gradient, into: buffer)
        let tall = MemoryPicture(width: 32, height: 64) { _, _ in [200, 200, 200] }
        try preprocessor.prepare(tall, into: buffer)
        #expect(pixel(buffer, 15, 40) == [7, 7, 7])
        #expect(pixel(buffer, 16, 40) == [200, 200, 200])
        #expect(pixel(buffer, 47, 0) == [200, 200, 200])
        #expect(pixel(buffer, 48, 0) == [7, 7, 7])
    }

    @Test func whatDoesNotFitIsAnError() throws {
        let preprocessor = try Preprocessor(card: InputCard(resize: .stretch), modelWidth: 64, modelHeight: 64)
        #expect(throws: VisionError.self) { try preprocessor.prepare(gradient, into: PixelBuffer(width: 63, height: 64, channels: 3)) }
        #expect(throws: VisionError.self) {
            try preprocessor.prepare(MemoryPicture(width: 0, height: 4) { _, _ in [] }, into: preprocessor.makeBuffer())
        }
        #expect(throws: VisionError.self) {
            try Preprocessor(card: InputCard(width: 32, resize: .stretch), modelWidth: 64, modelHeight: 64)
        }
    }
}
