"""Second thoughts about the teachers' doubtful boxes, with what a person knows of a clip.

`[clips.<name>]` in the configuration may say `only` (the classes that occur in the clip) and
`accept` (the score from which a doubtful box counts).
"""

from .labels import CLASSES, INDEX, VEHICLES

VEHICLE_NAMES = tuple(CLASSES[index] for index in VEHICLES)


def settle(row, rules):
    """A teacher's label row -> (class name or None for background, whether to ignore it)."""
    name, score = row["class"], float(row["score"])
    rule = rules["clips"].get(row["source"], {})
    only = rule.get("only", CLASSES)
    if name not in only:
        if name in VEHICLE_NAMES and "car" in only:
            name = "car"
        else:
            return None, False
    fallback = rules["pseudo"]["accept_vehicle" if INDEX[name] in VEHICLES else "accept"]
    return name, row["ignore"] == "1" and score < rule.get("accept", fallback)


def settled(samples_rows, rules):
    """Label rows of training clips with the rules applied; other rows stay as they are."""
    for row in samples_rows:
        if row["split"] != "train" or not row.get("score"):
            yield row
            continue
        name, ignored = settle(row, rules)
        if name:
            yield row | {"class": name, "ignore": "1" if ignored else "0"}
