import FileNames
import Glibc

/// Whether any file fits a shell pattern.
func matches(glob pattern: String) -> Bool {
    var found = glob_t()
    defer { globfree(&found) }
    return glob(pattern.fileName, GLOB_NOSORT, nil, &found) == 0 && found.gl_pathc > 0
}

/// The lowest number among the files that `pattern` (`dir/frame%04d.png`) stands for; `nil` when there is none.
///
/// FFmpeg alone looks only for numbers 0 to 4, and calls a sequence from 100 on missing.
func firstNumber(ofSequence pattern: String) -> Int? {
    let slash = pattern.lastIndex(of: "/")
    let folder = slash.map { String(pattern[..<$0]) } ?? "."
    let name = slash.map { pattern[pattern.index(after: $0)...] } ?? pattern[...]
    guard let hole = name.firstMatch(of: /%0?[0-9]*d/) else { return nil }
    let head = name[..<hole.range.lowerBound]
    let tail = name[hole.range.upperBound...]
    let names = namesInFolder(folder.isEmpty ? "/" : folder) ?? []
    return names.compactMap { candidate -> Int? in
        guard candidate.count > head.count + tail.count, candidate.hasPrefix(head), candidate.hasSuffix(tail)
        else { return nil }
        let digits = candidate.dropFirst(head.count).dropLast(tail.count)
        return digits.allSatisfy(\.isASCII) ? Int(digits) : nil
    }.min()
}
