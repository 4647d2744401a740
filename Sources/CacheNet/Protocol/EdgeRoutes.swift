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

    /// `text` as the value of a query, or a segment of a path.
    public static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { escaped, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default: escaped += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
