import Foundation
import Results
import Testing

/// `deepvid run`: processes that end come back, and end in order.
///
/// Files are played as if they were cameras. Scripts wait for what is to happen, and a hanging one is killed by `shell`.
@Suite struct RunTests {
    /// Shell functions: the process of a camera, and waiting until a command succeeds.
    private static let functions = """
        process() { for p in $(cat /proc/$run/task/*/children); do tr '\\0' ' ' </proc/$p/cmdline | grep -q -e "--camera $1 " && echo $p; done; }
        until_true() { for i in $(seq 1200); do eval "$1" 2>/dev/null && return; sleep 0.05; done; echo "never: $1" >&2; }

        """

    private func run(_ settings: String, _ script: String) throws -> (outcome: Outcome, place: Workspace) {
        let place = try Workspace()
        try place.write(settings, to: "deepvid.toml")
        let loop = "ffmpeg -nostdin -loglevel error -stream_loop 40 -i street.mp4 -c copy long.mp4; "
        return (try shell(Self.functions + loop + script, in: place), place)
    }

    private func records(_ place: Workspace, _ path: String) throws -> Records { try Records(try shell("cat \(path)", in: place)) }

    private static let camera = "input = \"long.mp4\"\nlive = true\nfps = 5\n"

    @Test(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) func aKilledCameraComesBackAndAllEndInOrder() throws {
        let (outcome, place) = try run(
            "output = \"records\"\nmetrics = \"metrics\"\nthreads = 1\n[camera.gate]\n\(Self.camera)[camera.lane]\n\(Self.camera)[camera.yard]\n"
                + "input = \"nvr\"\noutput = \"yard\"\nmax-frames = 3\n",
            """
            mkdir nvr; printf no >nvr/broken.mp4; touch -d '1 hour ago' nvr/broken.mp4
            deepvid run 2>errors & run=$!
            until_true '[ -s records/gate.jsonl ] && [ -s records/lane.jsonl ] && [ -s yard/nvr/broken.mp4.jsonl ]'
            cp street.mp4 a.mp4; touch -d '1 minute ago' a.mp4; mv a.mp4 nvr; until_true '[ -s yard/nvr/a.mp4.jsonl ]'
            kill -KILL $(process gate); until_true '[ "$(grep -c \\"begin\\" records/gate.jsonl)" = 2 ]'
            ps=$(cat /proc/$run/task/*/children); kill $run; wait $run; echo $?
            for p in $ps; do [ -d /proc/$p ] && echo alive; done; cat errors >&2
            """)
        #expect(outcome.lines == ["0"], "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("deepvid: gate: error: was ended by signal 9"), "\(outcome.errors)")
        #expect(outcome.errors.contains("it is started again in 1 s"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("lane: error"), "\(outcome.errors)")
        let gate = try records(place, "records/gate.jsonl")
        #expect(gate.begins.map(\.camera) == ["gate", "gate"])
        #expect(gate.ends.map(\.reason) == [.interrupted])
        #expect(gate.types.last == "end")
        let lane = try records(place, "records/lane.jsonl")
        #expect(lane.types.filter { $0 != "frame" } == ["begin", "end"])
        #expect(try records(place, "yard/nvr/a.mp4.jsonl").begins.first?.camera == "yard")
        // The broken one is named once, however often the folder is looked at.
        #expect(outcome.errors.components(separatedBy: "nvr/broken.mp4: ").count == 2, "\(outcome.errors)")
        let metrics = try shell("cat metrics/*.prom", in: place).output
        #expect(metrics.contains(#"deepvid_clips_total{camera="yard",reason="finished"} 1"#), "\(metrics)")
        #expect(metrics.contains(#"deepvid_clips_total{camera="yard",reason="failed"} 1"#), "\(metrics)")
        #expect(metrics.contains(#"deepvid_latency_seconds_count{camera="lane"} \#(lane.frames.count)"#), "\(metrics)")
        let counted = try expectSuccess("deepvid count records yard --by camera --format csv", in: place)
        #expect(counted.lines.dropFirst().map { $0.prefix { $0 != "," } } == ["gate", "lane", "yard"])
    }

