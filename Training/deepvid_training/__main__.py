"""Command line: python -m deepvid_training COMMAND; --help lists them."""

import argparse
from datetime import datetime

from . import config as configuration


def parse():
    """Build the parser and read the arguments."""
    parser = argparse.ArgumentParser(prog="deepvid_training", description=__doc__)
    parser.add_argument(
        "--config",
        help="instead of detector.toml, cachenet.toml, classifier.toml, nest.toml or specialise.toml",
    )
    parser.add_argument("--data", help="data folder, instead of data.root")
    commands = parser.add_subparsers(dest="command", required=True)
    imitation = commands.add_parser("imitate", help="learn what the teacher says, without labels")
    train = commands.add_parser("detector", help="train")
    for command in (imitation, train):
        command.add_argument("--run", default="first", help="name of the run's folder")
        command.add_argument("--resume", action="store_true", help="continue from its checkpoint")
        command.add_argument("--until", help="stop at this time, e.g. 2026-11-21T03:50:00+00:00")
    export = commands.add_parser("export", help="write default.onnx and default.json")
    export.add_argument("--run", default="first")
    export.add_argument("--target", default="../Sources/CDefaultModel", help="folder to write to")
    average = commands.add_parser("average", help="mean of exported files of the same network")
    average.add_argument("models", nargs="+", help="default.onnx files, their cards beside them")
    average.add_argument("--target", default="../Sources/CDefaultModel", help="folder to write to")
    evaluate = commands.add_parser("evaluate", help="table of AP50, ours against the teachers")
    evaluate.add_argument("--model", default="../Sources/CDefaultModel/default.onnx")
    evaluate.add_argument("--table", help="Markdown file to write")
    evaluate.add_argument("--bench", help="deepvid-bench, for multiply-adds and milliseconds")
    pictures = commands.add_parser("pictures", help="contact sheets of clips")
    pictures.add_argument("clips", nargs="*", help="parts of their names; all, if none is given")
    pictures.add_argument("--deepvid", default="../.build/release/deepvid", help="the binary")
    pictures.add_argument("--model", default="../Sources/CDefaultModel/default.onnx")
    pictures.add_argument("--target", default=".", help="folder for contact, missed and alarms.jpg")
    label = commands.add_parser("pseudo-label", help="let the teachers label frames")
    label.add_argument(
        "what", choices=("videos", "moving", "gaps", "everyday", "others", "all"), nargs="?", default="all"
    )
    commands.add_parser("empty-nights", help="draw pictures of empty places at night")
    net = commands.add_parser("cachenet", help="full model, selector, submodels: a bundle")
    net.add_argument("--run", default="cifar10", help="name of the run's folder")
    net.add_argument("--resume", action="store_true", help="continue from its checkpoints")
    net.add_argument("--target", default="../Fixtures/bundles/cifar10", help="folder to write to")
    crops = commands.add_parser("classifier", help="a classifier of crops, for infer --then")
    crops.add_argument("--run", default="vehicles", help="what it is called")
    crops.add_argument("--target", default="../Fixtures/models/vehicles.onnx", help="file to write")
    nest = commands.add_parser("nest", help="a network of several capacities: one file")
    nest.add_argument("--run", default="cifar10-nested", help="name of the run's folder")
    nest.add_argument("--resume", action="store_true", help="continue from its checkpoints")
    nest.add_argument(
        "--target", default="../Fixtures/models/cifar10-nested.onnx", help="file to write"
    )
    camera = commands.add_parser("specialise", help="small detectors for one camera: a bundle")
    camera.add_argument("clips", nargs="+", help="recordings of the camera")
    camera.add_argument("--teacher", required=True, help="a detector as ONNX, as infer takes it")
    camera.add_argument("--classes", help="learn these classes only, separated by commas")
    camera.add_argument("--share", type=float, help="of each clip, instead of frames.share")
    camera.add_argument("--deepvid", default="../.build/release/deepvid", help="the binary")
    camera.add_argument("--name", default="camera", help="what the bundle is called in records")
    camera.add_argument("--run", default="specialise-run", help="folder for checkpoints")
    camera.add_argument("--resume", action="store_true", help="continue from its checkpoints")
    camera.add_argument("--target", default="camera.bundle", help="folder to write to")
    clip = commands.add_parser("sequence", help="pictures, label after label, as a lossless clip")
    clip.add_argument("target", help="path without suffix: writes .mkv and .csv")
    clip.add_argument("--limit", type=int, help="pictures of each class")
    clip.add_argument("--runs", type=int, default=1, help="into how many runs a label is divided")
    clip.add_argument("--seed", type=int, default=0)
    plot = commands.add_parser("thresholds", help="picture of what benchmarks/cachenet.py measured")
    plot.add_argument("results", help="its JSON file")
    plot.add_argument("target", help="PNG file to write")
    return parser.parse_args()


def main():
    """Run one command."""
    arguments = parse()
    if arguments.command == "thresholds":
        from .cachenet import pictures

        pictures.measured(arguments.results, arguments.target)
        return
    if arguments.command == "average":
        from .soup import run

        run(arguments.models, arguments.target)
        return
    if arguments.command == "specialise":
        from .specialise.run import run

        config = configuration.read(arguments.config or "specialise.toml")
        if arguments.share:
            config["frames"]["share"] = arguments.share
        run(config, arguments)
        return
    small = arguments.command in ("cachenet", "sequence")
    default = "cachenet.toml" if small else "detector.toml"
    if arguments.command in ("classifier", "nest"):
        default = f"{arguments.command}.toml"
    config = configuration.read(arguments.config or default, arguments.data)
    if arguments.command == "cachenet":
        from .cachenet.run import run

        run(config, arguments.run, arguments.resume, arguments.target)
    if arguments.command == "sequence":
        from .cachenet import sequence

        root = config["data"]["root"]
        sequence.write(root, arguments.target, arguments.seed, arguments.runs, arguments.limit)
    if arguments.command in ("imitate", "detector"):
        from .train import imitate, run

        until = arguments.until and datetime.fromisoformat(arguments.until).timestamp()
        learn = imitate if arguments.command == "imitate" else run
        learn(config, arguments.run, arguments.resume, until)
    if arguments.command == "classifier":
        from .classifier import run

        run(config, arguments.run, arguments.target)
    if arguments.command == "nest" and "detector" in config:
        from .nest.detector import run

        run(config, arguments.run, arguments.resume, arguments.target, arguments.data)
    elif arguments.command == "nest":
        from .nest.run import run

        run(config, arguments.run, arguments.resume, arguments.target)
    if arguments.command == "evaluate":
        from .evaluate import run

        run(config, arguments.model, arguments.table, arguments.bench)
    if arguments.command == "pictures":
        from .pictures import run

        run(config, arguments)
    if arguments.command == "export":
        from .export import run

        run(config, arguments.run, arguments.target)
    if arguments.command == "empty-nights":
        from .empty_nights import render

        render(config["data"]["negatives"], **config["negatives"])
    if arguments.command == "pseudo-label":
        from .pseudo_label import run

        run(config, arguments.what)


if __name__ == "__main__":
    main()
