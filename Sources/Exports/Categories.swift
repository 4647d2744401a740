/// Numbers for labels: a model's own, and where another model gives one to another label, the next that is free.
struct Categories {
    /// By label.
    private(set) var numbers: [String: Int] = [:]
    private var used: Set<Int> = []
    private let first: Int

    /// - Parameter first: what stands for the model's class 0.
    init(first: Int) { self.first = first }

    mutating func number(of label: String, classID: Int) -> Int {
        if let known = numbers[label] { return known }
        // A file may contain any number.
        var number = (0..<1_000_000).contains(classID) ? classID + first : first
        if used.contains(number) { number = (used.max() ?? number) + 1 }
        (numbers[label], _) = (number, used.insert(number))
        return number
    }

    /// Numbers all labels of a model, so that its exports have the same ones whatever was seen.
    mutating func add(_ labels: [String]) { for (id, label) in labels.enumerated() { _ = number(of: label, classID: id) } }

    /// By number.
    var sorted: [(number: Int, label: String)] { numbers.map { ($0.value, $0.key) }.sorted { $0.0 < $1.0 } }
}
