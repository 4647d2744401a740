import Glibc

/// How glibc keeps memory that was freed.
///
/// glibc gives new threads arenas of their own, and once a block as large as a picture was freed, pictures lie in arenas as well. Each
/// connection of a live input has threads of its own: blocks that outlive it keep pages of its arena in use, and a run grows by a few
/// megabytes in twenty breaks. With one arena, and pictures mapped outside of it, a run does not grow.
package enum FreeMemory {
    /// Has all threads that are started from now on allocate from one arena, and blocks of 128 KiB and more mapped by themselves, so that
    /// they go back to the system when they are freed.
    package static func keepTogether() {
        // Numbers of malloc.h.
        let (mmapThreshold, arenaMax): (Int32, Int32) = (-3, -8)
        _ = set?(arenaMax, 1)
        // 128 KiB is glibc's default; once it is set, glibc no longer raises it to the size of the blocks that are freed.
        _ = set?(mmapThreshold, 128 << 10)
    }

    /// Gives the free memory of all arenas back to the system. Takes milliseconds.
    static func release() { _ = trim?(0) }

    // Swift's Glibc module leaves malloc.h out.
    private static let set = dlsym(nil, "mallopt").map { unsafeBitCast($0, to: (@convention(c) (Int32, Int32) -> Int32).self) }
    private static let trim = dlsym(nil, "malloc_trim").map { unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self) }
}
