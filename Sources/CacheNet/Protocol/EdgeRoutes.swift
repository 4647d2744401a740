/// Paths and header values that the edge and its devices agree on.
public enum EdgeRoutes {
    public static let infer = "/v1/infer"
    public static let bundle = "/v1/bundle"
    /// `/v1/submodels/2?bundle=NAME`
    public static let submodels = "/v1/submodels"
    /// `/v1/files/full.onnx?bundle=NAME`
    public static let files = "/v1/files"
    /// Answers of devices' models, for other devices: what is sent, and what is asked for.
    public static let entries = "/v1/entries"
    public static let lookup = "/v1/entries/lookup"
    public static let health = "/healthz"
    public static let metrics = "/metrics"

    public static let contentType = "application/x-protobuf"
    /// Bytes that a request may have beside its pixels.
    public static let messageOverhead = 4096
    /// Keys or entries that a request may have, and bytes that it may have for them: embeddings of 4,096 numbers.
    public static let mostEntries = 64
    public static let largestEntries = 2_000_000
    /// Entries that may be asked for with each key.
    public static let mostNeighbours = 8
    /// More than any answer has.
    public static let largestAnswer = 4_000_000
}
