/// What goes wrong beside a run, perhaps again and again: said in full the first time, and then counted, so that a night of it is not a
/// night of warnings.
package struct Problems: Sendable {
    private var unsaid: [String] = []
    /// So far.
    package private(set) var count = 0

    package init() {}

    package mutating func add(_ message: String) {
        if count == 0 { unsaid.append(message) }
        count += 1
    }

    /// What there is to say since the last call.
    package mutating func take() -> [String] {
        defer { unsaid = [] }
        return unsaid
    }
}
