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

    @Option(
        help: ArgumentHelp(
            "How exits are decided: 'odds', or 'paper' for SMTM's rule as published. (default: odds)", valueName: "rule"))
    var exitRule: ExitRuleName?

    enum ExitRuleName: String, ExpressibleByArgument, CaseIterable { case odds, paper }

    func validate() throws {
        if memory == nil, memorySave != nil { throw ValidationError("--memory-save has nothing to write without --memory.") }
        if memory?.isEmpty == true { throw ValidationError("--memory needs the name of a file.") }
        if memorySave?.isEmpty == true { throw ValidationError("--memory-save needs the name of a file.") }
        if memory == nil, exitRule != nil { throw ValidationError("--exit-rule has nothing to decide without --memory.") }
    }

    /// - Parameter target: what `--target-agreement` asks of reuse is asked of exits too.
    func options(target: AgreementTarget?) -> MemoryOptions? {
        guard let memory else { return nil }
        var options = MemoryOptions(file: memory)
        options.saveTo = memorySave
        options.targetAgreement = target?.value
        if exitRule == .paper { options.rule = .paper }
        return options
    }

    /// Warns of a rule by which no frame would leave.
    func warnOfNoExits() throws {
        guard let memory, exitRule == .paper else { return }
        let known = try MemoryStore.read(memory)
        guard !known.limits.hasPaperExits else { return }
        Console.warning(
            "--exit-rule paper: no frame leaves early: no τ of \(memory) reaches \(known.targetAgreement) on the frames kept apart; "
                + "build it for a lower --target-agreement, or leave --exit-rule out")
    }

    /// What to do about exits that miss their target.
    /// - Parameter target: that was given; nil where it is the memory's.
    func advice(target: AgreementTarget?) -> String {
        guard target == nil, let memory, let known = try? MemoryStore.read(memory), known.heldOut.networkAccuracy != nil else { return "" }
        return ": labels have set the memory's limits, by which exits may be right where the network is not; "
            + "--target-agreement \(known.targetAgreement) steers by the network's answers"
    }
}
