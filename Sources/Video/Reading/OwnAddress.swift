import Glibc

/// The address in a URL, if it is one of this machine's own: loopback, or of an interface. Nil for names, groups of hosts, and `0.0.0.0`.
func ownAddress(in url: String) -> String? {
    guard let match = url.prefixMatch(of: /[a-z]+:\/\/(?:[^@\/]*@)?(?:\[([0-9A-Fa-f:.%a-z]+)\]|([0-9.]+))(?=[:\/?]|$)/) else { return nil }
    let address = String(match.1 ?? match.2 ?? "")
    var hints = addrinfo(), found: UnsafeMutablePointer<addrinfo>?
    (hints.ai_flags, hints.ai_socktype) = (AI_NUMERICHOST, Int32(SOCK_DGRAM.rawValue))
    guard getaddrinfo(address, nil, &hints, &found) == 0, let found else { return nil }
    defer { freeaddrinfo(found) }
    guard let bytes = found.pointee.ai_addr, !isGroupOrAny(bytes) else { return nil }
    let probe = socket(found.pointee.ai_family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard probe >= 0 else { return nil }
    defer { close(probe) }
    // The system gives a port only at addresses that it has.
    return bind(probe, bytes, found.pointee.ai_addrlen) == 0 ? address : nil
}

/// Whether an address stands for several hosts, or for all of this one's own.
private func isGroupOrAny(_ address: UnsafePointer<sockaddr>) -> Bool {
    if address.pointee.sa_family == sa_family_t(AF_INET) {
        return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            let number = UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
            return number == 0 || number >= 0xE000_0000
        }
    }
    return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
        withUnsafeBytes(of: pointer.pointee.sin6_addr) { $0[0] == 0xFF || $0.allSatisfy { $0 == 0 } }
    }
}
