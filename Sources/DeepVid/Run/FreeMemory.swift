import Glibc

/// Memory that the allocator keeps for later.
///
/// glibc lets every thread of a connection cut its blocks out of one of many arenas, and once a picture was freed, pictures
/// as well. What outlives the connection then holds on to pages here and there, and a run grows by a few megabytes in twenty
/// breaks. With one arena, and blocks of the size of pictures outside of it, it stays where it was.
package enum FreeMemory {
    /// Makes the threads to come keep it in one place, and large blocks go back to the system when they are freed.
    package static func keepTogether() {
        // Numbers of malloc.h.
        let (mmapThreshold, arenaMax): (Int32, Int32) = (-3, -8)
        _ = set?(arenaMax, 1)
        // The usual one; but set, it does not rise with what is freed.
        _ = set?(mmapThreshold, 128 << 10)
    }

    /// Hands it back to the system, of all threads' arenas. Costs milliseconds.
    static func release() { _ = trim?(0) }

    // Swift's Glibc module leaves malloc.h out.
    private static let set = dlsym(nil, "mallopt").map { unsafeBitCast($0, to: (@convention(c) (Int32, Int32) -> Int32).self) }
    private static let trim = dlsym(nil, "malloc_trim").map { unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self) }
}
