import DeepVid
import Glibc

/// The clips of folders that fill, as they become complete.
public struct FollowedFolders {
    private let inputs: [String]
    private let isCompressed: Bool
    private var watch = FolderWatch()
    /// What was wrong at the last look: said once.
    private var known: Set<String>
    /// When the next look is due, and how often that is, in seconds.
    private var next = 0.0

    /// - Parameters:
    ///   - inputs: folders, files and patterns, as `ClipList` takes them.
    ///   - known: what is known to be wrong.
    public init(_ inputs: [String], isCompressed: Bool, knownProblems known: [String]) {
        (self.inputs, self.isCompressed, self.known) = (inputs, isCompressed, Set(known))
    }

    /// Looks, if it is time.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: the clips that are complete now and have not been given in this state, in the order in which they came; and what is
    ///   wrong, but was not at the look before.
    public mutating func look(now: Double) -> (clips: [BatchClip], problems: [String]) {
        guard now >= next || now < next - 3600 else { return ([], []) }
        let began = ContinuousClock.now
        var problems: [String] = [], paths: [String] = []
        do throws(DeepVidError) {
            let list = try ClipList(inputs, isCompressed: isCompressed, isFollowing: true)
            (problems, paths) = (list.problems, list.clips.map(\.path))
        } catch { problems = [error.message] }
        // A share that is away takes no files with it: those that were done are not done again when it is back.
        let clips = problems.isEmpty || !paths.isEmpty ? watch.take(paths, now: now) : []
        let new = problems.filter { !known.contains($0) }
        known = Set(problems)
        next = now + max(FolderWatch.lookInterval, 10 * (began.duration(to: .now) / .seconds(1)))
        return (clips.map { BatchClip(path: $0, isCompressed: isCompressed) }, new)
    }
}
