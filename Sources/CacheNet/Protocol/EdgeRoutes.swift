/// Paths and header values that the edge and its devices agree on.
public enum EdgeRoutes {
    public static let infer = "/v1/infer"
    public static let bundle = "/v1/bundle"
    /// `/v1/submodels/2?bundle=NAME`
    public static let submodels = "/v1/submodels"
    /// `/v1/files/full.onnx?bundle=NAME`
    public static let files = "/v1/files"
    public static let health = "/healthz"
    public static let metrics = "/metrics"

    public static let contentType = "application/x-protobuf"
    /// Bytes that a request may have beside its pixels.
    public static let messageOverhead = 4096
    /// More than any answer has.
    public static let largestAnswer = 4_000_000
}
