import Vision

/// One of the published ways to reuse computation: how pictures are compared, and what every layer makes of it.
protocol PublishedMethod: AnyObject {
    /// Frames from one that is computed in full to the next; nil for never.
    var refresh: Int? { get }
    var matcher: any Matcher { get }

    func match(_ picture: PixelBuffer, candidates: [Motion]) -> Match
    /// Sets the session's rules, after the first frame of an input was computed in full.
    func prepare(_ session: IncrementalSession)
}

extension PublishedMethod {
    func match(_ picture: PixelBuffer, candidates: [Motion]) -> Match { matcher.match(picture.base) }
}
