/// Where entries of other devices are: the edge. It only moves entries; whether they answer a crop is decided here, by the same rules as for
/// entries of this device.
public protocol SecondLevel: AnyObject, Sendable {
    /// The entries nearest to each key, nearest first; no longer than its deadline. Empty lists where there are none, and where the second
    /// level is away.
    ///
    /// - Parameters:
    ///   - radius: entries farther away are of no use.
    ///   - count: of entries for each key, at most.
    /// - Returns: a list for each key. Nothing of it is believed before it was checked.
    func neighbours(of keys: [CropKey], within radius: Float, count: Int, model: ModelIdentity) -> [[CacheEntry]]

    /// Takes what a model of this device has answered, to send it when it suits. Does not block.
    func add(_ entry: CacheEntry, model: ModelIdentity)
}
