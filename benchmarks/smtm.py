"""Semantic memory: what leaving classifiers early gains and costs, alone and with --cache adaptive.

CIFAR-10's training images make the memories and set their limits. Its test images make long-tailed sequences: shuffled; in
bursts of one class, another picture each frame; and held, each picture in view for some frames while the camera shakes.
deepvid's own constants were tuned on one half of the test images (--smtm-tuning); what is reported is of the other half,
in sequences of other seeds. Clips of ../shared for ImageNet models: the first frames make the memory, those after them
are measured. A run adds to the file of the same commit and day: models can be measured one after the other.
"""
import json
import random
import shutil
import statistics
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from common import RESULTS, SHARED, Refused, choose, say, write_json, write_text

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
SMALL = ["mlperftiny_resnet8_cifar10", "resnet20_cifar10", "resnet32_cifar10", "resnet56_cifar10"]
LARGE = ["mobilenet_v2_1.0_224_imagenet1001", "squeezenet_imagenet_fp32"]
CLIPS = ["fixed_bgslib_motorway_cctv.avi", "fixed_bgslib_road_topdown.avi", "fixed_intel_bottle-detection.mp4",
         "fixed_intel_car-detection.mp4", "fixed_intel_one-by-one-person-detection.mp4",
         "fixed_intel_person-bicycle-car-detection_reenc.mp4", "fixed_ozlu_residential_road.mp4", "tripod_sam2_dog720p.mp4",
         "tripod_sam2_juggle720p.mp4"]
MEMORY_FRAMES = 100
SEQUENCES = ["shuffled", "bursts", "held"]
MEMORY = ["--memory", "{memory}"]
TARGET = ["--target-agreement", "0.99"]
POLICIES = {"off": ["--cache", "off"], "deepcache": ["--cache", "adaptive"],
            "smtm": ["--cache", "off", *MEMORY], "both": ["--cache", "adaptive", *MEMORY]}
RULES = {"odds": [], "paper": ["--exit-rule", "paper"]}
STRANGERS = ["mlperftiny_resnet8_cifar10", "resnet20_cifar10"]
HALVES = {"tuning": (slice(0, 500), [7, 8]), "reported": (slice(500, 1000), [1001, 1002])}


