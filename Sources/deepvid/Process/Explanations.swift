import ArgumentParser

/// A message of ArgumentParser with what it leaves out: what such a value looks like. Without guesses that are far away.
func explained(_ message: String) -> String {
    if let match = message.wholeMatch(of: /The value '.*' is invalid for '(.*) <(.*)>'/) {
        guard let form = match.1 == "--reconnect" ? reconnectionForm : valueForms[String(match.2)] else { return message }
        return "\(message): expected \(form)"
    }
    if let match = message.wholeMatch(of: /(Unknown option '(.*)'\.) Did you mean '(.*)'\?/) {
        return closest(to: String(match.2), among: [String(match.3)]) == nil ? String(match.1) : message
    }
    return message
}

private let timeForm = "seconds (90, 1.5), a clock (1:30), or a number with s, m or h (10m)"
private let reconnectionForm = "forever, never, or a time such as 10m"

/// By the names that values have in the help.
private let valueForms: [String: String] = {
    var forms = ["time": timeForm, "i/n": "a part of a number, such as 1/4", "WxH": "width and height, such as 416x256"]
    for name in ["score", "iou", "share"] { forms[name] = "a number from 0 to 1" }
    for name in ["n", "k", "index", "pixels", "crf"] { forms[name] = "a whole number" }
    for name in ["rate", "distance", "factor", "nats", "dB"] { forms[name] = "a number" }
    return forms
}()
