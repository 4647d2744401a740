/// What of a command or address may be shown.
public enum NoticeText {
    /// A command of the shell or an address without what is usually secret: passwords behind `-u` and `--user`, what stands behind
    /// `Authorization:` and `Bearer`, values whose name says so (`token=…`), and paths of addresses, which are the secret of webhooks.
    public static func withoutSecrets(_ command: String) -> String {
        command
            .replacing(/(https?:\/\/)(?:[^\/?#\s'"]*@)?([^\/?#\s'"]+)[\/?#][^\s'"]+/.ignoresCase()) { "\($0.1)\($0.2)/…" }
            .replacing(/([a-z]+:\/\/[^\/:@\s'"]*:)[^\/@\s'"]+@/.ignoresCase()) { "\($0.1)***@" }
            .replacing(/((?:^|\s)(?:-[a-zA-Z]*u\s*|--(?:proxy-)?user[ =]\s*)['"]?[^\s:'"]*:)[^\s'"]+/) { "\($0.1)***" }
            .replacing(/((?:authorization|x-[a-z\-]*(?:token|key|secret)):\s*(?:(?:basic|bearer|digest|token)\s+)?)[^\s'"]+/.ignoresCase())
        {
            "\($0.1)***"
        }
            .replacing(/(\bbearer\s+)[^\s'"*]+/.ignoresCase()) { "\($0.1)***" }
            .replacing(/((?:^|\s)--[a-z\-]*(?:pass|token|secret|key)[a-z\-]*\s+['"]?)[^\s'"$*\-][^\s'"]*/.ignoresCase()) { "\($0.1)***" }
            .replacing(/([a-z0-9_\-]*(?:pass|pwd|token|secret|api[_\-]?key)[a-z0-9_\-]*=['"]?)[^\s'"&$*]+/.ignoresCase()) { "\($0.1)***" }
    }
}