    @Test(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) func settingsAreReadAgain() throws {
        let (outcome, _) = try run(
            "output = \"records\"\n[camera.gate]\n\(Self.camera)[camera.lane]\n\(Self.camera)[camera.old]\n\(Self.camera)",
            """
            deepvid run --log json 2>errors & run=$!
            until_true '[ -s records/gate.jsonl ] && [ -s records/lane.jsonl ] && [ -s records/old.jsonl ]'
            gate=$(process gate); lane=$(process lane)
            echo 'x = [' >broken; cp deepvid.toml good; cat good broken >deepvid.toml; kill -HUP $run; until_true 'grep -q "from before" errors'
            [ "$(process lane)" = $lane ] && echo "as before"
            sed -e '/camera.old/,$d' -e '/camera.lane/,$s/fps = 5/fps = 4/' good >deepvid.toml
            printf '[camera.new]\\ninput = "long.mp4"\\nlive = true\\n' >>deepvid.toml; kill -HUP $run
            until_true '[ -s records/new.jsonl ] && [ "$(grep -c \\"begin\\" records/lane.jsonl)" = 2 ]'
            until_true '[ -z "$(process old)" ]'; [ "$(process gate)" = $gate ] && echo "gate goes on"
            jq -c 'select(.type == "begin") | .options.fps' records/lane.jsonl
            jq -r 'select(.type == "end") | .reason' records/old.jsonl
            kill $run; wait $run; echo $?; jq -r .level errors | sort -u; cat errors >&2
            """)
        #expect(
            outcome.lines == ["as before", "gate goes on", "5", "4", "interrupted", "0", "error", "info"],
            "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("deepvid.toml:14:"), "\(outcome.errors)")
    }