class Run:
    def __init__(self, args: Any, machine: dict[str, Any], folder: Path):
        self.args, self.machine, self.folder = args, machine, folder
        self.frames = args.smtm_frames
        self.half = "tuning" if args.smtm_tuning else "reported"
        self.pictures, self.seeds = HALVES[self.half]
        if not shutil.which(str(args.binary)) and not args.binary.exists():
            raise Refused(f"{args.binary} is missing; build it with 'make build'")

    # Inputs

    def images(self) -> Path:
        target = self.folder / "cifar"
        if not target.exists():
            say("extracting CIFAR-10")
            with tarfile.open(SHARED / "images/cifar10_jpeg.tar.xz") as archive:
                archive.extractall(target, filter="data")
        return target

    def training(self, without: str | None = None, per_class: int = 300) -> Path:
        target = self.folder / f"train-{without}"
        for name in CLASSES:
            if name == without or (target / name).exists():
                continue
            (target / name).mkdir(parents=True)
            for file in sorted((self.images() / "train" / name).glob("*.jpg"))[:per_class]:
                (target / name / file.name).symlink_to(file)
        return target

    def sequence(self, kind: str, seed: int) -> tuple[str, list[str]]:
        """A folder of pictures and the class of each. Class k comes 100^(-k/9) times as often as class 0, in a drawn order."""
        import cv2
        import numpy as np
        target, dice = self.folder / f"sequence-{kind}-{self.half}-{seed}-{self.frames}", random.Random(seed)
        noise = np.random.default_rng(seed)
        order = CLASSES[:]
        dice.shuffle(order)
        weights = [100 ** (-k / 9) for k in range(10)]
        pools = {name: sorted((self.images() / "test" / name).glob("*.jpg"))[self.pictures] for name in CLASSES}
        labels: list[str] = []
        files: list[tuple[Path, tuple[int, int]]] = []
        while len(labels) < self.frames:
            name = dice.choices(order, weights)[0]
            run = 1 if kind == "shuffled" else 1 + int(dice.expovariate(1 / 30))
            while run > 0 and len(labels) < self.frames:
                file, held, at = dice.choice(pools[name]), 1 if kind != "held" else dice.randint(8, 24), [0, 0]
                for _ in range(held):
                    at = [max(-2, min(2, v + dice.choice([-1, 0, 0, 0, 1]))) for v in at]
                    files.append((file, (at[0], at[1]) if kind == "held" else (0, 0)))
                    labels.append(name)
                run -= held
        if not target.exists():
            target.mkdir(parents=True)
            for index, (file, (dx, dy)) in enumerate(files[:self.frames]):
                picture = cv2.imread(str(file))
                if kind == "held":
                    wide = cv2.copyMakeBorder(picture, 2, 2, 2, 2, cv2.BORDER_REFLECT)[2 + dy:34 + dy, 2 + dx:34 + dx]
                    # A resting sensor's noise is the same in most pixels: coders take it away.
                    moved = noise.random(wide.shape[:2])[..., None] < 0.05
                    picture = np.clip(wide + moved * noise.normal(0, 2, wide.shape), 0, 255).astype(np.uint8)
                cv2.imwrite(str(target / f"{index:05d}.ppm"), picture)
        return f"{target}/*.ppm", labels[:self.frames]

    def memory(self, model: str, flags: list[str], name: str) -> Path:
        target = self.folder / f"{model}-{name}.memory"
        if not target.exists():
            say(f"memory of {model}, {name}")
            command = [str(self.args.binary), "memory", "build", str(SHARED / f"models/converted/{model}.onnx"), *flags,
                       "-o", str(target), "--threads", "1"]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise Refused(done.stderr.strip())
            say(done.stderr.strip())
        return target

    # Measuring

    def infer(self, model: str, clip: str, flags: list[str], memory: Path | None) -> dict[str, Any]:
        flags = [flag.format(memory=memory) for flag in flags]
        command = [str(self.args.binary), "infer", clip, "-m", str(SHARED / f"models/converted/{model}.onnx"), "--threads", "1", "-q",
                   "--top-k", "1", *flags]
        done = subprocess.run(command, capture_output=True, text=True)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        frames = [record for record in records if record["type"] == "frame"]
        if done.returncode or not frames:
            raise Refused(f"{' '.join(command)}: {done.stderr.strip()}")
        times = [f["timing_ms"]["total"] - f["timing_ms"]["decode"] for f in frames]
        return {"ms": statistics.fmean(times[1:]), "answers": [(f.get("classes") or [{"label": None}])[0]["label"] for f in frames],
                "exits": [f.get("exit", {}).get("tap") is not None for f in frames], "end": records[-1].get("exits"),
                "peak_mb": records[-1]["peak_memory_mb"]}

    def compare(self, model: str, clip: str, labels: list[str] | None, memory: Path, policies: dict[str, list[str]], rounds: int,
                extra: list[str] | None = None) -> dict[str, Any]:
        """The policies in turns, round by round: mean milliseconds of a frame, the median of the rounds."""
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in policies}
        for _ in range(rounds):
            for name, flags in policies.items():
                runs[name].append(self.infer(model, clip, [*flags, *(extra or [])], memory))
        base, result = runs["off"][0]["answers"], {}
        off = statistics.median(run["ms"] for run in runs["off"])
        for name, all_runs in runs.items():
            run, ms = all_runs[0], statistics.median(run["ms"] for run in all_runs)
            row = {"ms": ms, "ratio": ms / off, "agreement": share(a == b for a, b in zip(run["answers"], base)),
                   "exits": run["end"], "peak_mb": run["peak_mb"]}
            if labels:
                row["accuracy"] = share(a == b for a, b in zip(run["answers"], labels))
                row["loss_points"] = 100 * (share(a == b for a, b in zip(base, labels)) - row["accuracy"])
            result[name] = row
        return result

    def measure(self) -> dict[str, Any]:
        rounds, models = max(2, self.args.rounds - 2), choose(SMALL + LARGE, self.args.models, "model")
        result: dict[str, Any] = {"frames": self.frames, "half": self.half, "small": [], "large": [], "rules": [], "unknown": []}
        for model in [model for model in models if model in SMALL]:
            memory = self.memory(model, ["--images", str(self.training()), *TARGET], "all")
            for kind in SEQUENCES:
                clip, labels = self.sequence(kind, self.seeds[0])
                say(f"{model}, {kind}")
                row = self.compare(model, clip, labels, memory, POLICIES, rounds)
                if kind == "shuffled":
                    # With a target of 1 frames are looked at and none exits.
                    never = self.memory(model, ["--images", str(self.training()), "--target-agreement", "1"], "never")
                    row["overhead"] = self.compare(
                        model, clip, labels, never, {"off": POLICIES["off"], "never": POLICIES["smtm"]}, rounds)["never"]["ratio"] - 1
                result["small"].append({"model": model, "sequence": kind, **self.sizes(memory), **row})
            if model == "resnet20_cifar10":
                result["rules"] = [self.rules(model, kind, memory) for kind in SEQUENCES]
            if model in STRANGERS:
                result["unknown"] += [self.strangers(model, kind) for kind in SEQUENCES]
        clips = [SHARED / "videos" / clip for clip in choose(CLIPS, self.args.clips, "clip")]
        for model in [model for model in models if model in LARGE]:
            memory = self.memory(model, ["--video", *map(str, clips), "--max-frames", str(MEMORY_FRAMES), *TARGET], "clips")
            for clip in clips:
                say(f"{model}, {clip.name}")
                row = self.compare(model, str(clip), None, memory, POLICIES, rounds,
                                   ["--start", f"{(MEMORY_FRAMES + 0.5) / rate(clip):.3f}", "--max-frames", "200"])
                result["large"].append({"model": model, "sequence": clip.name, **self.sizes(memory), **row})
        return result

    def rules(self, model: str, kind: str, memory: Path) -> dict[str, Any]:
        clip, labels = self.sequence(kind, self.seeds[0])
        say(f"rules, {kind}")
        policies = {"off": POLICIES["off"], **{name: [*POLICIES["smtm"], *flags] for name, flags in RULES.items()}}
        return {"model": model, "sequence": kind, **self.compare(model, clip, labels, memory, policies, 1)}

    def strangers(self, model: str, kind: str) -> dict[str, Any]:
        """Every class in turn is left out of the memory: how its frames fare."""
        row = {"model": model, "sequence": kind, "frames": 0, "exits": 0, "wrong_exits": 0, "network_right": 0, "exits_alone_right": 0}
        say(f"{model}, {kind}: strangers")
        for seed in self.seeds:
            clip, labels = self.sequence(kind, seed)
            network = self.infer(model, clip, POLICIES["off"], None)["answers"]
            for name in CLASSES:
                memory = self.memory(model, ["--images", str(self.training(name)), *TARGET], f"without {name}")
                run = self.infer(model, clip, POLICIES["smtm"], memory)
                for label, answer, exits, own in zip(labels, run["answers"], run["exits"], network):
                    if label == name:
                        row["frames"] += 1
                        row["exits"] += exits
                        row["wrong_exits"] += exits and answer != name
                        row["network_right"] += exits and answer != name and own == name
                        row["exits_alone_right"] += exits and answer == name and own != name
        return row

    def sizes(self, memory: Path) -> dict[str, int]:
        return {"memory_bytes": memory.stat().st_size, "resident_bytes": self.resident(memory)}

    def resident(self, memory: Path) -> int:
        done = subprocess.run([str(self.args.binary), "memory", "inspect", "--json", str(memory)], capture_output=True, text=True)
        return json.loads(done.stdout)["resident_bytes"]


