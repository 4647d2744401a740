/// What a model's operators tell of how it is to be used, for a file that does not say it in words.
public struct GraphHints: Sendable, Hashable {
    /// Into what the first output's values are made at the very end.
    public enum Ending: Sendable, Hashable { case softmax, sigmoid, other }

    public var ending = Ending.other
    /// What the graph does to its picture before anything else; nil where it does nothing of the kind.
    public var scaling: InputScaling?
    /// Lengths of the model's vectors of weights: among them is, as a bias, the number of classes.
    public var vectorLengths: Set<Int> = []

    /// Whether the graph itself picks out its best places (TopK), as detectors do whose queries come from the picture.
    public var choosesBest = false

    /// Names of the inputs besides the picture.
    public var sideInputs: Set<String> = []

    public init() {}
}

/// A factor and a summand for each channel that a graph applies to its picture: value · factor + summand.
public struct InputScaling: Sendable, Hashable {
    /// One for all channels, or one for each.
    public var factors: [Double]
    public var summands: [Double]

    public init(factors: [Double], summands: [Double]) { (self.factors, self.summands) = (factors, summands) }

    /// The largest value of a picture that the graph is made for: 1 or 255; nil where that is not plain.
    ///
    /// Networks work on values of about -3 to 3. Factors from 1/255 to 6/255 make such of bytes, factors from 1 to 6 of shares. A factor of 1
    /// with summands of tens takes a mean in units of 0…255 away. Greater factors make bytes of shares, as Caffe's networks want them.
    var pictureRange: Double? {
        let sizes = factors.map { abs($0) }
        guard let least = sizes.min(), let most = sizes.max() else { return nil }
        if least >= 0.003, most <= 0.05 { return 255 }
        if least >= 0.9, most <= 300 { return least < 1.1 && most < 1.1 && summands.contains { abs($0) > 8 } ? 255 : 1 }
        return nil
    }
}
