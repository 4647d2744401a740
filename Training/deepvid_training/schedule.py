"""Learning rate: linear warm-up, constant, then linear to (almost) zero.

The constant part makes the end movable: a resumed run may stop earlier or later than
planned, and only the final slope has to be run through.
"""


def rate(step, steps, warmup, decay_share):
    """Factor on the peak learning rate for 0-based `step` of `steps`."""
    slope = steps * decay_share
    return max(0.01, min(1.0, (step + 1) / warmup, (steps - step) / max(slope, 1)))


def closing(seconds, slope_minutes):
    """Factor for a run with a deadline: linear to (almost) zero over its last minutes."""
    return max(0.01, min(1.0, seconds / (60 * slope_minutes)))
