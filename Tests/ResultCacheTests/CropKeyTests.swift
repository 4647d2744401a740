import Testing
import Vision

@testable import ResultCache

/// Pictures made of numbers, the same in every run.
struct TestPicture {
    var width = 64
    var height = 96
    var pixels: [UInt8]

    init(width: Int = 64, height: Int = 96, _ value: (_ x: Int, _ y: Int, _ channel: Int) -> Int) {
        (self.width, self.height) = (width, height)
        pixels = (0..<width * height * 3).map { UInt8(clamping: value($0 / 3 % width, $0 / 3 / width, $0 % 3)) }
    }

    /// A figure: a head, a body and legs of colors that `seed` chooses, before a background.
    init(figure seed: Int, light: Int = 0, shift: Int = 0, noise: Int = 0) {
        var dice = SeededNumbers(UInt64(seed))
        let colors = (0..<12).map { _ in 40 + dice.int(170) }
        self.init { x, y, channel in
            let column = x + shift
            let aside = abs(column - 32)
            let isInside = y < 20 ? aside < 8 : y < 56 ? aside < 18 : abs(aside - 9) < 6
            let part = isInside ? (y < 20 ? 1 : y < 56 ? 2 : 3) : 0
            let grain = noise == 0 ? 0 : (x &* 73 &+ y &* 151 &+ channel &* 37 &+ seed) % (2 * noise + 1) - noise
            return colors[3 * part + channel] + light + grain
        }
    }

    var key: CropKey { CropKey(pixels: pixels, width: width, height: height, rowBytes: width * 3) }
}

@Suite struct CropKeyTests {
    @Test func cropsThatLookAlikeAreNearerThanOthers() {
        for seed in 0..<8 {
            let key = TestPicture(figure: seed).key
            let alike = [
                TestPicture(figure: seed, noise: 4), TestPicture(figure: seed, light: 12), TestPicture(figure: seed, shift: 1),
            ].map { $0.key.distance(to: key) }
            let others = (0..<8).filter { $0 != seed }.map { TestPicture(figure: $0).key.distance(to: key) }
            #expect(alike.max()! < others.min()!, "\(seed): \(alike) \(others)")
        }
    }

    @Test func sizeAndRowPaddingDoNotMatter() {
        let small = TestPicture(width: 32, height: 32) { x, y, channel in x * 5 + y * 2 + channel * 9 }
        // Each pixel three times across and twice down, rows padded with what is no picture.
        var padded: [UInt8] = []
        for y in 0..<64 {
            for x in 0..<96 {
                let at = 3 * (y / 2 * 32 + x / 3)
                padded += small.pixels[at..<at + 3]
            }
            padded += [255, 0, 7, 9]
        }
        #expect(CropKey(pixels: padded, width: 96, height: 64, rowBytes: 96 * 3 + 4) == small.key)
    }

    @Test func cropsOfAnySizeHaveKeys() {
        for (width, height) in [(1, 1), (1, 200), (31, 33), (7, 3), (640, 2)] {
            let picture = TestPicture(width: width, height: height) { x, y, channel in x * 31 + y * 17 + channel }
            #expect(picture.key.bytes.count == CropKey.count, "\(width)x\(height)")
        }
        let gray = [UInt8](repeating: 90, count: 20 * 20)
        let key = CropKey(pixels: gray, width: 20, height: 20, rowBytes: 20, channels: 1)
        // No edges; no light and no color.
        #expect(key.bytes.prefix(128).allSatisfy { $0 == 0 })
        #expect(key.bytes.suffix(48).allSatisfy { $0 == 128 })
    }

    /// A gradient to the right is in the first of 8 directions, one down in the third, and turning the picture around turns them around.
    @Test func directionsOfEdgesAreToldApart() {
        func strongest(right: Int, down: Int) -> Int? {
            let key = TestPicture(width: 32, height: 32) { x, y, _ in 120 + right * (x - 16) + down * (y - 16) }.key
            let cell = key.bytes[40..<48]
            return cell.firstIndex(of: cell.max()!).map { $0 - cell.startIndex }
        }
        let slopes = [(7, 0), (3, 3), (0, 7), (-3, 3), (-7, 0), (-3, -3), (0, -7), (3, -3)]
        #expect(slopes.map { strongest(right: $0, down: $1) } == Array(0..<8))
    }

    @Test func theDistanceIsEuclidean() throws {
        var dice = SeededNumbers(3)
        for _ in 0..<20 {
            let (a, b) = (dice.key(), dice.key())
            let squares = zip(a.bytes, b.bytes).reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
            #expect(a.distance(to: b) == Float(squares).squareRoot())
            #expect(a.distance(to: a) == 0)
        }
        #expect(CropKey(bytes: [1, 2, 3]) == nil)
    }
}
