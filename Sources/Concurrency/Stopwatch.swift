/// Measures in milliseconds, the unit of the records.
package struct Stopwatch {
    private let began = ContinuousClock.now

    package init() {}

    package var milliseconds: Double { began.duration(to: .now) / .milliseconds(1) }
    package var seconds: Double { milliseconds / 1e3 }
}
