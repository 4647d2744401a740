import Glibc

/// Says what was probably meant when the first argument is neither a flag nor a command.
func refuseUnknownCommand(_ arguments: [String]) throws(Complaint) {
    guard let first = arguments.first, !first.hasPrefix("-") else { return }
    let names = Deepvid.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard !names.contains(first) else { return }
    if access(first, F_OK) == 0 {
        throw .unusable("'\(first)' is a file, not a command. To run a model over it: deepvid infer \(quoted(first))")
    }
    let hint = closest(to: first, among: names).map { " Did you mean '\($0)'?" } ?? ""
    throw .unusable("unknown command '\(first)'.\(hint) The commands are \(names.dropLast().joined(separator: ", ")).")
}

/// The candidate with the fewest edits away from `word`, if it is close enough to have been meant.
func closest(to word: String, among candidates: [String]) -> String? {
    let best = candidates.map { (name: $0, distance: editDistance(word, $0)) }.min { $0.distance < $1.distance }
    guard let best, best.distance <= max(2, word.count / 3) else { return nil }
    return best.name
}

/// Edits (insertion, deletion, substitution, swap of neighbours) from `a` to `b`. O(|a|·|b|).
func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.lowercased()), Array(b.lowercased()))
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var rows = [Array(0...b.count)]
    for i in 1...a.count {
        var row = [i]
        for j in 1...b.count {
            var distance = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { distance = min(distance, rows[i - 2][j - 2] + 1) }
            row.append(distance)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}

/// `text` as a POSIX shell word.
func quoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"):
            true
        default: false
        }
    }
    return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
}
