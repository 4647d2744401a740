import DeepCache

/// What a second model came to over an input. Constant in size.
public struct ThenCounts: Codable, Sendable, Equatable {
    /// Objects that it was asked about, one a frame that shows it.
    public var crops = 0
    /// Of these, those with the answer of an earlier frame.
    public var fromTrack = 0
    /// Those with the answer of crops that look like them, by where that was found (`Lookup.Origin`).
    public var fromCache: [String: Int] = [:]
    /// Those that the model was run for.
    public var runs = 0
    /// How answers that were not the model's own agree with what it says of the same crops, by those drawn at random.
    public var agreement = AgreementEstimate()
    /// Spent on cutting crops, looking them up, and running the model.
    public var seconds = 0.0

    public init() {}
}

/// What `ReidModel` came to over an input. Constant in size.
public struct ReidCounts: Codable, Sendable, Equatable {
    /// Its crops and runs.
    public var looks = ThenCounts()
    /// How often an object was known again by what it looks like, and not by its place.
    public var recognised = 0

    public init() {}
}
