import CMemory

/// How the process keeps memory that nothing uses.
package enum FreeMemory {
    /// Has all threads that are started from now on allocate from one arena, and blocks of 128 KiB and more mapped by themselves, so that
    /// they go back to the system when they are freed. To be called before other threads start.
    ///
    /// glibc gives new threads arenas of their own, and once a block as large as a picture was freed, pictures lie in arenas as well: what
    /// one thread freed the others do not use. And each connection of a live input has threads of its own: blocks that outlive it keep pages
    /// of its arena in use, and a run grows by a few megabytes in twenty breaks.
    package static func keepTogether() {
        // glibc's default; once it is set, glibc no longer raises it to the size of the blocks that are freed.
        dv_keep_together(128 << 10)
    }

    /// Gives the free memory of all arenas back to the system. Takes milliseconds.
    static func release() { dv_trim() }

    /// Lets go of the pages of the program's and its libraries' files that can only be read: starting up touches most of them, a run a tenth.
    /// The system keeps them as any file's, for as long as it has no other use for the memory, and maps those that are used again. Takes
    /// a millisecond or two. A debugger's breakpoints of before are lost.
    package static func releaseProgram() { dv_release_program() }
}
