"""Fuzzing without a guide: random changes to the seeds and to inputs that were changed before."""

from pathlib import Path
from random import Random

from .corpus import seeds
from .mutations import mutate
from .targets import LONGEST, TARGETS
from .watch import Watch

_KEPT = 2000  # inputs that are changed further


def fuzz(
    name: str,
    *,
    seconds: float | None = None,
    inputs: int | None = None,
    seed: int = 1,
    longest: int = 0,
    scenarios: int = 12,
    folder: Path | None = None,
) -> Watch:
    """Fuzz a target until a limit is reached; deterministic where inputs are the limit.

    Args:
        longest: bytes of an input at most; 0 for what fits the target.
        folder: where to save what was found.
    """
    pool = seeds(name, scenarios)
    originals = tuple(pool)
    chance = Random(seed)
    watch = Watch(target=TARGETS[name])
    most = longest or LONGEST.get(name, 4096)
    for data in originals:
        watch.run(data)
    while not watch.is_done(seconds, inputs):
        data = mutate(chance.choice(pool), chance, most, originals)
        watch.run(data)
        if chance.random() < 0.05:
            if len(pool) < _KEPT:
                pool.append(data)
            else:
                pool[chance.randrange(len(originals), len(pool))] = data
    if folder is not None:
        watch.save(folder)
    return watch
