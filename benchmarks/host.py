"""A real Home Assistant in a process and folder of its own, and the line to its control."""

from collections.abc import Mapping, Sequence
import compileall
import contextlib
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import Any, Self

from homeassistant.const import MAJOR_VERSION, MINOR_VERSION

from .errors import BenchmarkError

ROOT = Path(__file__).parent.parent
COMPONENTS = {
    "ippbx": ROOT / "custom_components" / "ippbx",
    "bench_bare": ROOT / "benchmarks" / "bare",
    "bench_control": ROOT / "benchmarks" / "control",
}
PORTS = range(20_000, 30_000)
START_PATIENCE = 120  # seconds
CONFIGURATION = """\
homeassistant:
  name: Benchmark
  country: DE
  currency: EUR
  language: en
  latitude: 50.1
  longitude: 8.7
  elevation: 100
  time_zone: UTC
  unit_system: metric
logger:
  default: warning
webhook:
bench_control:
"""


def new_hash_seed() -> int:
    """Return a PYTHONHASHSEED for processes that are compared."""
    return random.randrange(2**32)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses.

    None of those that systems give to connections and servers which ask for any: such a one may be
    given away again before Home Assistant listens on it.
    """
    for port in random.sample(PORTS, 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise BenchmarkError("No port is free")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a Home Assistant is to hold.

    Attributes:
        entries: its config entries, see `entry`.
        shape: what the bare integration looks like, see benchmarks/control/shape.py.
        yaml: more lines of configuration.yaml.
        kept: what files in its storage folder hold from earlier runs, by their names.
    """

    entries: Sequence[Mapping[str, Any]] = ()
    shape: Mapping[str, Any] = field(default_factory=dict)
    yaml: str = ""
    kept: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def entry(
    domain: str,
    unique_id: str,
    data: Mapping[str, Any],
    options: Mapping[str, Any],
    *,
    enabled: bool = True,
) -> dict[str, Any]:
    """Return a config entry as version 1.1 of its storage has it, which every release reads.

    Its id is its domain.
    """
    return {
        "entry_id": domain,
        "version": 1,
        "domain": domain,
        "title": "Benchmark",
        "data": dict(data),
        "options": dict(options),
        "source": "user",
        "unique_id": unique_id,
        "disabled_by": None if enabled else "user",
    }


class HomeAssistant:
    """One Home Assistant. Entering the context starts it; `wait` waits until it has.

    Attributes:
        port: of its web server on 127.0.0.1.
    """

    def __init__(self, plan: Plan, hash_seed: int | None = None) -> None:
        """Choose a port and a folder; nothing is started yet.

        Args:
            plan: what it is to hold.
            hash_seed: the order of its sets and the sizes of its tables depend on it; two processes
                that are compared have the same. None = one of its own.
        """
        self.port = free_port()
        self._plan = plan
        self._seed = "random" if hash_seed is None else str(hash_seed)
        self._folder = Path(tempfile.mkdtemp(prefix="ippbx-bench-"))
        self._process: subprocess.Popen[bytes]
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def __enter__(self) -> Self:
        """Lay out the folder and start the process."""
        self._lay_out()
        with (self._folder / "output.log").open("wb") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "homeassistant",
                    "--config",
                    str(self._folder),
                    "--skip-pip",
                ],
                cwd=self._folder,
                env=os.environ | {"PYTHONHASHSEED": self._seed},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End the process and remove the folder."""
        if self._control is not None:
            self._control.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def wait(self) -> None:
        """Wait until Home Assistant has started.

        Raises:
            BenchmarkError: it ended, or takes too long.
        """
        deadline = time.monotonic() + START_PATIENCE
        while self._control is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = (self._folder / "output.log").read_text(errors="replace")
                raise BenchmarkError(f"Home Assistant did not start:\n{log[:3000]}")
            control = socket.socket(socket.AF_UNIX)
            try:
                control.connect(str(self._folder / "control.sock"))
            except OSError:
                control.close()
                time.sleep(0.05)
            else:
                control.settimeout(120)
                self._control = control

    def ask(self, command: str, **arguments: Any) -> Any:
        """Run a command in the control inside; return its answer.

        Raises:
            BenchmarkError: it failed.
        """
        assert self._control is not None
        self._control.sendall(json.dumps({"do": command, **arguments}).encode() + b"\n")
        with self._control.makefile("rb") as answers:
            answer = answers.readline()
        if not answer:
            raise BenchmarkError(f"Home Assistant could not do {command!r}:\n{self.log()[-3000:]}")
        return json.loads(answer)

    def log(self) -> str:
        """Return what Home Assistant has logged: warnings and worse."""
        return (self._folder / "home-assistant.log").read_text(errors="replace")

    def condition(self) -> str:
        """Return whether the process lives, and the end of what it wrote."""
        try:
            code = self._process.wait(1)  # the system may still be clearing it up
        except subprocess.TimeoutExpired:
            code = None
        lives = "it runs" if code is None else f"it has ended with code {code}"
        output = (self._folder / "output.log").read_text(errors="replace")
        return f"{lives}\n{output[-2000:]}"

    def _lay_out(self) -> None:
        storage = self._folder / ".storage"
        storage.mkdir()
        components = self._folder / "custom_components"
        components.mkdir()
        for name, folder in COMPONENTS.items():
            compileall.compile_dir(folder, quiet=1)  # PYTHONDONTWRITEBYTECODE must not matter
            (components / name).symlink_to(folder, target_is_directory=True)
        yaml = CONFIGURATION + self._plan.yaml
        if (MAJOR_VERSION, MINOR_VERSION) < (2026, 8):
            yaml += f"http:\n  server_host: 127.0.0.1\n  server_port: {self.port}\n"
        else:  # these settings live in storage now
            _store(storage, "http", {"server_host": ["127.0.0.1"], "server_port": self.port})
        (self._folder / "configuration.yaml").write_text(yaml)
        if self._plan.shape:
            (self._folder / "shape.json").write_text(json.dumps(self._plan.shape))
        for key, data in self._plan.kept.items():
            _store(storage, key, data)
        _store(storage, "core.config_entries", {"entries": [dict(e) for e in self._plan.entries]})


def _store(storage: Path, key: str, data: Mapping[str, Any]) -> None:
    content = {"version": 1, "minor_version": 1, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content))
