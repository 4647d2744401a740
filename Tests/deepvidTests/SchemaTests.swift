import Foundation
import Results
import TestSupport
import Testing

/// docs/records.schema.json is what the program writes and what deepvid-jsonl(5) says. `Records` validates the output of every other
/// test that reads records.
@Suite struct SchemaTests {
    private let schema = JSONSchema.records

    private func check(_ command: String, in place: Workspace? = nil, types: Set<String>) throws {
        let outcome = try shell(command, in: place)
        let values = try outcome.lines.map { try JSONValue($0) }
        #expect(Set(values.compactMap { $0["type"]?.string }) == types, "\(command): \(outcome.errors)")
        for (value, line) in zip(values, outcome.lines) { #expect(schema.violations(of: value) == [], "\(command): \(line)") }
    }

    @Test(arguments: ["off", "adaptive", "deepcache", "deepmon", "cbinfer"])
    func framesOfEveryPolicy(policy: String) throws {
        try check("deepvid infer street.mp4 --max-frames 15 --cache \(policy)", types: ["begin", "frame", "end"])
    }

    @Test func inputsThatFail() throws {
        try check("deepvid infer truncated.mp4 --max-frames 500", types: ["begin", "frame", "end"])
        try check("deepvid infer street.mp4 rotated.mp4 --max-frames 3 --start 0.1 --every 2", types: ["begin", "frame", "end"])
    }

    @Test func bundles() throws {
        try check("deepvid infer hues.mp4 --bundle bundle --max-frames 40", types: ["begin", "frame", "end"])
    }

    @Test func eventsAndZones() throws {
        let place = try Workspace()
        try place.write(
            #"""
            {"unit": "fraction", "zones": [{"name": "all", "points": [[0, 0], [1, 0], [1, 1], [0, 1]], "dwell_s": 0.2}],
             "lines": [{"name": "middle", "points": [[0.5, 0], [0.5, 1]]}]}
            """#, to: "zones.json")
        try check("deepvid infer street.mp4 --zones zones.json --score 0.1", in: place, types: ["begin", "frame", "end"])
        try check("deepvid infer street.mp4 --zones zones.json --events --score 0.1", in: place, types: ["begin", "event", "end"])
    }

    @Test func comparisons() throws {
        try check("deepvid compare street.mp4 --max-frames 15 --json", types: ["comparison"])
    }

    @Test func manifests() throws {
        try check("deepvid batch street.mp4 truncated.mp4 -o out --quiet 2>errors; cat out/manifest.jsonl", types: ["clip"])
    }

    @Test func whatIsNoRecordIsNamed() throws {
        let frame = #"{"type":"frame","frame":0,"timing_ms":{"decode":0,"infer":1,"total":1}"#
        #expect(schema.violations(of: try JSONValue(frame + "}")) == [])
        for (members, words) in [
            (#","later":1"#, "later"), (#","pts_s":"0""#, "pts_s"), (#","pts_s":null"#, "pts_s"), (#","dropped":1.5"#, "dropped"),
            (#","dropped":-1"#, "below"), (#","objects":[{"label":"a","class_id":0,"score":2,"box":[0,0,1,1]}]"#, "above"),
            (#","objects":[{"label":"a","class_id":0,"score":1,"box":[0,0,1]}]"#, "too few"),
            (#","objects":[{"label":"a","class_id":0,"box":[0,0,1,1]}]"#, "score is missing"),
            (#","cache":{"policy":"a","reused":0,"reason":"busy"}"#, "none of"),
        ] {
            let violations = schema.violations(of: try JSONValue(frame + members + "}"))
            #expect(violations.contains { $0.contains(words) }, "\(members): \(violations)")
        }
        #expect(schema.violations(of: try JSONValue(#"{"type":"gap"}"#)) != [])
    }

    // MARK: - deepvid-jsonl(5)

    /// The page has a table for each definition of the schema, with its keys, their types, and whether they are always there.
    @Test func manualAgrees() throws {
        let page = try Files.text("man/deepvid-jsonl.5")
        var tables: [String: Set<String>] = [:]
        // The tables that are open: what they describe, and the key or keys whose row is being read.
        var open: [(definition: String?, keys: [String])] = []
        var section: String?
        var words: [String: String] = [:]
        for line in page.split(separator: "\n").map(String.init) {
            if line.hasPrefix(".Sh ") {
                let match = line.wholeMatch(of: /\.Sh THE ([A-Z]+) RECORD/)
                section = match.map { $0.1.lowercased() }
            }
            guard let section else { continue }
            if line.hasPrefix(".Bl ") {
                let keys = open.last?.keys ?? []
                let next = Set(keys.map { key in property(key, of: open.last?.definition).flatMap(schema.definition) })
                #expect(next.count <= 1, "the keys \(keys) do not have the same members")
                open.append((open.isEmpty ? section : next.first ?? nil, []))
            } else if line == ".El" {
                open.removeLast()
            } else if let match = line.wholeMatch(of: /\.It Li (.+) Pq (.+)/), let definition = open.last?.definition {
                open[open.count - 1].keys = match.1.split(separator: " , ").map(String.init)
                for key in open[open.count - 1].keys {
                    #expect(tables[definition, default: []].insert(key).inserted, "\(definition).\(key) is there twice")
                    #expect(String(match.2) == kind(key, of: definition), "\(definition).\(key)")
                }
            }
            // What a row says, with the rows of tables in it.
            for (definition, keys) in open { for key in keys { words["\(definition ?? "").\(key)", default: ""] += line + " " } }
        }
        #expect(open.isEmpty)
        for (name, definition) in schema.root["$defs"]?.object ?? [:] {
            let properties = definition["properties"]?.object ?? [:]
            #expect(tables[name] == Set(properties.keys), "\(name)")
            for (key, property) in properties {
                for value in property["enum"]?.list?.compactMap(\.string) ?? [] {
                    // Where a key's values stand in another table, the row says so.
                    let row = words["\(name).\(key)"] ?? ""
                    #expect(row.contains(value) || row.lowercased().contains("as in"), "\(name).\(key) does not name '\(value)'")
                }
            }
        }
    }

    @Test func manualSaysTheVersion() throws {
        let match = try #require(try Files.text("man/deepvid-jsonl.5").firstMatch(of: /This page describes ([0-9]+)\./))
        #expect(Int(match.1) == schemaVersion)
    }

    private func property(_ key: String, of definition: String?) -> JSONValue? {
        definition.flatMap { schema.root["$defs"]?[$0]?["properties"]?[key] }
    }

    /// As the page puts it: `number, optional`.
    private func kind(_ key: String, of definition: String) -> String? {
        guard let property = property(key, of: definition) else { return nil }
        let isRequired = schema.root["$defs"]?[definition]?["required"]?.list?.contains(.string(key)) == true
        return words(property) + (isRequired ? "" : ", optional")
    }

    private func words(_ property: JSONValue) -> String {
        let property = schema.resolved(property)
        if let value = property["const"] { return value.string == nil ? "integer" : "string" }
        // `null` is explained once for all.
        let type = property["type"]?.string ?? property["type"]?.list?.first?.string ?? ""
        guard type == "array", let items = property["items"] else { return type }
        let words = words(items)
        return words.hasPrefix("list") ? "list of \(words.replacing("list", with: "lists"))" : "list of \(words)s"
    }
}
