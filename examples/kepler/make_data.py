"""Write planets.csv: semi-major axis, mass of the star, and period, as if observed.

Kepler's third law in astronomical units, years and solar masses is T² = a³/M. The periods are
given a Gaussian error of 1 % of their typical size; nothing else is in the data.

    python examples/kepler/make_data.py [FILE]
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

SEED, ROWS, NOISE = 1619, 400, 0.01


def main(path: Path) -> None:
    rng = np.random.default_rng(SEED)
    axis = rng.uniform(0.3, 5, ROWS)
    mass = rng.uniform(0.5, 2, ROWS)
    period = np.sqrt(axis**3 / mass)
    period += rng.normal(0, NOISE * np.sqrt(np.mean(period**2)), ROWS)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["a [AU]", "M [solar masses]", "T [yr]"])
        for row in zip(axis, mass, period, strict=True):
            writer.writerow([f"{value:.6g}" for value in row])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("planets.csv"))
