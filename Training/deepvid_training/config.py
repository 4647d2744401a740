"""The one configuration file."""

import tomllib
from pathlib import Path


def read(path, root=None):
    """Parse the TOML file; paths in [data] are relative to `root` or, without it, `data.root`."""
    config = tomllib.loads(Path(path).read_text())
    if "data" not in config:
        return config
    root = Path(root or config["data"]["root"])
    config["data"]["root"] = str(root)
    for key in ("labelled", "everyday", "negatives", "others", "video", "gaps", "clips", "models", "runs"):
        if key in config["data"]:
            config["data"][key] = str(root / config["data"][key])
    return config
