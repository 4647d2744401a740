/// The library's sentences name the properties of its options, as `topK` in backquotes; for people at a terminal these are flags.
enum OptionNames {
    /// The flag of each property that sentences name.
    private static let flags: [String: String] = [
        "card": "--card", "classes": "--classes", "head": "--head", "inputSize": "--input-size", "model": "--model", "nmsIoU": "--nms-iou",
        "policy": "--cache", "precision": "--precision", "score": "--score", "targetAgreement": "--target-agreement",
        "threads": "--threads", "topK": "--top-k",
    ]

    /// A sentence with flags in their place.
    static func asFlags(_ sentence: String) -> String {
        guard sentence.contains("`") else { return sentence }
        return sentence.replacing(/`([A-Za-z]+)`/) { match in flags[String(match.1)] ?? String(match.0) }
    }
}
