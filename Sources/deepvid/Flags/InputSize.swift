import ArgumentParser

/// `416x256` (width × height) or `416` for a square.
struct InputSize: ExpressibleByArgument, Equatable {
    let width: Int
    let height: Int

    init?(argument: String) {
        let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 1 || parts.count == 2, let width = parts[0], let height = parts[parts.count - 1],
            (1...16384).contains(width), (1...16384).contains(height)
        else { return nil }
        (self.width, self.height) = (width, height)
    }
}
