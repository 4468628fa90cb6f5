"""The part of a run that atheris guides: a process of its own, for libFuzzer never returns.

    python -m fuzz.guided TARGET FOLDER SECONDS INPUTS SEED LONGEST

SECONDS or INPUTS may be 0: no limit; LONGEST (bytes of an input) as well: the target's own. Seeds
stand in FOLDER/corpus; figures, faults and slow inputs are written to FOLDER.
"""

import os
from pathlib import Path
import sys

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

with atheris.instrument_imports(include=["custom_components.ippbx.pbx"]):
    from .targets import LONGEST, TARGETS

from .mutations import MARKS, WORDS
from .watch import Watch

_HANG = 20  # seconds


def main(name: str, folder: Path, seconds: float, *, inputs: int, seed: int, longest: int) -> None:
    """Fuzz until a limit is reached."""
    watch = Watch(target=TARGETS[name])
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in (*WORDS, *MARKS) if word))

    def one(data: bytes) -> None:
        watch.run(data)
        done = watch.is_done(seconds or None, inputs or None)
        if done or watch.is_round:
            watch.save(folder)
        if done:
            sys.stdout.flush()
            os._exit(0)

    options = [
        f"-max_len={longest or LONGEST.get(name, 4096)}",
        f"-timeout={_HANG}",
        f"-seed={seed}",
        f"-dict={words}",
        f"-artifact_prefix={folder}/crash-",
        "-rss_limit_mb=3000",
        "-verbosity=0",
        str(folder / "corpus"),
    ]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    """Return a word as libFuzzer reads it from a file."""
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    _name, _folder, _seconds, *_whole = sys.argv[1:]
    _inputs, _seed, _longest = map(int, _whole)
    main(_name, Path(_folder), float(_seconds), inputs=_inputs, seed=_seed, longest=_longest)
