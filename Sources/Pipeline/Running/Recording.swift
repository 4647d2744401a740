import Results

/// What becomes of an input's frame records before they are written. One for each input.
struct Recording {
    /// What later lines depend on, besides the records to come.
    struct State: Codable, Sendable {}

    private(set) var state: State

    init(state: State = State()) { self.state = state }

    /// - Returns: the lines for this frame, in order.
    mutating func add(_ record: FrameRecord) -> [any Record] { [record] }

    /// - Returns: the lines that the end of the input brings.
    mutating func finish() -> [any Record] { [] }
}
