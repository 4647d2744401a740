import Glibc

// Names of files as Linux has them: any bytes but 0 and '/'. A `String` holds Unicode only, so a name that is not UTF-8 is
// carried in an escaped form, in which it goes through options, records and messages like any other name. Two names are equal
// exactly if their escaped forms have the same UTF-8 bytes.

extension String {
    /// A name, or a path, from its bytes. Each byte that is not part of UTF-8 becomes a scalar from U+EF80 to U+EFFF, whose last two
    /// hexadecimal digits are the byte. Where the bytes spell such a scalar themselves, they are escaped as well: no two names
    /// have the same escaped form.
    ///
    /// - Complexity: O(length).
    package init(fileName bytes: some Collection<UInt8>) {
        var scalars = UnicodeScalarView()
        func escape(_ bytes: some Sequence<UInt8>) { for byte in bytes { scalars.append(Unicode.Scalar(0xEF00 + UInt32(byte))!) } }
        var parser = Unicode.UTF8.ForwardParser(), iterator = bytes.makeIterator(), rest = bytes[...]
        reading: while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                if Self.escapes.contains(scalar.value) { escape(rest.prefix(encoded.count)) } else { scalars.append(scalar) }
                rest = rest.dropFirst(encoded.count)
            case .error(let length):
                escape(rest.prefix(length))
                rest = rest.dropFirst(length)
            case .emptyInput: break reading
            }
        }
        self.init(scalars)
    }

    /// A name that the system gave, ended by 0.
    package init(fileName pointer: UnsafePointer<CChar>) {
        self.init(fileName: UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
    }

    /// The bytes of a name in escaped form.
    package var fileNameBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        for scalar in unicodeScalars {
            if Self.escapes.contains(scalar.value) { bytes.append(UInt8(scalar.value & 0xFF)) } else { bytes += UTF8.encode(scalar)! }
        }
        return bytes
    }

    /// What system calls take for this name: its bytes, ended by 0. Use it wherever a path goes to C.
    package var fileName: [CChar] { fileNameBytes.map { CChar(bitPattern: $0) } + [0] }

    /// For people: escaped bytes as `\xE9`.
    package var printableFileName: String {
        guard unicodeScalars.contains(where: { Self.escapes.contains($0.value) }) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if Self.escapes.contains(scalar.value) {
                text += "\\x" + String(scalar.value & 0xFF, radix: 16, uppercase: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    private static let escapes: ClosedRange<UInt32> = 0xEF80...0xEFFF
}

/// The arguments of this process after its name, each in escaped form.
package func commandLineArguments() -> [String] {
    (1..<max(1, Int(CommandLine.argc))).compactMap { CommandLine.unsafeArgv[$0].map { String(fileName: $0) } }
}

/// Everything in a file, or nil with `errno`.
package func readFile(_ path: String) -> [UInt8]? {
    let descriptor = open(path.fileName, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count > 0 { bytes += buffer[..<count] } else if count == 0 { return bytes } else if errno != EINTR { return nil }
    }
}

/// The names in a folder without `.` and `..`, in the order of their bytes; nil with `errno` if it cannot be read.
package func namesInFolder(_ path: String) -> [String]? {
    guard let handle = opendir(path.fileName) else { return nil }
    defer { closedir(handle) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(handle) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
            name.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(fileName: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
        errno = 0
    }
    if errno != 0 { return nil }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}

/// Makes a folder and those around it where they are missing.
/// - Returns: false with `errno` when that cannot be.
package func makeFolders(_ path: String) -> Bool {
    if mkdir(path.fileName, 0o777) == 0 { return true }
    if errno == ENOENT, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex {
        return makeFolders(String(path[..<slash])) && (mkdir(path.fileName, 0o777) == 0 || errno == EEXIST)
    }
    guard errno == EEXIST else { return false }
    var status = stat()
    if stat(path.fileName, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return true }
    errno = ENOTDIR
    return false
}
