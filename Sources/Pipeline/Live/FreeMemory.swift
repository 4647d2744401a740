import Glibc

/// Memory that the allocator keeps for later.
enum FreeMemory {
    /// Hands it back to the system, of all threads' arenas. Costs milliseconds.
    static func release() { _ = trim?(0) }

    /// Swift's Glibc module leaves malloc.h out.
    private static let trim = dlsym(nil, "malloc_trim").map { unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self) }
}
