import DeepCache
import Pictures
import Results
import Video

/// What changed against the stored reference, found again from the clip: the blocks that reuse had to compute.
///
/// Frames are compared at the size that the model saw them in, with the matcher and the block of `--cache adaptive`. Marks fade
/// within half a second, so that what flickers stands out from what moves.
final class ReuseHeat {
    private let matcher: BlockMatcher
    private let sampler: PixelSampler
    private var pixels: [UInt8]
    private var heat: [Float]
    private let across: Int
    private let down: Int
    private var isFresh = true

    private static let fading: Float = 0.8

    /// - Parameter begin: says what the model's input is; nil takes 416 pixels.
    init(_ begin: BeginRecord?, frameWidth: Int, frameHeight: Int) {
        let input = begin?.model.input ?? BeginRecord.Size(width: 416, height: 416)
        let (w, h) = (Double(max(1, frameWidth)), Double(max(1, frameHeight)))
        let fit = min(Double(max(16, min(input.width, 4096))) / w, Double(max(16, min(input.height, 4096))) / h)
        let (width, height) = (max(8, Int((w * fit).rounded())), max(8, Int((h * fit).rounded())))
        let block = max(2, min(64, begin?.options.cacheParameters?.block ?? 8))
        matcher = BlockMatcher(width: width, height: height, channels: 3, rowBytes: 3 * width, block: block)
        matcher.tolerance = AdaptiveNetwork.noise
        sampler = PixelSampler(width: width, height: height)
        pixels = [UInt8](repeating: 0, count: 3 * width * height)
        (across, down) = ((width + block - 1) / block, (height + block - 1) / block)
        heat = [Float](repeating: 0, count: across * down)
    }

    /// Takes a frame in. One that the record says was computed in full becomes the reference as a whole.
    func add(_ frame: Frame, isInFull: Bool) throws(VideoError) {
        var failure: VideoError?
        pixels.withUnsafeMutableBufferPointer { buffer in
            do throws(VideoError) { try sampler.sample(frame, into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        for index in heat.indices { heat[index] *= Self.fading }
        pixels.withUnsafeBufferPointer { buffer in
            let base = buffer.baseAddress!
            guard !isFresh, !isInFull else {
                matcher.accept(base)
                isFresh = false
                return
            }
            let match = matcher.match(base)
            matcher.accept(match, base)
            let block = matcher.block
            for span in match.changed where Int(span.row) % block == 0 {
                for column in Int(span.begin) / block..<(Int(span.end) + block - 1) / block {
                    heat[Int(span.row) / block * across + column] = 1
                }
            }
        }
    }

    func draw(on canvas: inout some DrawingSurface) {
        for row in 0..<down {
            let (top, bottom) = (edge(row, matcher.height, canvas.height), edge(row + 1, matcher.height, canvas.height))
            // Neighbours of the same heat in one go.
            var column = 0
            while column < across {
                let value = heat[row * across + column]
                var next = column + 1
                while next < across, heat[row * across + next] == value { next += 1 }
                if value > 0.05 {
                    let (left, right) = (edge(column, matcher.width, canvas.width), edge(next, matcher.width, canvas.width))
                    let area = PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
                    canvas.fill(area, .heat(Double(value)), opacity: 0.15 + 0.2 * Double(value))
                }
                column = next
            }
        }
    }

    /// Where a block begins, on the canvas.
    private func edge(_ index: Int, _ size: Int, _ canvas: Int) -> Int { min(size, index * matcher.block) * canvas / size }
}
