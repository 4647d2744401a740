import DeepVid
import Glibc

// Prints what is in a clip: every class, in how many frames it was seen, and when first.
guard let path = CommandLine.arguments.dropFirst().first else {
    print("usage: ClipContents <clip>")
    exit(2)
}
do {
    let model = try Model()
    let video = try VideoReader(path)
    let analyzer = try Analyzer(model)
    var seen: [String: (frames: Int, first: Double)] = [:]
    var frames = 0
    while let frame = try video.next() {
        let result = try analyzer.analyze(frame)
        frames += 1
        for label in Set(result.detections.map(\.label)) {
            let known = seen[label] ?? (frames: 0, first: result.frame.pts ?? 0)
            seen[label] = (known.frames + 1, known.first)
        }
    }
    print("\(path): \(frames) frames, by the model \(model.name)")
    for (label, known) in seen.sorted(by: { $0.value.frames > $1.value.frames }) {
        print("\(label): \(known.frames) frames, first at \(known.first) s")
    }
    if let reason = video.earlyEnd { print("incomplete: \(reason)") }
} catch where error.code == .notFound {
    print("usage: ClipContents <clip>; \(error)")
    exit(2)
} catch {
    print("\(error)")
    exit(1)
}
