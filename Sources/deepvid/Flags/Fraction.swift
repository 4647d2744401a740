import ArgumentParser

/// A number from 0 to 1, such as a score.
struct Fraction: ExpressibleByArgument, Equatable {
    let value: Double

    init?(argument: String) {
        guard let value = Double(argument), (0...1).contains(value) else { return nil }
        self.value = value
    }
}
