"""The input of a network in the shape of a picture; as `InputSize` of deepvid chooses it."""

STEP = 32


def fitting(width, height, pixels):
    """(height, width), multiples of 32, of at most `pixels`, in which a picture is shown largest;
    of equals that with the fewest pixels."""
    sizes = ((h, pixels // h // STEP * STEP) for h in range(STEP, pixels // STEP + 1, STEP))
    return max(sizes, key=lambda s: (min(s[1] / width, s[0] / height), -s[0] * s[1]))
