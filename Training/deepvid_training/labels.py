"""The six classes, in output order, and how COCO's 80 map to them."""

CLASSES = ("person", "bicycle", "car", "motorbike", "bus", "truck")
INDEX = {name: index for index, name in enumerate(CLASSES)}
COCO_IDS = (0, 1, 2, 3, 5, 7)
VEHICLES = (INDEX["car"], INDEX["bus"], INDEX["truck"])
