import CGlibc
import Glibc

/// How the process keeps memory that nothing uses.
package enum FreeMemory {
    /// Has all threads that are started from now on allocate from one arena, and blocks of 128 KiB and more mapped by themselves, so that
    /// they go back to the system when they are freed. To be called before other threads start.
    ///
    /// glibc gives new threads arenas of their own, and once a block as large as a picture was freed, pictures lie in arenas as well: what
    /// one thread freed the others do not use. And each connection of a live input has threads of its own: blocks that outlive it keep pages
    /// of its arena in use, and a run grows by a few megabytes in twenty breaks.
    package static func keepTogether() {
        mallopt(M_ARENA_MAX, 1)
        // glibc's default; once it is set, glibc no longer raises it to the size of the blocks that are freed.
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
    }

    /// Gives the free memory of all arenas back to the system. Takes milliseconds.
    static func release() { malloc_trim(0) }

    /// Lets go of the pages of the program's and its libraries' files that are mapped to be read only: starting up touches most of them, a
    /// run a tenth. The system keeps them as any file's, for as long as it has no other use for the memory, and maps those that are used
    /// again. A debugger's breakpoints of before are lost.
    package static func releaseProgram() {
        _ = dl_iterate_phdr(
            { object, _, _ in
                let object = object!.pointee
                for segment in UnsafeBufferPointer(start: object.dlpi_phdr, count: Int(object.dlpi_phnum))
                where segment.p_type == UInt32(PT_LOAD) && segment.p_flags & UInt32(PF_W) == 0 {
                    let page = UInt64(sysconf(Int32(_SC_PAGESIZE))), start = object.dlpi_addr + segment.p_vaddr, first = start / page * page
                    madvise(UnsafeMutableRawPointer(bitPattern: UInt(first)), Int(start + segment.p_memsz - first), MADV_DONTNEED)
                }
                return 0
            }, nil)
    }
}
