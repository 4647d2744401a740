"""Photometric augmentation of RGB uint8 images: what cameras, codecs and the night do."""

import cv2
import numpy as np


def colour(image, rng):
    """Brightness, contrast, gamma (down to night) and a colour cast, by one lookup table."""
    ramp = np.arange(256, dtype=np.float32) / 255
    gamma = np.exp(rng.uniform(-0.4, 0.5)) if rng.random() < 0.85 else rng.uniform(1.6, 2.6)
    gain = rng.uniform(0.7, 1.25)
    shift = rng.uniform(-0.08, 0.08)
    tables = [ramp**gamma * gain * rng.uniform(0.93, 1.07) + shift for _ in range(3)]
    table = (np.stack(tables, 1).clip(0, 1) * 255).astype(np.uint8)
    return cv2.LUT(image, table[None])


def saturation(image, rng):
    """Blend with the grey image; one in eight images becomes grey (infra-red cameras)."""
    amount = 0.0 if rng.random() < 0.125 else rng.uniform(0.5, 1.4)
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(image, amount, grey, 1 - amount, 0)


def blur(image, rng):
    """Out of focus, or upscaled from a small picture."""
    if rng.random() < 0.5:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.4))
    height, width = image.shape[:2]
    factor = rng.uniform(0.5, 0.85)
    small = cv2.resize(image, (round(width * factor), round(height * factor)))
    return cv2.resize(small, (width, height))


def noise(image, rng):
    """Sensor noise, standard deviation up to 12 grey levels."""
    grain = np.empty(image.shape, np.int16)
    cv2.setRNGSeed(int(rng.integers(2**31 - 1)))
    cv2.randn(grain, 0, rng.uniform(2, 12))
    return cv2.add(image, grain, dtype=cv2.CV_8U)


def encoded(image, quality):
    """With the artefacts of JPEG at a quality of 0 to 100."""
    good, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR) if good else image


def codec(image, rng):
    """JPEG artefacts, quality 25 to 75."""
    return encoded(image, int(rng.integers(25, 75)))


CHAIN = ((colour, 0.8), (saturation, 0.5), (blur, 0.2), (noise, 0.2), (codec, 0.2))


def shoot(image, rng):
    """Apply each step of the chain with its probability."""
    for step, chance in CHAIN:
        if rng.random() < chance:
            image = step(image, rng)
    return image
