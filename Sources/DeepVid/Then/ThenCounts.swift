import DeepCache

/// What a second model came to over an input. Constant in size.
public struct ThenCounts: Codable, Sendable, Equatable {
    /// Objects that it was asked about, one a frame that shows it.
    public var crops = 0
    /// Of these, those with the answer of an earlier frame.
    public var fromTrack = 0
    /// Those that the model was run for.
    public var runs = 0
    /// How answers that stood agree with what the model says of the same crops, by those drawn at random.
    public var agreement = AgreementEstimate()
    /// Spent on cutting crops and running the model.
    public var seconds = 0.0

    public init() {}
}
