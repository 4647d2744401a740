/// Measures in milliseconds, the unit of the records.
package struct Stopwatch {
    private let began = ContinuousClock.now

    package init() {}

    package var milliseconds: Double {
        let parts = began.duration(to: .now).components
        return Double(parts.seconds) * 1e3 + Double(parts.attoseconds) * 1e-15
    }

    package var seconds: Double { milliseconds / 1e3 }
}
