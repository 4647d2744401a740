import Models
import Results

/// What a comparison came to, with the pictures of its worst frames to be drawn.
public struct ComparisonReport {
    public var record: ComparisonRecord
    let score: Float
    let frames: [WorstFrames.Kept]

    /// A name for the picture of `record.worst[index]`: they sort from the worst on.
    public func pictureName(_ index: Int) -> String {
        "worst-\(padded(index + 1, 2))-frame-\(padded(frames[index].figures.frame, 6)).png"
    }

    /// The PNG file of `record.worst[index]`: the frame in its own size, with the boxes of both sides and what changed.
    public func picture(_ index: Int) throws(DeepVidError) -> [UInt8] { try WorstPicture(frames[index], score: score).png() }
}

/// A number with zeros before it, so that names sort by it.
func padded(_ number: Int, _ digits: Int) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
