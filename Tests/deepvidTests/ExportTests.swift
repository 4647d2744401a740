import Foundation
import Testing

/// `export` and `count` as they are called.
@Suite struct ExportTests {
    private func tracked() throws -> Workspace {
        let place = try Workspace()
        try expectSuccess("deepvid infer street.mp4 --track --threads 1 --max-frames 20 -o a.jsonl", in: place)
        return place
    }

    @Test func everyFormatIsWritten() throws {
        let place = try tracked()
        let outcome = try expectSuccess(
            """
            for f in csv coco mot cvat labelstudio; do deepvid export a.jsonl --to $f >$f || exit 1; test -s $f || exit 1; done
            deepvid export a.jsonl --to yolo -o set && deepvid export a.jsonl --to mot -o sequences && ls set sequences
            """, in: place)
        #expect(outcome.output == "sequences:\nstreet.txt\n\nset:\ndata.yaml\nlabels\n")
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let boxes = try expectSuccess(
            "jq -r '.objects[]? | .label' a.jsonl | wc -l; tail -n +2 csv | wc -l; jq '.annotations | length' coco", in: place)
        #expect(Set(boxes.lines).count == 1, "\(boxes.output)")
    }

    @Test func packedFilesAndFoldersAreRead() throws {
        let place = try Workspace()
        try expectSuccess(
            """
            deepvid batch street.mp4 moving.mp4 -o out --max-frames 5 --compress -q
            cp out/street.mp4.jsonl.zst out/other.jsonl.part
            """, in: place)
        let counts = try expectSuccess("deepvid count out --by camera --json", in: place)
        #expect(counts.output.contains(#""camera":"street.mp4""#), "\(counts.output)")
        #expect(counts.errors.contains("out/other.jsonl.part: not complete"), "\(counts.errors)")
        try expectSuccess("deepvid export out --to csv -q | head -1", in: place)
        let piped = try expectSuccess("cat out/street.mp4.jsonl.zst | deepvid count - --format csv", in: place)
        #expect(piped.lines.first == "class,frames,boxes")
    }

    @Test func nothingElseIsWrittenOver() throws {
        let place = try tracked()
        try expectRefusal("deepvid export a.jsonl --to csv -o a.jsonl", "also an input", in: place)
        for format in ["csv", "coco", "mot", "cvat", "labelstudio"] {
            try expectSuccess("cp street.mp4 clip.txt; cp street.mp4 clip.xml; cp street.mp4 clip", in: place)
            let name = ["mot": "clip.txt", "cvat": "clip.xml"][format] ?? "clip"
            try expectRefusal("deepvid export a.jsonl --to \(format) -o \(name)", "is there already", in: place)
            try expectSuccess("cmp \(name) street.mp4; deepvid export a.jsonl --to \(format) -o new-\(name)", in: place)
            // Its own export again.
            try expectSuccess("deepvid export a.jsonl --to \(format) -o new-\(name) && rm new-\(name)", in: place)
        }
        try expectRefusal("mkdir full; touch full/x; deepvid export a.jsonl --to yolo -o full", "not empty", in: place)
        try expectRefusal("deepvid export a.jsonl --to csv -o none/a.csv", "no folder", in: place)
    }

    @Test func theNameTellsTheFormat() throws {
        let place = try tracked()
        try expectSuccess(
            """
            for f in csv:csv mot:txt cvat:xml; do
                deepvid export a.jsonl -o named.${f#*:} && deepvid export a.jsonl --to ${f%:*} >said && cmp said named.${f#*:} || exit 1
            done
            """, in: place)
        try expectRefusal("deepvid export a.jsonl -o a.json", "--to", "coco", in: place)
        try expectRefusal("deepvid export a.jsonl", "--to", "csv", in: place)
    }

    @Test func mistakesAreSaid() throws {
        let place = try tracked()
        try expectRefusal("deepvid export a.jsonl --to yolo", "--output", in: place)
        try expectRefusal("deepvid export a.jsonl --to pascal", "pascal", in: place)
        try expectRefusal("deepvid export none.jsonl --to csv", "none.jsonl", in: place)
        try expectRefusal("deepvid export street.mp4 --to csv", "street.mp4", in: place)
        try expectRefusal("deepvid count a.jsonl --by hour", "no time of day", in: place)
        try expectRefusal("deepvid count a.jsonl --by hours", "--by", "weekday, class, zone", in: place)
        try expectRefusal("deepvid count a.jsonl --by zone,line", "count twice", in: place)
        try expectRefusal("deepvid count a.jsonl --time-zone UTC", "--by hour", in: place)
        try expectRefusal("deepvid count a.jsonl --json --format csv", "contradict", in: place)
    }

    /// Nobody is counted twice because a camera's file was divided.
    @Test func segmentsAreOneInput() throws {
        let place = try tracked()
        let outcome = try expectSuccess(
            """
            head -1 a.jsonl >begin; head -11 a.jsonl >s-1.jsonl; (cat begin; tail -n +12 a.jsonl) >s-2.jsonl
            deepvid count a.jsonl --format csv; deepvid count s-1.jsonl s-2.jsonl --format csv
            """, in: place)
        let half = outcome.lines.count / 2
        #expect(outcome.lines.prefix(half) == outcome.lines.suffix(half), "\(outcome.output)")
    }
}
