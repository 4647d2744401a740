import Foundation
import Hashing

/// Who may ask: one token a line in a file.
public struct TokenList: Sendable {
    /// SHA-256 of each: all of the same length, whatever the tokens are.
    private let digests: [[UInt8]]

    public static let shortest = 16

    /// - Throws: for tokens that anyone could guess, or that no header can carry.
    public init(_ tokens: [String]) throws(EdgeServerError) {
        guard !tokens.isEmpty else { throw EdgeServerError("there is no token in it: write one a line; 'openssl rand -hex 32' makes one") }
        for (number, token) in tokens.enumerated() {
            guard token.utf8.count >= Self.shortest, token.utf8.allSatisfy({ (33...126).contains($0) }) else {
                throw EdgeServerError(
                    "token \(number + 1) is shorter than \(Self.shortest) characters, or has spaces in it; 'openssl rand -hex 32' makes one"
                )
            }
        }
        digests = tokens.map(Self.digest)
    }

    /// Blank lines and those that begin with # do not count.
    public init(file path: String) throws(EdgeServerError) {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw EdgeServerError("\(path): the tokens cannot be read; check the path, the file's owner and its mode")
        }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        do throws(EdgeServerError) { try self.init(lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }) } catch {
            throw EdgeServerError("\(path): \(error)")
        }
    }

    /// Whether an `Authorization` header has one of the tokens. Takes the same time whichever, and however much of it is right.
    func accepts(_ authorization: String?) -> Bool {
        guard let authorization, authorization.utf8.count < 4096, authorization.prefix(7).lowercased() == "bearer " else { return false }
        let given = Self.digest(String(authorization.dropFirst(7)))
        return digests.reduce(false) { isKnown, digest in
            let difference = zip(given, digest).reduce(0) { $0 | ($1.0 ^ $1.1) }
            return (difference == 0) || isKnown
        }
    }

    private static func digest(_ token: String) -> [UInt8] {
        var token = token
        return Array(token.withUTF8 { SHA256.hex(of: UnsafeRawBufferPointer($0)) }.utf8)
    }
}
