"""Second thoughts about the teachers' doubtful boxes, with what a person knows of a clip.

`[clips.<name>]` in the configuration may say `only` (the classes that occur in the clip),
`accept` (the score from which a doubtful box counts) and `captions` (boxes in pixels, of text
drawn into the picture, in which nothing is an object).
"""

from .labels import CLASSES, INDEX, VEHICLES

VEHICLE_NAMES = tuple(CLASSES[index] for index in VEHICLES)


def settle(row, rules):
    """A teacher's label row -> (class name or None for background, whether to ignore it)."""
    name, score = row["class"], float(row["score"])
    rule = rules["clips"].get(row["source"], {})
    if any(centred(row, box) for box in rule.get("captions", ())):
        return None, False
    only = rule.get("only", CLASSES)
    if name not in only:
        if name in VEHICLE_NAMES and "car" in only:
            name = "car"
        else:
            return None, False
    fallback = rules["pseudo"]["accept_vehicle" if INDEX[name] in VEHICLES else "accept"]
    return name, row["ignore"] == "1" and score < rule.get("accept", fallback)


def centred(row, box):
    """Whether the middle of a label row lies in box (x1, y1, x2, y2)."""
    x = (float(row["x1"]) + float(row["x2"])) / 2
    y = (float(row["y1"]) + float(row["y2"])) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def settled(samples_rows, rules):
    """Label rows of training clips with the rules applied; other rows stay as they are."""
    for row in samples_rows:
        if row["split"] != "train" or not row.get("score"):
            yield row
            continue
        name, ignored = settle(row, rules)
        if name:
            yield row | {"class": name, "ignore": "1" if ignored else "0"}
