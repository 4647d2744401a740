import ArgumentParser
import Tracking
import Vision

/// The tracker alone, for `benchmarks/identity.py`, which knows who is who.
struct Follow: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follows the boxes read from stdin; prints a line of ids for each frame, 0 for a box that belongs to none.",
        discussion: "'F time' begins a frame, 'D class score x y width height' is a box: seconds and pixels, as in Fixtures/tracks.")
    @Option(help: "Least score of a box that begins a track.") var score = 0.4
    @Option(help: "Seconds that a track may be out of sight.") var buffer = Tracker.defaultBuffer
    @Option(help: "Seconds that the place of an object at rest is remembered.") var memory = Tracker.defaultMemory

    func run() throws {
        var tracker = Tracker(score: score, bufferSeconds: buffer, memorySeconds: memory)
        var frame: (time: Double, boxes: [Detection])?
        func finish() {
            guard let frame else { return }
            print(tracker.update(frame.boxes, at: frame.time).ids.map { String($0 ?? 0) }.joined(separator: " "))
        }
        while let line = readLine() {
            let words = line.split(separator: " "), numbers = words.dropFirst().compactMap { Double($0) }
            switch (words.first, numbers.count) {
            case ("F", 1):
                finish()
                frame = (numbers[0], [])
            case ("D", 6...) where frame != nil:
                let box = numbers.dropFirst(2).map(Float.init)
                frame!.boxes.append(
                    Detection(
                        classID: Int(numbers[0]), label: "", score: Float(numbers[1]),
                        box: Box(x: box[0], y: box[1], width: box[2], height: box[3])))
            default: throw ValidationError("'\(line)' is neither 'F time' nor 'D class score x y width height' after one")
            }
        }
        finish()
    }
}
