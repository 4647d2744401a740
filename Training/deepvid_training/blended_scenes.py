"""Scenes for a teacher alone: blended with each other, so that no label holds, and a network that
is to say what the teacher says has to say it of more than the pictures show (Beyer et al.,
CVPR 2022)."""

import numpy as np

# Share of the weaker scene in a blend.
WEAKER = (0.15, 0.5)
# How often colours are exchanged, and how often light and dark.
EXCHANGED, INVERTED = 0.2, 0.1


def blended(pictures, rng):
    """[B, H, W, 3] uint8 -> as many blends of each with the next."""
    share = rng.uniform(*WEAKER, len(pictures)).astype(np.float32)[:, None, None, None]
    mixed = pictures * (1 - share) + np.roll(pictures, 1, 0) * share
    for picture in mixed:
        if rng.random() < EXCHANGED:
            picture[:] = picture[..., rng.permutation(3)]
        if rng.random() < INVERTED:
            picture[:] = 255 - picture
    return mixed.round().astype(np.uint8)


def is_blended(number, share):
    """Whether batch number `number` is, of which the share `share` is to be."""
    return int((number + 1) * share) > int(number * share)
