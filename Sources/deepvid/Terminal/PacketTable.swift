import DeepVid
import Reports
import Results
import Video

/// `deepvid inspect VIDEO --packets`.
enum PacketTable {
    static func text(_ report: PacketReport, source: String) -> String {
        let seconds = report.groups.map(\.seconds).sorted(), known = report.groups.compactMap(\.deviation)
        var lines = Formatting.list([
            ("video", "\(source) (\(report.info.codec))"),
            ("groups", "\(report.groups.count), \(Format.decimal(seconds.isEmpty ? 0 : seconds[seconds.count / 2], 2)) s each"),
            (
                "quiet",
                known.isEmpty
                    ? "too little is known"
                    : "\(Format.percent(report.quietShare)) of the groups, by their sizes; the others deviate by more than \(Format.decimal(report.limit, 0)) σ"
            ),
        ])
        lines.append("")
        lines += Formatting.table(
            ["pictures", "number", "5 %", "median bytes", "95 %"], left: [0],
            report.kinds.map { [$0.kind.name, "\($0.pictures)", "\($0.low)", "\($0.median)", "\($0.high)"] })
        let most = report.groups.filter { $0.deviation != nil }.sorted { $0.deviation! > $1.deviation! }.prefix(10)
        if !most.isEmpty {
            lines += ["", "Groups that are least like the quiet ones:"]
            lines += Formatting.table(
                ["at", "seconds", "pictures", "key bytes", "mean bytes", "σ"], left: [],
                most.sorted { $0.start < $1.start }.map { group in
                    [
                        Format.clock(group.start), Format.decimal(group.seconds, 2), "\(group.pictures)",
                        group.keyBytes.map { "\($0)" } ?? "–", group.meanBytes.map { Format.decimal($0, 0) } ?? "–",
                        Format.decimal(group.deviation!, 1),
                    ]
                })
        }
        return lines.joined(separator: "\n")
    }

    static func json(_ report: PacketReport, source: String) -> String {
        let groups = report.groups.map { group -> JSONObject in
            [
                "start_s": group.start, "seconds": group.seconds, "pictures": group.pictures, "key_bytes": group.keyBytes,
                "mean_bytes": group.meanBytes, "deviation": group.deviation,
            ]
        }
        let kinds = report.kinds.map { kind -> JSONObject in
            ["kind": kind.kind.name, "pictures": kind.pictures, "p5_bytes": kind.low, "median_bytes": kind.median, "p95_bytes": kind.high]
        }
        return jsonText(
            of: [
                "kind": "packets", "source": source, "codec": report.info.codec, "limit": report.limit, "quiet_share": report.quietShare,
                "pictures": kinds, "groups": groups,
            ] as JSONObject)
    }
}

extension CodedGroup.Picture.Kind {
    /// As people and programs read it.
    var name: String {
        switch self {
        case .key: "key"
        case .forward: "forward"
        case .backward: "backward"
        case .disposable: "disposable"
        }
    }
}
