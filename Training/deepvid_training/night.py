"""What a camera makes of the night: infrared light, noise, insects and rain near the lens, text
drawn into the picture."""

import cv2
import numpy as np

from .photometry import encoded


def field(height, width, rng, cells):
    """Smooth noise 0..1, float32 [H, W], `cells` blotches across the picture."""
    rows = max(2, round(cells * height / width))
    coarse = rng.random((rows + 1, max(2, round(cells)) + 1), np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def spot(height, width, rng, step=4):
    """Light of a camera's own lamp, float32 [H, W]: bright where it points, little at the edges."""
    y, x = np.ogrid[0:height:step, 0:width:step]
    reach = rng.uniform(0.25, 0.9) * width
    flat = rng.uniform(0.6, 1.5)
    far = ((x - rng.uniform(0.2, 0.8) * width) / reach) ** 2
    far = far + ((y - rng.uniform(0.25, 0.9) * height) * flat / reach) ** 2
    rest = rng.uniform(0.0, 0.35)
    light = rest + (1 - rest) / (1 + far) ** rng.uniform(1.0, 2.5)
    return cv2.resize(light.astype(np.float32), (width, height))


def curve(gamma, gain=1.0):
    """A lookup table from grey levels to light, float32 [256]."""
    return (gain * (np.arange(256) / 255) ** gamma).astype(np.float32)


def bloomed(light, rng):
    """Light, 0..1 and more, spilled around where it is brighter than the sensor can show."""
    height, width = light.shape[:2]
    size = (max(width // 8, 4), max(height // 8, 4))
    small = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    glow = cv2.GaussianBlur(np.maximum(small - 0.8, 0), (0, 0), rng.uniform(1, 5))
    return cv2.scaleAdd(cv2.resize(glow, (width, height)), rng.uniform(0.5, 2.5), light)


def infrared(image, rng):
    """A grey picture in the light of the camera's lamp. RGB uint8 to RGB uint8, as all below."""
    height, width = image.shape[:2]
    grey = cv2.transform(image, np.float32(rng.dirichlet((2, 3, 1)))[None])
    light = cv2.LUT(grey, curve(rng.uniform(0.8, 1.6), rng.uniform(0.8, 2.6)))
    light = bloomed(cv2.multiply(light, spot(height, width, rng)), rng)
    grey = cv2.convertScaleAbs(light, alpha=255, beta=rng.uniform(0, 20))
    if rng.random() < 0.7:
        return cv2.merge([grey] * 3)
    return cv2.merge([cv2.convertScaleAbs(grey, alpha=a) for a in rng.uniform(0.88, 1.0, 3)])


def dusk(image, rng):
    """Little light in a color picture: dark, pale, of one lamp's hue."""
    height, width = image.shape[:2]
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    pale = rng.uniform(0.1, 0.8)
    light = cv2.LUT(cv2.addWeighted(image, pale, grey, 1 - pale, 0), curve(rng.uniform(1.2, 2.4)))
    lamp = spot(height, width, rng)
    lamp = cv2.merge([lamp * np.float32(hue) for hue in rng.uniform(0.6, 1.4, 3)])
    light = bloomed(cv2.multiply(light, lamp), rng)
    return cv2.convertScaleAbs(light, alpha=255, beta=rng.uniform(0, 15))


def grain(image, rng):
    """Noise of a sensor at high gain, of 3 to 24 grey levels; half of the time smeared, as cameras
    smear it."""
    height, width = image.shape[:2]
    channels = 1 if rng.random() < 0.7 else 3
    strength, smear = rng.uniform(3, 24), rng.uniform(0.6, 1.6) if rng.random() < 0.5 else 0
    cv2.setRNGSeed(int(rng.integers(2**31 - 1)))
    noise = np.empty((height, width, channels), np.int16)
    cv2.randn(noise, 0, strength * (1 + 1.5 * smear))
    if smear:
        noise = cv2.GaussianBlur(noise, (0, 0), smear).reshape(noise.shape)
    if channels == 1:
        noise = cv2.merge([noise] * 3)
    return cv2.add(image, noise, dtype=cv2.CV_8U)


def added(image, layer, strength):
    """A picture with a layer of light, float32 [H, W] 0..1, over it."""
    return cv2.add(image, cv2.merge([cv2.convertScaleAbs(layer, alpha=strength)] * 3))


def path(rng, height, width, length, bend):
    """Points int32 [12, 1, 2] of a curved way of `length` pixels that begins anywhere."""
    angle = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, bend, 12))
    steps = np.stack([np.cos(angle), np.sin(angle)], 1) * length / 12
    start = rng.uniform(0, 1, 2) * (width, height)
    return (start + np.cumsum(steps, 0)).round().astype(np.int32)[:, None]


def insects(image, rng):
    """Bright curved traces of what flies by, sharp and thin or close to the lens and wide."""
    height, width = image.shape[:2]
    for _ in range(rng.integers(1, 5)):
        layer = np.zeros((height, width), np.float32)
        thick = (
            int(rng.integers(1, 4))
            if rng.random() < 0.6
            else int(rng.integers(5, max(6, height // 7)))
        )
        way = path(rng, height, width, rng.uniform(0.02, 0.6) * width, rng.uniform(0.05, 0.8))
        cv2.polylines(layer, [way], False, 1.0, thick, cv2.LINE_AA)
        layer = cv2.GaussianBlur(layer, (0, 0), 0.4 + thick * rng.uniform(0.1, 0.5))
        image = added(image, layer, rng.uniform(60, 240))
    return image


def rain(image, rng):
    """Parallel bright streaks, or flakes."""
    height, width = image.shape[:2]
    layer = np.zeros((height, width), np.float32)
    slant, long = rng.normal(0, 0.3), rng.uniform(0.0, 0.16) * height
    for x, y in rng.uniform(0, 1, (int(rng.integers(20, 160)), 2)) * (width, height):
        size = rng.uniform(0.3, 1)
        end = (int(x + slant * long * size), int(y + long * size))
        cv2.line(
            layer, (int(x), int(y)), end, rng.uniform(0.3, 1), int(rng.integers(1, 3)), cv2.LINE_AA
        )
    return added(
        image, cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.4, 1.2)), rng.uniform(40, 160)
    )


def cobweb(image, rng):
    """Threads of light across the picture, out of focus."""
    height, width = image.shape[:2]
    layer = np.zeros((height, width), np.float32)
    for _ in range(rng.integers(1, 7)):
        way = path(rng, height, width, rng.uniform(0.3, 1.5) * width, 0.05)
        cv2.polylines(
            layer, [way], False, rng.uniform(0.3, 1), int(rng.integers(1, 5)), cv2.LINE_AA
        )
    return added(image, cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.6, 4)), rng.uniform(40, 200))


