import ArgumentParser
import Foundation
import Video

struct Picture: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Writes one frame, scaled as for a model, as raw RGB to stdout.")
    @Argument var clip: String
    @Option var frame = 0
    @Option var width: Int
    @Option var height: Int

    func run() throws {
        let reader = try VideoReader(clip, options: VideoOptions())
        while let next = try reader.next() {
            guard next.index == frame else { continue }
            FileHandle.standardOutput.write(Data(try PixelSampler(width: width, height: height).sample(next)))
            return
        }
    }
}
