import DeepVid
import Glibc

/// The clips of folders that fill, as they become complete.
public struct FollowedFolders {
    private let inputs: [String]
    private let isCompressed: Bool
    private var watch = FolderWatch()
    /// What was wrong at the last look: said once.
    private var known: Set<String>
    /// Extensions of files that were passed over. A recorder may write a picture beside each video: who is told of the first knows.
    private var passedOver: Set<String>
    /// When the next look is due, and how often that is, in seconds.
    private var next = 0.0

    /// - Parameters:
    ///   - inputs: folders, files and patterns, as `ClipList` takes them.
    ///   - list: what is there already: what is wrong with it, and which files are no videos, is known.
    public init(_ inputs: [String], isCompressed: Bool, after list: ClipList) {
        (self.inputs, self.isCompressed, known) = (inputs, isCompressed, Set(list.problems))
        passedOver = Set(list.passedOver.byExtension.keys)
    }

    /// Looks, if it is time.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: the clips that are complete now and have not been given in this state, in the order in which they came; and what is
    ///   wrong, but was not at the look before, or is passed over.
    public mutating func look(now: Double) -> (clips: [BatchClip], problems: [String]) {
        guard now >= next || now < next - 3600 else { return ([], []) }
        let began = ContinuousClock.now
        var problems: [String] = [], paths: [String] = [], strange: [String] = []
        do throws(DeepVidError) {
            let list = try ClipList(inputs, isCompressed: isCompressed, isFollowing: true)
            (problems, paths) = (list.problems, list.clips.map(\.path))
            for (suffix, path) in list.passedOver.byExtension.sorted(by: { $0.value < $1.value }) where passedOver.insert(suffix).inserted {
                strange.append("\(path): is passed over, as its name is of no video; others with its ending are not named")
            }
        } catch { problems = [error.message] }
        // A share that is away takes no files with it: those that were done are not done again when it is back.
        let clips = problems.isEmpty || !paths.isEmpty ? watch.take(paths, now: now) : []
        let new = problems.filter { !known.contains($0) }
        known = Set(problems)
        next = now + max(FolderWatch.lookInterval, 10 * (began.duration(to: .now) / .seconds(1)))
        return (clips.map { BatchClip(path: $0, isCompressed: isCompressed) }, new + strange)
    }
}
