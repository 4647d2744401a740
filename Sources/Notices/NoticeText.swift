/// What of a command or address may be shown.
public enum NoticeText {
    /// A command of the shell or an address without what is usually secret: passwords behind `-u` and `--user`, what stands behind
    /// `Authorization:` and `Bearer`, values whose name says so (`token=…`), and paths of addresses, which are the secret of webhooks.
    public static func withoutSecrets(_ command: String) -> String {
        let address = /(https?:\/\/)(?:[^\/?#\s'"]*@)?([^\/?#\s'"]+)[\/?#][^\s'"]+/.ignoresCase()
        var text = command.replacing(address) { "\($0.1)\($0.2)/…" }
        // What stands before a secret, which is the rest of the match. Variables of the shell (`$TOKEN`) are none.
        let secrets: [Regex<(Substring, Substring)>] = [
            /([A-Za-z]+:\/\/[^\/:@\s'"]*:)[^\/@\s'"]+(?=@)/,
            /((?:^|\s)(?:-[A-Za-z]*u\s*|--(?:proxy-)?user[ =]\s*)['"][^:'"]*:)[^'"]+/,
            /((?:^|\s)(?:-[A-Za-z]*u\s*|--(?:proxy-)?user[ =]\s*)[^\s:'"]*:)[^\s'"]+/,
            /((?:^|\s)-P\s+['"]?)[^\s'"$\-][^\s'"]*/,
            /((?:authorization|x-[a-z\-]*(?:token|key|secret)):\s*(?:(?:basic|bearer|digest|token)\s+)?)[^\s'"]+/.ignoresCase(),
            /(\bbearer\s+)[^\s'"*]+/.ignoresCase(),
            /((?:^|\s)--[a-z\-]*(?:pass|pw|token|secret|key)[a-z\-]*\s+['"]?)[^\s'"$*\-][^\s'"]*/.ignoresCase(),
            /([a-z0-9_\-]*(?:pass|pwd|token|secret|api[_\-]?key)[a-z0-9_\-]*=['"]?)[^\s'"&$*]+/.ignoresCase(),
        ]
        for secret in secrets { text.replace(secret) { "\($0.1)***" } }
        return text
    }
}
