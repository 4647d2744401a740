import Vision

/// What a device asks of an edge server (DESIGN §5). Each call blocks no longer than its deadline.
public protocol EdgeService: AnyObject, Sendable {
    /// The bundle as the edge has it now.
    func manifest(deadline: Duration) throws(EdgeError) -> BundleManifest

    /// The full model's answer to one picture, and the submodel that the edge's selector chose for it.
    func infer(_ request: EdgeRequest, deadline: Duration) throws(EdgeError) -> EdgeAnswer

    /// Writes a file of the bundle into `folder`: under its final name only once it is whole and its SHA-256 is the manifest's.
    /// What an earlier, broken call left is continued. Slow: meant for a background thread.
    func fetch(_ file: BundleFile, into folder: String) throws(EdgeError)
}

/// One picture as the model takes it, before normalisation.
public struct EdgeRequest: Sendable {
    /// Interleaved, row by row without padding, `placement.modelWidth × placement.modelHeight × channels`, in the model's colour order.
    public var pixels: [UInt8]
    public var channels: Int
    /// Where the frame lies in the model's input: boxes come back in frame pixels.
    public var placement: Placement

    public init(pixels: [UInt8], channels: Int, placement: Placement) {
        (self.pixels, self.channels, self.placement) = (pixels, channels, placement)
    }
}

public struct EdgeAnswer: Sendable {
    public var result: HeadResult
    /// What the edge's selector chose for this picture.
    public var selection: Selection
    /// Time in the edge's models.
    public var modelMilliseconds: Double

    public init(result: HeadResult, selection: Selection, modelMilliseconds: Double) {
        (self.result, self.selection, self.modelMilliseconds) = (result, selection, modelMilliseconds)
    }
}

/// Which submodel suits a picture (paper §5.1).
public struct Selection: Sendable, Equatable {
    /// From 1 to K.
    public var submodel: Int
    /// θ of the selector's code (equation 9), in [0, 2π).
    public var angle: Double

    public init(submodel: Int, angle: Double) { (self.submodel, self.angle) = (submodel, angle) }
}
