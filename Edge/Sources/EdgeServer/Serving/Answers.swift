import EdgeProtocol
import Hummingbird
import SwiftProtobuf

extension Response {
    /// One sentence for people.
    static func sentence(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
    }

    static func message(_ message: some Message) -> Response {
        // Plain values that were checked: nothing in them can fail to be written.
        let bytes: [UInt8] = (try? message.serializedBytes()) ?? []
        return Response(
            status: .ok, headers: [.contentType: EdgeRoutes.contentType], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// 503: the device does better to come back than to wait.
    static func busy(_ text: String, retryAfter seconds: Int = 1) -> Response {
        var response = sentence(.serviceUnavailable, text)
        response.headers[.retryAfter] = "\(seconds)"
        return response
    }

    static func wrongMethod(_ allowed: String) -> Response {
        var response = sentence(.methodNotAllowed, "use \(allowed) here")
        response.headers[.allow] = allowed
        return response
    }

    /// The rest of the request is not read.
    func closing() -> Response {
        var response = self
        response.headers[.connection] = "close"
        return response
    }
}