def caption(image, rng):
    """Date, time and a camera's name, as recorders draw them."""
    height, width = image.shape[:2]
    clock = "{:04d}-{:02d}-{:02d} {:02d}:{:02d}:{:02d}".format(
        *rng.integers((2000, 1, 1, 0, 0, 0), (2035, 13, 29, 24, 60, 60))
    )
    name = ("CAM", "Camera ", "IPC", "CH", "Yard", "GARAGE ")[
        rng.integers(6)
    ] + f"{rng.integers(1, 20):02d}"
    image, size = image.copy(), rng.uniform(0.25, 0.6) * max(0.5, width / 416)
    for text, x, y in (
        (clock, rng.uniform(0.01, 0.5), rng.choice((0.07, 0.97))),
        (name, rng.uniform(0.01, 0.8), rng.choice((0.07, 0.97))),
    ):
        place = (int(x * width), int(y * height))
        cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), 2, cv2.LINE_AA)
        cv2.putText(
            image, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 1, cv2.LINE_AA
        )
    return image


WEATHER = ((insects, 0.25), (rain, 0.12), (cobweb, 0.08), (caption, 0.3))


def darken(image, rng):
    """A picture as a camera takes it at night: three in four by infrared light."""
    image = infrared(image, rng) if rng.random() < 0.75 else dusk(image, rng)
    for step, chance in WEATHER:
        if rng.random() < chance:
            image = step(image, rng)
    if rng.random() < 0.85:
        image = grain(image, rng)
    return encoded(image, int(rng.integers(12, 70))) if rng.random() < 0.6 else image


# Least standard deviation in grey levels, of a box and what is around it after smoothing, of
# something that can be made out.
VISIBLE = 7.0


def visible(image, boxes):
    """Which of the boxes [n, 4] in pixels of a picture show something, by their contrast: [n]
    bool."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
    height, width = grey.shape
    found = []
    for x1, y1, x2, y2 in boxes:
        dx, dy = 0.15 * (x2 - x1), 0.15 * (y2 - y1)
        left, top = max(int(x1 - dx), 0), max(int(y1 - dy), 0)
        part = grey[top : min(int(y2 + dy) + 1, height), left : min(int(x2 + dx) + 1, width)]
        found.append(part.size > 0 and part.std() >= VISIBLE)
    return np.array(found, bool)
