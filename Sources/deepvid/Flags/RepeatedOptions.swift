import ArgumentParser
import DeepVid
import Settings

/// Options that take one value and are given twice: ArgumentParser would take the last value and say nothing of the others. Options that
/// are declared as arrays may be repeated.
enum RepeatedOptions {
    /// - Throws: for the first option among `arguments` that is there a second time.
    static func refuse(in arguments: [String]) throws {
        let (command, rest) = commandNamed(by: arguments)
        let words = Array(rest.prefix { $0 != "--" })
        // What ArgumentParser knows of the command takes a while to write down.
        guard mayRepeat(words.filter { $0.hasPrefix("-") && $0 != "-" }.map { $0.split(at: "=").0 }) else { return }
        let flags = CommandFlags(dump: command._dumpHelp())
        var given: [String: String] = [:]
        var index = 0
        while index < words.count {
            let (spelling, joined) = words[index].hasPrefix("--") ? words[index].split(at: "=") : (words[index], nil)
            index += 1
            guard let flag = flags[spelling: spelling], flag.takesValue else { continue }
            guard let value = joined ?? (index < words.count ? words[index] : nil) else { break }
            if joined == nil { index += 1 }
            guard !flag.isRepeating, let first = given.updateValue(value, forKey: flag.name) else { continue }
            let values = [first, value].map { displayName(of: $0) }.joined(separator: " and ")
            throw CLIError.unusable(
                "--\(flag.name) takes one value, and is given twice, with \(values): \(advice(flag.name, flag.valueName, command))")
        }
    }

    /// Whether two of these spellings may be of one option: the same, or a letter and a word that begins with it.
    private static func mayRepeat(_ spellings: [String]) -> Bool {
        let (long, short) = (spellings.filter { $0.hasPrefix("--") }, spellings.filter { !$0.hasPrefix("--") })
        let letters = Set(short.map { $0.dropFirst().prefix(1) })
        return Set(spellings).count < spellings.count || letters.count < short.count
            || long.contains { letters.contains($0.dropFirst(2).prefix(1)) }
    }

    private static func advice(_ name: String, _ valueName: String?, _ command: any ParsableCommand.Type) -> String {
        if name == "model", command == Compare.self {
            return "'compare' runs one model with and without reuse. To compare two models, let one's answers be the truth of the other: "
                + "'deepvid infer CLIP --model A -o a.jsonl', 'deepvid export a.jsonl --to coco -o a.json', "
                + "'deepvid compare CLIP --model B --truth a.json'"
        }
        return valueName == "names" ? "separate names by commas" : "give it once"
    }
}
