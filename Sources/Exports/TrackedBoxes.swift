import Results

/// The boxes of followed objects, an object after the other, for formats that have them so.
///
/// - Complexity: 40 bytes a box: memory grows with what was seen.
struct TrackedBoxes {
    struct Box {
        /// Of the frame: its number, and its place among the frames that have records.
        var frame: Int32
        var place: Int32
        var x, y, width, height: Float
        var score: Float
        /// Clockwise, in degrees; not 0 for turned boxes only, of which the others are the sides before turning.
        var rotation: Float
        /// Seconds.
        var pts: Double
    }

    struct Track {
        let id: Int
        let label: String
        var boxes: [Box] = []

        /// The boxes in stretches without a gap: of frames that have records, one after the other.
        var stretches: [ArraySlice<Box>] {
            var stretches: [ArraySlice<Box>] = [], start = 0
            for index in boxes.indices where index + 1 == boxes.count || boxes[index + 1].place != boxes[index].place + 1 {
                stretches.append(boxes[start...index])
                start = index + 1
            }
            return stretches
        }
    }

    private var tracks: [Int: Track] = [:]
    /// Numbers of the frames that have records.
    private(set) var frames: [Int32] = []
    var isEmpty: Bool { tracks.isEmpty }
    /// By id.
    var sorted: [Track] { tracks.values.sorted { $0.id < $1.id } }

    mutating func add(_ frame: ExportedFrame) {
        let number = Int32(clamping: frame.record.frame), place = Int32(clamping: frames.count)
        frames.append(number)
        for object in frame.objects {
            guard let id = object.trackID else { continue }
            let (box, degrees) = object.uprightBox
            tracks[id, default: Track(id: id, label: object.label)].boxes.append(
                Box(
                    frame: number, place: place, x: Float(box[0]), y: Float(box[1]), width: Float(box[2]), height: Float(box[3]),
                    score: Float(object.score), rotation: Float(degrees), pts: frame.record.ptsS ?? .nan))
        }
    }

    /// The frame after a box, where its object is not; nil at the end of the records.
    func frame(after box: Box) -> Int? {
        let place = Int(box.place) + 1
        return place < frames.count ? Int(frames[place]) : nil
    }
}

extension DetectedObject {
    /// The box, and by how many degrees it is turned clockwise about its middle. Of turned boxes, the box before turning.
    var uprightBox: (box: [Double], degrees: Double) {
        guard let corners = turnedCorners else { return (box, 0) }
        func distance(_ a: [Double], _ b: [Double]) -> Double {
            let (x, y) = (b[0] - a[0], b[1] - a[1])
            return (x * x + y * y).squareRoot()
        }
        let (width, height) = (distance(corners[0], corners[1]), distance(corners[1], corners[2]))
        let middle = (0...1).map { axis in corners.reduce(0) { $0 + $1[axis] } / 4 }
        return ([middle[0] - width / 2, middle[1] - height / 2, width, height], (angle ?? 0) * 180 / .pi)
    }
}
