import Vision

extension Labels {
    /// The labels that a name stands for, in upper or lower case; the one that is spelled so before others. Of classes without names they are
    /// `class_0` and so on. Empty where the model has no such class.
    ///
    /// - Parameter count: of the classes; nil where that is not known.
    package func called(_ name: String, count: Int?) -> [String] {
        if names.contains(name) { return [name] }
        let plain = name.lowercased()
        guard names.isEmpty else { return names.filter { $0.lowercased() == plain } }
        guard plain.hasPrefix("class_"), let id = Int(plain.dropFirst(6)), (0..<(count ?? .max)).contains(id), self[id] == plain else {
            return []
        }
        return [plain]
    }

    /// That there is no such class, and what to do.
    ///
    /// - Parameters:
    ///   - model: by name, for one whose classes have none.
    ///   - subject: what the model is called otherwise.
    package func lack(of name: String, in model: String, subject: String, count: Int?) -> String {
        guard names.isEmpty else {
            let shown = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
            let advice = closest(to: name, among: names).map { "did you mean '\($0)'?" } ?? "it has \(shown)"
            return "\(subject) has no class '\(name)'; \(advice)"
        }
        let called = count.map { $0 == 1 ? "class_0" : "class_0 to class_\($0 - 1)" } ?? "class_0 and so on"
        let classes = count == 1 ? "its 1 class has no name and is" : "its \(count.map { "\($0) " } ?? "")classes have no names and are"
        let carried = CarriedLabels.allCases.first { $0.names.count == count }
        return "\(model) has no class '\(name)': \(classes) called \(called); --labels FILE names them"
            + (carried.map { ", and --labels \($0.rawValue), if they are those" } ?? "")
    }
}