def rate(clip: Path) -> float:
    import cv2
    return cv2.VideoCapture(str(clip)).get(cv2.CAP_PROP_FPS)


def share(values: Any) -> float:
    values = list(values)
    return sum(values) / max(1, len(values))


def mean(values: list[float]) -> float:
    """Geometric."""
    return statistics.geometric_mean(values) if values else float("nan")


def report(machine: dict[str, Any], result: dict[str, Any]) -> str:
    lines = ["# Semantic memory", "",
             f"{machine['cpu']}, one thread, commit {machine['commit']}, {machine['date']}; `{machine['command']}`.", "",
             "Milliseconds of a frame for preparation, matching and network (mean over a run, median of the rounds, the policies in turns) "
             "against `--cache off`; loss of top-1 points against labels; agreement with `off`.", "",
             f"Memories and their limits: CIFAR-10's training images. Sequences: the {result['half']} half of its test images, "
             f"{result['frames']} frames, seeds of their own.", ""]
    for part, title in (("small", "CIFAR-10 sequences"), ("large", "Clips")):
        rows = result[part]
        if not rows:
            continue
        lines += [f"## {title}", "", "| model | sequence | off ms | DeepCache | SMTM | both | loss: DeepCache | SMTM | both | "
                  "agreement: DeepCache | SMTM | both | exits | mean depth | overhead |", "|---|---|" + "---|" * 13]
        for row in rows:
            def each(key: str, form: str) -> list[str]:
                return [format(row[p][key], form) if row[p].get(key) is not None else "" for p in ("deepcache", "smtm", "both")]
            exits = row["smtm"]["exits"]
            overhead = row.get("overhead")
            lines.append("| " + " | ".join([
                row["model"], row["sequence"], f"{row['off']['ms']:.3f}", *each("ratio", ".2f"), *each("loss_points", "+.2f"),
                *each("agreement", ".3f"), f"{exits['share']:.2f}", f"{exits['mean_depth']:.2f}",
                "" if overhead is None else f"{100 * overhead:+.1f} %"]) + " |")
        lines += ["", "Geometric means of the ratios: " + ", ".join(
            f"{name} {mean([row[p]['ratio'] for row in rows]):.2f}" for p, name in (("deepcache", "DeepCache"), ("smtm", "SMTM"), ("both", "both"))) + "."]
        for kind in sorted({row["sequence"] for row in rows}):
            own = [row for row in rows if row["sequence"] == kind]
            better = mean([min(row["deepcache"]["ratio"], row["smtm"]["ratio"]) / row["both"]["ratio"] for row in own])
            lines.append(f"{kind}: DeepCache {mean([r['deepcache']['ratio'] for r in own]):.2f}, SMTM {mean([r['smtm']['ratio'] for r in own]):.2f}, "
                         f"both {mean([r['both']['ratio'] for r in own]):.2f}; both against the better of the two: {better:.2f} times as fast.")
        lines += ["", "Memory files: " + ", ".join(sorted({f"{r['model']} {r['memory_bytes'] / 1e3:.0f} kB ({r['resident_bytes'] / 1e3:.0f} kB resident)"
                                                            for r in rows})) + ".", ""]
    if result["rules"]:
        lines += ["## Exit rules, resnet20", "", "| sequence | rule | ratio | exits | mean depth | loss | agreement |", "|---|---|---|---|---|---|---|"]
        for row in result["rules"]:
            for name in RULES:
                own = row[name]
                lines.append(f"| {row['sequence']} | {name} | {own['ratio']:.2f} | {own['exits']['share']:.2f} | {own['exits']['mean_depth']:.2f} | "
                             f"{own['loss_points']:+.2f} | {own['agreement']:.3f} |")
        lines += [""]
    if result["unknown"]:
        lines += ["## Classes that were never in the memory", "", "Each of the ten classes in turn; frames that left early with another "
                  "class, those of them that the whole network names rightly, and those that it does not but an exit did.", "",
                  "| model | sequence | frames of it | wrong exits | network right | exit alone right |", "|---|---|---|---|---|---|"]
        for row in result["unknown"]:
            def part(key: str) -> str:
                return f"{row[key]} ({100 * row[key] / max(1, row['frames']):.2f} %)"
            lines.append(f"| {row['model']} | {row['sequence']} | {row['frames']} | " + " | ".join(
                map(part, ("wrong_exits", "network_right", "exits_alone_right"))) + " |")
        lines += [""]
    return "\n".join(lines)


def smtm(args: Any, machine: dict[str, Any]) -> dict[str, Any]:
    folder = args.work or Path(tempfile.mkdtemp(prefix="deepvid-smtm-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        result = Run(args, machine, folder).measure()
    finally:
        if not args.work:
            shutil.rmtree(folder)
    path = RESULTS / f"{machine['date']}-smtm.json"
    if args.smtm_tuning:
        say(report(machine, result))
        return result
    # The file itself makes the tree dirty.
    clean = lambda machine: machine["commit"].removesuffix("-dirty")
    if path.exists() and clean((before := json.loads(path.read_text()))["machine"]) == clean(machine):
        for part in ("small", "large", "rules", "unknown"):
            now = {row["model"] for row in result[part]}
            result[part] = [row for row in before[part] if row["model"] not in now] + result[part]
            result[part].sort(key=lambda row: (SMALL + LARGE).index(row["model"]))
    write_json(path, {"machine": machine, **result})
    write_text(path.with_suffix(".md"), report(machine, result))
    return result
