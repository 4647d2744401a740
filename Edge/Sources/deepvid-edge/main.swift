import Glibc

// Before any other thread: they inherit which signals are blocked.
let ending = Ending.install()
Task.detached { exit(await run(Array(CommandLine.arguments.dropFirst()), ending)) }
// Not by awaiting: that would leave this thread to a loop which lets signals in again.
while true { pause() }
