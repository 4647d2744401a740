import Foundation
import Testing

@testable import Video

/// No secret of a URL may reach output, records or messages, however it is written.
@Suite(.timeLimit(.minutes(1))) struct RedactionTests {
    @Test(arguments: [
        // The password before the host, with every character that people leave unencoded.
        ("rtsp://admin:secret1@host/s", "rtsp://admin:***@host/s"),
        ("RTSP://u:p@1.2.3.4:554/s", "RTSP://u:***@1.2.3.4:554/s"),
        ("rtsp://u:p@s:s@cam/1", "rtsp://u:***@cam/1"),
        ("rtsp://u:p:q@cam/1", "rtsp://u:***@cam/1"),
        ("rtsp://u:p/q@host/s", "rtsp://u:***@host/s"),
        ("rtsp://u:p@a/q@host/s", "rtsp://u:***@host/s"),
        ("rtsp://u:p?x=1@host/s", "rtsp://u:***@host/s"),
        ("rtsp://u:p#q@host/s", "rtsp://u:***@host/s"),
        ("rtsp://admin:1234/5@cam/s", "rtsp://admin:***@cam/s"),
        ("rtsp://u:%70%40ss@cam/1", "rtsp://u:***@cam/1"),
        ("rtsp://u%3Apass@cam/1", "rtsp://u%3A***@cam/1"),
        ("rtsp://:onlypassword@cam/1", "rtsp://:***@cam/1"),
        ("rtsp://u:@cam/1", "rtsp://u:***@cam/1"),
        ("rtsp://u:p@[fe80::1]:554/s", "rtsp://u:***@[fe80::1]:554/s"),
        ("udp://u:päss@cam", "udp://u:***@cam"),
        // Parameters.
        ("http://cam/v.cgi?user=admin&password=12 34&ch=1", "http://cam/v.cgi?user=admin&password=***&ch=1"),
        ("http://cam/v.cgi?usr=a&pwd=x", "http://cam/v.cgi?usr=a&pwd=***"),
        ("http://cam/v?loginuse=a&loginpas=x", "http://cam/v?loginuse=a&loginpas=***"),
        ("https://h/x.m3u8?Access_Token=a.b-c&x=1", "https://h/x.m3u8?Access_Token=***&x=1"),
        ("https://h/x?X-Amz-Signature=ab&X-Amz-Date=1", "https://h/x?X-Amz-Signature=***&X-Amz-Date=1"),
        ("https://h/x?apikey=a/b#c", "https://h/x?apikey=***"),
        ("http://h/x?auth=Zm9v==", "http://h/x?auth=***"),
        ("srt://h:9000?mode=caller&passphrase=0123456789", "srt://h:9000?mode=caller&passphrase=***"),
        (
            "rtsp://h:554/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?real_stream",
            "rtsp://h:554/user=admin_password=***_channel=1_stream=0.sdp?real_stream"
        ),
        ("rtsp://h/user=admin&password=x&channel=1", "rtsp://h/user=admin&password=***&channel=1"),
        ("rtsp://h/user%3Dadmin%26password%3Dx%26channel%3D1", "rtsp://h/user%3Dadmin%26password%3D***%26channel%3D1"),
        ("rtsp://h:554/s?password=a@b", "rtsp://h:554/s?password=***"),
        ("rtsp://u:p@h/s?token=a@b&x=1", "rtsp://u:***@h/s?token=***&x=1"),
        // Without a scheme, as the error shows what was typed.
        ("admin:secret@host/stream", "admin:***@host/stream"),
        ("rtsp:/admin:secret@host/stream", "rtsp:/admin:***@host/stream"),
        // No secrets.
        ("rtsp://host:554/stream1", "rtsp://host:554/stream1"), ("rtsp://admin@host/s", "rtsp://admin@host/s"),
        ("http://192.168.1.5:8080/live@hd", "http://192.168.1.5:8080/live@hd"), ("http://host/a@2x.mp4", "http://host/a@2x.mp4"),
        ("street.mp4", "street.mp4"), ("-", "-"), ("", ""), ("file:///a:b@c.mp4", "file:///a:b@c.mp4"),
        ("frames/%04d.png", "frames/%04d.png"),
    ])
    func secretsAreReplaced(input: String, shown: String) { #expect(InputName(input).redacted == shown) }

    @Test func aFileKeepsItsName() throws {
        try withFile(Data([1]), name: "12:30@cam?password=x.mp4") { path in #expect(InputName(path).redacted == path) }
    }

    @Test func whatIsSaidOfAnInputHasNoSecrets() {
        let redaction = Redaction("rtsp://u:p%40ss/word@cam/s?pwd=tok")
        for (line, shown) in [
            ("Opening 'rtsp://u:p%40ss/word@cam/s?pwd=tok' failed", "Opening 'rtsp://u:***@cam/s?pwd=***' failed"),
            ("Failed to resolve hostname u: p@ss/word", "Failed to resolve hostname u: ***"),
            ("no such path: word@cam", "no such path: ***@cam"),
            ("at http://v:w@other/x, tok", "at http://v:***@other/x, ***"),
            ("Tokyo is a word", "Tokyo is a ***"), ("401 Unauthorized", "401 Unauthorized"),
        ] { #expect(redaction.apply(to: line) == shown) }
    }

    @Test(arguments: [
        "rtsp://admin:s3cret@127.0.0.1:1/stream", "rtsp://admin:s3cret/x@127.0.0.1:1/s", "http://127.0.0.1:1/x?pwd=s3cret",
        "admin:s3cret@cam/s",
    ])
    func errorsHaveNoSecrets(input: String) throws {
        let error = try #require(failure(input))
        #expect(!error.description.contains("s3cret"))
        #expect(error.url == InputName(input).redacted)
    }

    @Test(arguments: [("rtsp://u:a#b@127.0.0.1:1/s", "%23"), ("rtsp://u:a/b@127.0.0.1:1/s", "%2F"), ("rtsp://u:a?b@127.0.0.1:1/s", "%3F")])
    func charactersThatEndTheHostAreExplained(input: String, code: String) throws {
        let error = try #require(failure(input))
        #expect(error.message.contains("write it as \(code)"), "\(error.message)")
        #expect(error.message.contains("percent-encoding"))
    }
}
