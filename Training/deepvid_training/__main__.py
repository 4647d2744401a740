"""Command line: python -m deepvid_training {detector,evaluate,export,pseudo-label}."""

import argparse

from . import config as configuration


def parse():
    """Build the parser and read the arguments."""
    parser = argparse.ArgumentParser(prog="deepvid_training", description=__doc__)
    parser.add_argument("--config", default="detector.toml")
    parser.add_argument("--data", help="data folder, instead of data.root")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("detector", help="train")
    train.add_argument("--run", default="first", help="name of the run's folder")
    train.add_argument("--resume", action="store_true", help="continue from its checkpoint")
    label = commands.add_parser("pseudo-label", help="let the teachers label frames")
    label.add_argument("what", choices=("videos", "gaps", "all"), nargs="?", default="all")
    return parser.parse_args()


def main():
    """Run one command."""
    arguments = parse()
    config = configuration.read(arguments.config, arguments.data)
    if arguments.command == "detector":
        from .train import run

        run(config, arguments.run, arguments.resume)
    if arguments.command == "pseudo-label":
        from .pseudo_label import run

        run(config, arguments.what)


if __name__ == "__main__":
    main()
