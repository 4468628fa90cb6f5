"""Plays stories on the Asterisk: `python -m tests.asterisk.play [NAME...]` records their traces."""

import asyncio
import json
from pathlib import Path
import sys

from .ami import Event
from .bed import Bed
from .stories import STORIES, Story

TRACES = Path(__file__).parent / "traces"

type Trace = list[tuple[float, Event]]
"""What happened in an Asterisk, with the time of it."""


async def play(bed: Bed, story: Story) -> Trace:
    """Play a story, and return what happened from its beginning to its end."""
    begin = len(bed.log)
    for verb, *details in story.steps:
        match verb, details:
            case "phone", [number, script]:
                await bed.phone(number, script)
                await bed.listens(number)
            case "call", [number, script]:
                await bed.phone(number, script)
            case "when", [number, "Talks"]:
                await bed.talks(number)
            case "when", [number, state]:
                await bed.until(
                    lambda number=number, state=state: _state(bed, begin, number, state)
                )
            case "gone", [number]:
                await bed.until(lambda number=number: not bed.has_channel(number))
            case "transfer", [who, whom]:
                where = {"Exten": whom, "Context": "inside"}
                await bed.act("BlindTransfer", Channel=bed.channel_of(who), **where)
            case "attend", [who, whom]:
                where = {"Exten": whom, "Context": "inside"}
                await bed.act("Atxfer", Channel=bed.channel_of(who), **where)
            case "originate", [who, whom]:
                await bed.originate(who, whom)
            case "prompt", [whom]:
                await bed.prompt(whom)
            case "hang up", [who]:
                await bed.act("Hangup", Channel=bed.channel_of(who))
            case "kill", []:
                await bed.kill()
                await bed.start()
            case _:
                raise AssertionError(f"{story.name}: no step {verb} {details}")
    if story.steps[-1][0] != "kill":
        await bed.until(lambda: any(e["Event"] == "Newchannel" for _, e in bed.log[begin:]))
    await bed.silence()
    failed = bed.failed_phones
    await bed.hush()
    assert not failed, f"{story.name}: {failed} phones met something else than they expected"
    return bed.log[begin:]


def _state(bed: Bed, begin: int, number: str, state: str) -> bool:
    return any(
        event["Event"] == "Newstate"
        and event["Channel"].startswith(f"PJSIP/{number}-")
        and event["ChannelStateDesc"] == state
        for _, event in bed.log[begin:]
    )


def saved(name: str, folder: Path = TRACES) -> Trace:
    """Return a trace that was recorded."""
    lines = (folder / f"{name}.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return [(event.pop("at"), event) for event in events]


def save(name: str, trace: Trace, folder: Path = TRACES) -> None:
    """Record a trace."""
    lines = [json.dumps({"at": round(at, 3)} | event) for at, event in trace]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


async def record(*names: str) -> None:
    """Play some stories, or all, and record them."""
    bed = Bed()
    await bed.start()
    try:
        for story in STORIES:
            if names and story.name not in names:
                continue
            try:
                trace = await play(bed, story)
            except (TimeoutError, AssertionError) as error:
                print(f"{story.name}: {error!r}", bed.channels, flush=True)  # noqa: T201
                save(story.name, bed.log[-200:])
                await bed.stop()
                await bed.start()
                continue
            save(story.name, trace)
            print(f"{story.name}: {len(trace)} events", flush=True)  # noqa: T201
    finally:
        await bed.stop()


if __name__ == "__main__":
    asyncio.run(record(*sys.argv[1:]))
