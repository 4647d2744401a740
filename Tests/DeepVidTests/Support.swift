import Video
import Vision

@testable import DeepVid

/// A gray frame.
func makeFrame(_ index: Int, width: Int = 320, height: Int = 240) -> Frame {
    var traits = Frame.Traits()
    (traits.index, traits.pts) = (index, Int64(index))
    return Frame(pixelFormat: "yuv420p", width: width, height: height, traits: traits) { _, bytes, _ in bytes.update(repeating: 128) }!
}

/// What is kept of a frame at ten frames a second.
func makeInfo(_ index: Int, pts: Double? = .nan, width: Int = 320, height: Int = 240) -> FrameInfo {
    var info = FrameInfo(makeFrame(index, width: width, height: height))
    info.pts = pts.map { $0.isNaN ? Double(index) / 10 : $0 }
    return info
}
