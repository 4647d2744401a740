/// Refuses numbers that an option cannot have. The command line has checks of its own, which speak of flags and come first.
package enum OptionCheck {
    /// - Parameters:
    ///   - value: nil was not given. NaN is in no range.
    ///   - wanted: what to give instead.
    /// - Throws: code `invalidOptions`, such as "`targetAgreement` is 99.0: give a share from 0 to 1, such as 0.99".
    package static func within<Value: Comparable>(
        _ range: ClosedRange<Value>, _ value: Value?, _ name: String, _ wanted: String
    ) throws(DeepVidError) {
        guard let value, !range.contains(value) else { return }
        throw DeepVidError(.invalidOptions, "`\(name)` is \(value): give \(wanted)")
    }
}
