import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct ReportTests {
    /// The page, which must be well-formed.
    private func page(_ path: String) throws -> Page {
        let data = try Data(contentsOf: URL(filePath: path))
        let page = Page()
        let parser = XMLParser(data: data)
        parser.delegate = page
        #expect(parser.parse(), "\(path): line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "")")
        page.text = String(decoding: data, as: UTF8.self)
        return page
    }

    private final class Page: NSObject, XMLParserDelegate {
        var text = ""
        var elements: [String: Int] = [:]
        var words = ""
        var images: [(alt: String, source: String)] = []
        var links: [String] = []
        var ids: Set<String> = []
        /// What the data for the script has of this name, as text.
        func column(_ name: String) -> String? {
            text.firstMatch(of: try! Regex("\"\(name)\":(\\[[^\\]]*\\])", as: (Substring, Substring).self)).map { String($0.output.1) }
        }

        func parser(_: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String])
        {
            elements[name, default: 0] += 1
            if name == "img" { images.append((attributes["alt"] ?? "", attributes["src"] ?? "")) }
            if let target = attributes["href"] { links.append(target) }
            if let id = attributes["id"] { ids.insert(id) }
        }

        func parser(_: XMLParser, foundCharacters text: String) { words += text }
    }

    private func expectSelfContained(_ page: Page) {
        // The data, where there are events, and the script that the page's policy names.
        #expect((1...2).contains(page.elements["script"] ?? 0))
        #expect(page.text.components(separatedBy: "<script").count - 1 == page.elements["script"])
        #expect(page.text.contains("default-src 'none'"))
        #expect(page.elements["link"] == 1)
        #expect(page.elements["iframe"] == nil)
        #expect(page.elements["object"] == nil)
        #expect(page.links.allSatisfy { $0 == "data:," || $0.hasPrefix("#") && page.ids.contains(String($0.dropFirst())) })
        #expect(page.images.allSatisfy { $0.source.hasPrefix("data:image/jpeg;base64,") && !$0.alt.isEmpty })
        #expect(!page.text.contains("url("))
        #expect(!page.text.contains("@import"))
        #expect(page.text.contains("name=\"viewport\""))
        #expect(page.text.contains("prefers-color-scheme:dark"))
        #expect(page.text.contains("lang=\"en\""))
        #expect(page.text.utf8.count < 2_000_000)
    }

    @Test func aClipWithPictures() throws {
        let place = try Workspace()
        let outcome = try expectSuccess(
            "deepvid infer street.mp4 --threads 1 -o seen.jsonl && deepvid report seen.jsonl -o report.html", in: place)
        #expect(outcome.output.isEmpty, "\(outcome.errors)")
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let page = try page(place.path("report.html"))
        expectSelfContained(page)
        #expect(!page.images.isEmpty)
        #expect((page.elements["svg"] ?? 0) >= 3)
        #expect((page.elements["table"] ?? 0) >= 1)
        for words in ["street.mp4", "finished", "When", "What was seen", "Events", "person", "90 frames", "Reuse", "Work a frame"] {
            #expect(page.words.contains(words), "\(words)")
        }
    }

    @Test func withoutTheClip() throws {
        let place = try Workspace()
        let outcome = try expectSuccess(
            """
            deepvid infer street.mp4 --threads 1 | sed 's/street.mp4/gone.mp4/g' >seen.jsonl
            deepvid report seen.jsonl -o without.html && deepvid report seen.jsonl --clip street.mp4 -o with.html &&
            deepvid report seen.jsonl --clip moving.mp4 -o other.html
            """, in: place)
        let (without, with, other) = (
            try page(place.path("without.html")), try page(place.path("with.html")), try page(place.path("other.html"))
        )
        #expect(without.images.isEmpty)
        #expect(without.words.contains("gone.mp4 is not here; name the clip with --clip"))
        #expect(!with.images.isEmpty)
        #expect(other.images.isEmpty)
        #expect(outcome.errors.contains("no pictures of gone.mp4"))
    }

    @Test func severalInputsAndComparisons() throws {
        let place = try Workspace()
        let outcome = try expectSuccess(
            """
            deepvid infer street.mp4 moving.mp4 --threads 1 --max-frames 20 -o two.jsonl
            deepvid infer truncated.mp4 --threads 1 -o three.jsonl 2>/dev/null
            deepvid compare street.mp4 --threads 1 --max-frames 30 --score 0.02 --target-agreement 0.5 --json >compared.json
            deepvid report two.jsonl three.jsonl compared.json -o report.html
            """, in: place)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let page = try page(place.path("report.html"))
        expectSelfContained(page)
        #expect(page.links == ["data:,", "#input-1", "#input-2", "#input-3"])
        for words in ["3 inputs", "How it was computed", "failed", "1 of 3 inputs not complete", "Agreement by class", "faster than dense"]
        {
            #expect(page.words.contains(words), "\(words)")
        }
    }

    /// A batch's folder stands for the results in it, packed or not, and not for its manifest.
    @Test func foldersOfResults() throws {
        let place = try Workspace()
        let outcome = try expectSuccess(
            """
            deepvid batch street.mp4 moving.mp4 --max-frames 10 -o out -q && deepvid batch rotated.mp4 -o out --resume --compress -q
            deepvid report out -o report.html
            """, in: place)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let page = try page(place.path("report.html"))
        for words in ["3 inputs", "street.mp4", "moving.mp4", "rotated.mp4"] { #expect(page.words.contains(words), "\(words)") }
        let manifest = try shell(
            "deepvid report out/manifest.jsonl -o report.html; mkdir none; deepvid report none -o report.html", in: place)
        #expect(manifest.status == 2)
        #expect(manifest.errors.contains("name the folder"))
        #expect(manifest.errors.contains("no results"))
    }

    /// Results of changes and of events tell of the same objects and zones as those of all frames.
    @Test func changesAndEvents() throws {
        let place = try Workspace()
        try place.write(
            #"{"unit": "fraction", "zones": [{"name": "left half", "points": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]}], "lines": [{"name": "middle", "points": [[0.5, 0], [0.5, 1]]}]}"#,
            to: "halves.json")
        let outcome = try expectSuccess(
            """
            for kind in frames only-changes events; do
                deepvid infer street.mp4 --threads 1 --zones halves.json $([ $kind = frames ] || echo --$kind) -o $kind.jsonl
                deepvid report $kind.jsonl -o $kind.html
            done
            """, in: place)
        // The same is said of all three.
        let notes = outcome.errors.split(separator: "\n")
        #expect(notes.count == 3, "\(outcome.errors)")
        #expect(Set(notes).count == 1, "\(outcome.errors)")
        #expect(notes.allSatisfy { $0.contains("stayed in one place") }, "\(outcome.errors)")
        let pages = try ["frames", "only-changes", "events"].map { try page(place.path("\($0).html")) }
        let tracks = pages.map { $0.column("track") }
        #expect(tracks[0]?.isEmpty == false, "\(tracks)")
        #expect(tracks[1] == tracks[0], "\(tracks)")
        #expect(tracks[2] == tracks[0], "\(tracks)")
        for page in pages {
            expectSelfContained(page)
            #expect(page.words.contains("90 frames"))
            #expect(!page.images.isEmpty)
            for words in ["When", "left half", "came in", "middle", "right to left"] {
                #expect(page.words.contains(words), "\(words)")
            }
        }
        #expect(pages.map { $0.words.contains("Work a frame") && $0.words.contains("slowest") } == [true, false, false])
    }

    /// Everything that comes from files, as markup, script and worse.
    @Test func injection() throws {
        let place = try Workspace()
        let evil = #"</td><script>alert(1)</script><img src=x onerror=alert(2)>\"' onload='x&amp;]]>--><!--\u202e\u0007\ufffe"#
        let end = #""decoded":3,"corrupt_packets":1,"dropped":2,"fps":1,"wall_s":1,"peak_memory_mb":1"#
        var lines = [
            #"{"type":"begin","schema":2,"deepvid":"\#(evil)","source":"\#(evil)","model":{"name":"\#(evil)","sha256":"","head":"\#(evil)","input":{"width":1,"height":1}},"video":{"width":640,"height":384,"codec":"\#(evil)","rotation_deg":0},"options":{"threads":1,"cache":"\#(evil)","classes":["\#(evil)"]}}"#
        ]
        for index in 0..<9 {
            lines.append(
                #"{"type":"frame","frame":\#(index),"pts_s":\#(index),"objects":[{"label":"\#(evil)","class_id":1,"score":0.5,"box":[0,0,9,9],"track_id":4},{"label":"\#(evil)2","class_id":1,"score":0.5,"box":[0,0,9,9]}],"cache":{"policy":"\#(evil)","reused":0.5,"reason":"\#(evil)"},"timing_ms":{"decode":1,"infer":1,"total":2}}"#
            )
        }
        lines.append(#"{"type":"outage","reason":"\#(evil)","duration_s":3,"time":"\#(evil)"}"#)
        lines.append(#"{"type":"end","source":"\#(evil)","reason":"failed","frames":3,\#(end),"error":{"code":"x","message":"\#(evil)"}}"#)
        lines.append(
            #"{"type":"comparison","schema":2,"deepvid":"1","source":"\#(evil)","reason":"failed","model":{"name":"\#(evil)","sha256":"","head":"h","input":{"width":1,"height":1}},"options":{"threads":1,"cache":"x"},"frames":3,"unchanged":0,"full_recomputes":[],"agreement_frames":1,"classes":[{"label":"\#(evil)","class_id":0,"dense":1,"cached":1,"agreement":1}],"worst":[{"frame":1,"pts_s":1,"agreement":0,"reused":0,"reason":"\#(evil)"}],"error":{"code":"x","message":"\#(evil)"}}"#
        )
        try place.write(lines.joined(separator: "\n") + "\n", to: "evil.jsonl")
        _ = try shell("cp evil.jsonl '<i>evil&.jsonl'", in: place)
        try expectSuccess("deepvid report evil.jsonl '<i>evil&.jsonl' -o report.html", in: place)
        let page = try page(place.path("report.html"))
        expectSelfContained(page)
        #expect(page.elements["img"] == nil)
        #expect(page.elements["i"] == nil)
        #expect(!page.text.contains("onerror=alert(2)>\""))
        #expect(page.words.contains("<script>alert(1)</script>"), "it is shown as text")
        #expect(!page.text.unicodeScalars.contains("\u{202E}"))
    }

    @Test func anHourStaysSmall() throws {
        let place = try Workspace()
        // 25 frames a second for an hour, a hundred tracks and a dozen classes.
        try expectSuccess(
            """
            awk 'BEGIN { for (i = 0; i < 90000; i++) { n = int(i / 900) % 3; s = "";
              for (k = 0; k <= n; k++) s = s (k ? "," : "") sprintf("{\\"label\\":\\"kind %d\\",\\"class_id\\":%d,\\"score\\":0.7,\\"box\\":[1,2,30,40],\\"track_id\\":%d}", (int(i / 500) + k) % 12, k, int(i / 900) + k);
              printf "{\\"type\\":\\"frame\\",\\"frame\\":%d,\\"pts_s\\":%.3f,\\"objects\\":[%s],\\"cache\\":{\\"policy\\":\\"adaptive\\",\\"reused\\":%.2f},\\"timing_ms\\":{\\"decode\\":1,\\"infer\\":%d,\\"total\\":%d}}\\n", i, i / 25, s, (i % 700) / 700, i % 9 + 1, i % 9 + 2 } }' >hour.jsonl
            deepvid report hour.jsonl -o report.html
            """, in: place)
        let page = try page(place.path("report.html"))
        expectSelfContained(page)
        #expect(page.text.utf8.count < 300_000, "\(page.text.utf8.count)")
        for words in ["1:00:00", "kind 11", "90\u{202F}000", "no end"] { #expect(page.words.contains(words), "\(words)") }
    }

    @Test func brokenFiles() throws {
        let place = try Workspace()
        try place.write("hello\n", to: "notes.txt")
        try place.write("", to: "empty.jsonl")
        try place.write("\n\n", to: "blank.jsonl")
        _ = try shell(
            "deepvid infer street.mp4 --threads 1 --max-frames 30 -o seen.jsonl; head -c 3000 seen.jsonl >cut.jsonl; (head -9 seen.jsonl; echo rubbish) >bad.jsonl",
            in: place)
        for (arguments, words) in [
            ("notes.txt -o out.html", "notes.txt: line 1"), ("empty.jsonl -o out.html", "empty"), ("blank.jsonl -o out.html", "no records"),
            ("missing.jsonl -o out.html", "no such file"), ("seen.jsonl -o street.mp4", "is not an HTML page"),
            ("seen.jsonl -o page.pdf", "let it end in .html"),
            ("street.mp4 -o out.html", "street.mp4"),
            ("seen.jsonl", "--output"), ("seen.jsonl -o seen.jsonl", "is also an input"), ("seen.jsonl -o no/such/out.html", "no folder"),
            ("seen.jsonl -o .", "is a directory"), ("seen.jsonl -o out.html --clip missing.mp4", "missing.mp4"),
            ("- - -o out.html", "only once"),
        ] { try expectRefusal("deepvid report \(arguments)", words, in: place) }
        let cut = try expectSuccess("deepvid report cut.jsonl bad.jsonl -o report.html", in: place)
        #expect(cut.errors.contains("cut.jsonl: the last line"), "\(cut.errors)")
        #expect(cut.errors.contains("bad.jsonl: line 10"), "\(cut.errors)")
        let page = try page(place.path("report.html"))
        #expect(page.words.contains("cut short"))
        #expect(page.words.contains("2 of 2 inputs not complete"))
        #expect(page.words.contains("no JSON object"))
        // One page takes the place of another.
        #expect(try shell("deepvid report cut.jsonl -o report.html", in: place).status == 0)
        let piped = try expectSuccess("deepvid report - -o - <seen.jsonl | head -c 15", in: place)
        #expect(piped.output == "<!DOCTYPE html>", "\(piped.errors)")
    }

    /// One file that cannot be read keeps no other from being on the page.
    @Test func oneBadFileInAFolder() throws {
        let place = try Workspace()
        let outcome = try shell(
            """
            mkdir all; deepvid infer street.mp4 --threads 1 --max-frames 5 -o all/street.jsonl
            deepvid infer moving.mp4 --threads 1 --max-frames 5 -o all/moving.jsonl; : >all/empty.jsonl
            zstd -q all/street.jsonl -o all/cut.jsonl.zst && truncate -s 20 all/cut.jsonl.zst
            deepvid report all -o report.html
            """, in: place)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("deepvid: error: all/empty.jsonl: the file is empty"), "\(outcome.errors)")
        #expect(outcome.errors.contains("deepvid: error: all/cut.jsonl.zst"), "\(outcome.errors)")
        let page = try page(place.path("report.html"))
        for words in ["2 inputs", "street.mp4", "moving.mp4", "not read: all/empty.jsonl"] {
            #expect(page.words.contains(words), "\(words)")
        }
        let none = try shell("mkdir bad; cp all/empty.jsonl bad; deepvid report bad -o bad.html; s=$?; ls; exit $s", in: place)
        #expect(none.status == 2)
        #expect(!none.output.contains("bad.html"))
    }

    @Test(arguments: ["street.mp4", "notes.txt", "seen.jsonl.copy"])
    func nothingButPagesIsOverwritten(file: String) throws {
        let place = try Workspace()
        try place.write("<p>notes</p>\n", to: "notes.txt")
        _ = try shell("deepvid infer street.mp4 --threads 1 --max-frames 2 -o seen.jsonl; cp seen.jsonl seen.jsonl.copy", in: place)
        let before = try Data(contentsOf: URL(filePath: place.path(file)))
        try expectRefusal("deepvid report seen.jsonl -o \(file)", file, "is not an HTML page", in: place)
        #expect(try Data(contentsOf: URL(filePath: place.path(file))) == before)
    }
}
