import ArgumentParser

/// `person,car`: names separated by commas. Spaces around a name do not count.
struct NameList: ExpressibleByArgument, Equatable {
    let names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",").map { name in
            String(name.trimmingPrefix(while: { $0 == " " }).reversed().trimmingPrefix(while: { $0 == " " }).reversed())
        }
        guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty }) else { return nil }
    }
}
