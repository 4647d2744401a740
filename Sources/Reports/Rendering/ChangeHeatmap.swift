import DeepCache
import Results
import Video
import Vision

/// The blocks that changed against the stored reference, which is what reuse had to compute again. Results do not name them, so
/// they are found anew from the clip.
///
/// Frames are compared at the size that the model saw them in, with the matcher and the block size of `--cache adaptive`. A block's
/// heat is 1 when it changes and falls by a fifth a frame after that.
final class ChangeHeatmap {
    private let matcher: BlockMatcher
    private let sampler: PixelSampler
    private var heat: [Float]
    private let across: Int
    private let down: Int
    private var hasReference = false

    private static let decay: Float = 0.8

    /// - Parameter begin: says how large the model's input is; without it, 416 pixels.
    init(_ begin: BeginRecord?, frameWidth: Int, frameHeight: Int) {
        let input = begin?.model.input ?? BeginRecord.Size(width: 416, height: 416)
        let (w, h) = (Double(max(1, frameWidth)), Double(max(1, frameHeight)))
        let fit = min(Double(max(16, min(input.width, 4096))) / w, Double(max(16, min(input.height, 4096))) / h)
        let (width, height) = (max(8, Int((w * fit).rounded())), max(8, Int((h * fit).rounded())))
        let block = max(2, min(64, begin?.options.cacheParameters?.block ?? 8))
        matcher = BlockMatcher(width: width, height: height, channels: 3, rowBytes: 3 * width, block: block)
        matcher.tolerance = blockNoise
        sampler = PixelSampler(width: width, height: height)
        (across, down) = ((width + block - 1) / block, (height + block - 1) / block)
        heat = [Float](repeating: 0, count: across * down)
    }

    /// Compares a frame with the reference, which takes over the blocks that changed.
    ///
    /// - Parameter isInFull: whether all of the frame was computed, so that all of it becomes the reference and nothing is marked.
    func add(_ frame: Frame, isInFull: Bool) throws(VideoError) {
        let pixels = try sampler.sample(frame)
        for index in heat.indices { heat[index] *= Self.decay }
        pixels.withUnsafeBufferPointer { buffer in
            let base = buffer.baseAddress!
            guard hasReference, !isInFull else {
                matcher.accept(base)
                hasReference = true
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
            // One rectangle for neighbors of the same heat.
            var column = 0
            while column < across {
                let value = heat[row * across + column]
                var next = column + 1
                while next < across, heat[row * across + next] == value { next += 1 }
                if value > 0.05 {
                    let (left, right) = (edge(column, matcher.width, canvas.width), edge(next, matcher.width, canvas.width))
                    let area = PixelRect(x: left, y: top, width: right - left, height: bottom - top)
                    canvas.fill(area, .heat(Double(value)), opacity: 0.15 + 0.2 * Double(value))
                }
                column = next
            }
        }
    }

    /// The first row, or column, of a block on the canvas.
    private func edge(_ index: Int, _ size: Int, _ canvas: Int) -> Int { min(size, index * matcher.block) * canvas / size }
}
