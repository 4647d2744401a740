/// The program's version, as `deepvid --version` and the `begin` record state it.
public let deepvidVersion = "0.1.0"