    /// A camera that is added, and one that is taken out, are no reason to start another anew, though its share of the CPUs changes; what
    /// the exporter finds has no series twice, and nothing of who is gone.
    @Test(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) func othersGoOnWhereOneComesAndGoes() throws {
        let camera = Self.camera + "classes = [\"person\"]\nzones = \"zones.json\"\n"
        let (outcome, place) = try run(
            "output = \"records\"\nmetrics = \"metrics\"\n[camera.gate]\n\(camera)",
            """
            umask 077; cp deepvid.toml one
            echo '{"unit": "fraction", "zones": [{"name": "a", "points": [[0, 0], [0.1, 0], [0.1, 0.1]]}]}' >zones.json
            deepvid run 2>errors & run=$!
            until_true '[ -s records/gate.jsonl ] && [ -s metrics/run.prom ]'; gate=$(process gate)
            printf '[camera.lane]\n%s' '\(Self.camera)' >>deepvid.toml; kill -HUP $run
            until_true '[ -s records/lane.jsonl ] && grep -q "up.*lane.* 1" metrics/run.prom'
            [ "$(process gate)" = $gate ] && echo "gate goes on"; mkdir both; cp -p metrics/*.prom both; stat -c '%a %n' both/*
            cp one deepvid.toml; kill -HUP $run; until_true '[ ! -e metrics/lane.prom ]'; until_true '! grep -q lane metrics/run.prom'
            [ "$(process gate)" = $gate ] && echo "gate goes on"
            echo x >>deepvid.toml; kill -HUP $run; until_true 'grep -q "success 0" metrics/run.prom'
            kill $run; wait $run; echo $?; cat errors >&2
            """)
        #expect(
            outcome.lines == ["gate goes on", "644 both/gate.prom", "644 both/lane.prom", "644 both/run.prom", "gate goes on", "0"],
            "\(outcome.output)\(outcome.errors)")
        for line in [
            "deepvid: lane: added", "deepvid: lane: ended, it is no longer in the settings", "deepvid: settings read again",
        ] { #expect(outcome.errors.contains(line + "\n"), "\(outcome.errors)") }
        #expect(!outcome.errors.contains("started anew"), "\(outcome.errors)")
        let both = try shell("cat both/*.prom", in: place)
        let series = both.lines.filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != " " } }
        #expect(Set(series).count == series.count, "\(both.output)")
        for line in [
            #"deepvid_camera_up{camera="gate"} 1"#, #"deepvid_camera_restarts_total{camera="lane"} 0"#,
            "deepvid_settings_reload_success 1", #"deepvid_info{camera="lane",version="#,
            #"deepvid_zone_events_total{camera="gate",event="enter",place="a",class="person"} "#,
            #"deepvid_objects_total{camera="gate",class="person"} "#, #"deepvid_corrupt_packets_total{camera="gate"} 0"#,
        ] { #expect(both.lines.contains { $0.hasPrefix(line) }, "\(line)\n\(both.output)") }
    }

    @Test func aBadFileIsTriedAgainWhenItChanges() throws {
        let place = try Workspace()
        try place.write("output = \"records\"\nmax-frames = 2\n[camera.a]\ninput = \"a.mp4\"\n", to: "deepvid.toml")
        let outcome = try expectSuccess(
            Self.functions + """
                echo no >a.mp4; cp street.mp4 b.mp4; touch -d '1 minute ago' b.mp4; deepvid run 2>errors & run=$!
                until_true 'grep -q "is started again when" errors'; sleep 1.5; grep -c "is started$" errors; mv b.mp4 a.mp4
                wait $run && cat errors >&2
                """, in: place)
        #expect(outcome.lines == ["1"], "\(outcome.errors)")
        #expect(outcome.errors.contains("a: is done"), "\(outcome.errors)")
        #expect(try records(place, "records/a.jsonl").frames.count == 2)
    }

    /// What one camera lacks is no matter of the others', however it lacks it.
    @Test func oneCameraThatCannotStartKeepsNoOtherDown() throws {
        let lacking = [
            "input = \"gone.mp4\"", "input = \"/dev/video97\"", "input = \"empty.mp4\"", "input = \"gone/yard\"",
            "input = \"street.mp4\"\nmodel = \"no.onnx\"",
        ]
        let cameras = lacking.enumerated().map { "[camera.bad\($0)]\n\($1)\n" }.joined()
        let (outcome, place) = try run(
            "output = \"records\"\nmetrics = \"metrics\"\nmax-frames = 2\n[camera.good]\ninput = \"street.mp4\"\n" + cameras,
            """
            : >empty.mp4; deepvid run 2>errors & run=$!
            until_true '[ "$(grep -c "started again in 300 s" errors)" = 5 ]'; until_true 'grep -q "good: is done" errors'
            until_true 'grep -q "up.*bad0.* 0" metrics/run.prom'; kill $run; wait $run; echo $?; cat errors >&2
            """)
        #expect(outcome.lines == ["0"], "\(outcome.output)\(outcome.errors)")
        #expect(try records(place, "records/good.jsonl").frames.count == 2)
        for words in [
            "gone.mp4: no such file", "/dev/video97: no such file", "empty.mp4: the file is empty", "no.onnx: no such model file",
        ] {
            #expect(outcome.errors.contains(words), "\(words)\n\(outcome.errors)")
        }
        // A line when it is checked, and one when it is refused.
        #expect(outcome.errors.components(separatedBy: "gone.mp4: no such file").count == 3, "\(outcome.errors)")
        #expect(outcome.errors.contains("stopped: 6 cameras ended"), "\(outcome.errors)")
    }

    /// Two that write one file spoil it.
    @Test(.enabled(if: LiveSource.isAvailable, LiveSource.missing), arguments: ["", "segment = \"1m\"\n"])
    func aSecondRunIsRefused(segment: String) throws {
        let (outcome, _) = try run(
            "output = \"records\"\nmetrics = \"metrics\"\n[camera.gate]\n\(Self.camera)\(segment)[camera.yard]\ninput = \"nvr\"\n",
            """
            mkdir nvr; deepvid run 2>errors & run=$!
            until_true '[ -s records/gate.jsonl ] || [ -s records/gate-*.part ]'; until_true '[ -e records/manifest.jsonl ]'
            until_true 'grep -q " 1" metrics/run.prom'
            deepvid run 2>others & second=$!
            until_true '[ "$(grep -c "was refused: .*another deepvid" others)" = 2 ]'; until_true 'grep -q run.prom others'
            grep "camera_up.*gate" metrics/run.prom; grep -o "pid $(process gate)" others; ls records | grep -c gate
            kill $second; wait $second; kill $run; wait $run; cat errors others >&2
            """)
        let lines = outcome.lines
        #expect(lines.first == #"deepvid_camera_up{camera="gate"} 1"#, "\(outcome.output)\(outcome.errors)")
        #expect(lines.dropFirst().first?.hasPrefix("pid ") == true, "\(outcome.output)\(outcome.errors)")
        #expect(lines.last == "1", "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("is written by another deepvid (pid "), "\(outcome.errors)")
    }

    @Test func metricsOfCamerasThatAreGoneAreRemoved() throws {
        let (outcome, _) = try run(
            "output = \"records\"\nmetrics = \"metrics\"\nmax-frames = 1\n[camera.a]\ninput = \"street.mp4\"\n"
                + "[camera.b]\ninput = \"street.mp4\"\n",
            """
            deepvid run && echo 'mine 1' >metrics/mine.prom && deepvid infer street.mp4 --max-frames 1 --metrics metrics/other.prom >records/x
            ls metrics; sed -i '/camera.b/,$d' deepvid.toml; deepvid run && ls metrics
            """)
        let rest = ["mine.prom", "other.prom", "run.prom"]
        #expect(outcome.lines == ["a.prom", "b.prom"] + rest + ["a.prom"] + rest, "\(outcome.output)\(outcome.errors)")
    }

    /// A full disk is one line, and its camera is tried again in a minute.
    @Test func aFullDiskIsToldOnce() throws {
        let (outcome, _) = try run(
            "metrics = \"metrics\"\n[camera.a]\ninput = \"street.mp4\"\noutput = \"full.jsonl\"\n",
            """
            ln -s /dev/full full.jsonl; deepvid run 2>errors & run=$!
            until_true 'grep -q "started again in 60 s" errors'; until_true 'grep -q "write_failures.* 1" metrics/run.prom'
            grep -c "No space left" errors; kill $run; wait $run; cat errors >&2
            """)
        #expect(outcome.lines == ["1"], "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("a: error: ended with status 1: cannot write to full.jsonl: No space left"), "\(outcome.errors)")
    }

    /// Wrong settings stay wrong, and are no reason to start again and again; files may come.
    @Test func theStatusSaysWhetherTryingAgainHelps() throws {
        let settings = "output = \"o\"\n[camera.a]\ninput = \"street.mp4\"\n"
        for (more, status) in [("model = \"no.onnx\"", 1), ("zones = \"no.json\"", 1), ("scor = 1", 2), ("score = 7", 2)] {
            let place = try Workspace()
            try place.write(settings + more, to: "deepvid.toml")
            let outcome = try shell("deepvid run", in: place)
            #expect(outcome.status == Int32(status), "\(more): \(outcome.errors)")
            #expect(outcome.errors.contains("deepvid.toml:4:1: "), "\(outcome.errors)")
        }
    }

    /// No camera goes on when its supervisor cannot tell it to end.
    @Test(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) func aKilledSupervisorLeavesNobody() throws {
        let (outcome, place) = try run(
            "output = \"records\"\n[camera.gate]\n\(Self.camera)",
            """
            deepvid run & run=$!
            until_true '[ -s records/gate.jsonl ]'; gate=$(process gate); kill -KILL $run; until_true '[ ! -d /proc/$gate ]'
            """)
        #expect(!outcome.errors.contains("never"), "\(outcome.errors)")
        #expect(try records(place, "records/gate.jsonl").ends.map(\.reason) == [.interrupted])
    }

    @Test func finishedCamerasEndTheRun() throws {
        let (outcome, place) = try run(
            "output = \"records\"\nmax-frames = 2\n[camera.a]\ninput = \"street.mp4\"\n[camera.b]\ninput = \"moving.mp4\"\n", "deepvid run")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("deepvid: a: is done"))
        for name in ["a", "b"] { #expect(try records(place, "records/\(name).jsonl").frames.count == 2) }
    }

    @Test(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) func theServiceManagerIsTold() throws {
        let place = try Workspace()
        try place.write("output = \"records\"\n[camera.a]\ninput = \"long.mp4\"\nlive = true\n", to: "deepvid.toml")
        try place.write(
            """
            import os, signal, socket, subprocess
            inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            inbox.bind("notify")
            child = subprocess.Popen(["deepvid", "run"], env=dict(os.environ, NOTIFY_SOCKET=os.path.abspath("notify")))
            said = []
            while said.count("WATCHDOG=1") < 3: said.append(inbox.recv(4096).decode())
            child.terminate()
            while "STOPPING=1" not in said: said.append(inbox.recv(4096).decode())
            print(*sorted(set(said)), child.wait(), sep="\\n")
            """, to: "manager.py")
        let outcome = try expectSuccess(
            "ffmpeg -nostdin -loglevel error -stream_loop 40 -i street.mp4 -c copy long.mp4; python3 manager.py", in: place)
        #expect(outcome.lines == ["READY=1", "STATUS=1 of 1 cameras run", "STOPPING=1", "WATCHDOG=1", "0"], "\(outcome.output)")
    }

    @Test func linesForOtherPrograms() throws {
        let json = try shell("deepvid infer no.mp4 --log json --camera gate")
        #expect(json.status == 2)
        #expect(json.errors.contains(#""level":"error","camera":"gate","message":"no.mp4: no such file"#), "\(json.errors)")
        let journal = try shell("deepvid infer no.mp4 --log journal")
        #expect(journal.errors.hasPrefix("<3>no.mp4: no such file"), "\(journal.errors)")
        // systemd names the device and inode of the file that it reads.
        let found = try shell("export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); deepvid infer no.mp4")
        #expect(found.errors.hasPrefix("<3>"), "\(found.errors)")
        try expectRefusal("deepvid infer street.mp4 --camera a/b", "--camera a/b")
        let unwritable = try expectSuccess("deepvid infer street.mp4 --max-frames 1 --metrics moving.mp4/a.prom")
        #expect(unwritable.errors.hasPrefix("deepvid: warning: --metrics moving.mp4/a.prom: cannot be written: "), "\(unwritable.errors)")
    }
}
