import Glibc

// Before any other thread: they inherit which signals are blocked.
let ending = Ending.install()
exit(await run(Array(CommandLine.arguments.dropFirst()), ending))
