import ArgumentParser
import DeepVid
import SemanticMemory

/// Leaving a classifier early by what is remembered of its classes.
struct MemoryFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("Leave a classifier early by this memory, made by 'deepvid memory build'.", valueName: "file"),
        completion: .file())
    var memory: String?

    @Option(
        help: ArgumentHelp("Write the memory, with what was learnt of classes, to this file at the end.", valueName: "file"),
        completion: .file())
    var memorySave: String?

    // For benchmarks/smtm.py: what each part of the rule is worth.
    @Option(help: .hidden) var memoryRule: Recognizer.Settings.Rule?
    @Option(help: .hidden) var memoryHotClasses: Int?
    @Option(help: .hidden) var memoryTarget: Fraction?
    @Flag(help: .hidden) var memoryNoUpdate = false
    @Flag(help: .hidden) var memoryNoHierarchy = false
    @Flag(help: .hidden) var memoryNoScenes = false
    @Flag(help: .hidden) var memoryNoAudit = false

    func validate() throws {
        if memory == nil, memorySave != nil { throw ValidationError("--memory-save has nothing to write without --memory.") }
        if memory?.isEmpty == true { throw ValidationError("--memory needs the name of a file.") }
        if memorySave?.isEmpty == true { throw ValidationError("--memory-save needs the name of a file.") }
        if let memoryHotClasses, memoryHotClasses < 2 {
            throw ValidationError("--memory-hot-classes must be 2 or more, not \(memoryHotClasses).")
        }
    }

    /// - Parameter target: what `--target-agreement` asks of reuse is asked of exits too.
    func options(target: Fraction?) -> MemoryOptions? {
        guard let memory else { return nil }
        var options = MemoryOptions(file: memory)
        options.saveTo = memorySave
        options.targetAgreement = memoryTarget?.value ?? target?.value
        options.settings.rule = memoryRule ?? .odds
        options.settings.hotClasses = memoryHotClasses
        options.settings.learns = !memoryNoUpdate
        options.settings.prefersHot = !memoryNoHierarchy
        options.settings.remembersScenes = !memoryNoScenes
        options.isAudited = !memoryNoAudit
        return options
    }
}

extension Recognizer.Settings.Rule: ExpressibleByArgument {}
