"""Start the demo: `scripts/demo`."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
import signal
import sys

import aiohttp
from homeassistant.const import __version__

from pbx_simulator import Simulator, SimulatorConfig
from pbx_simulator.busy import BusyPhones

from .check import DOMAIN, check_call, check_frontend, check_heartbeat, check_status
from .dashboard import PATH, add_dashboard
from .home_assistant import PASSWORD, USER, HomeAssistant, clean, prepare
from .log_lines import complaints
from .processes import DemoError, choose_port, in_url, only_user_of

ROOT = Path(__file__).parents[1]
COMPONENTS = ROOT / "custom_components" / DOMAIN
BLUEPRINTS = ROOT / "blueprints" / "automation" / DOMAIN


def parsed() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="A simulated PBX and a Home Assistant that is set up with it.",
    )
    parser.add_argument(
        "--check", action="store_true", help="prove that it works, print the latency, and end"
    )
    parser.add_argument(
        "--port",
        type=int,
        help="of Home Assistant; 0 = any free one (default: 8123, with --check 0)",
    )
    parser.add_argument(
        "--pbx-port", type=int, help="of the PBX; 0 = any free one (default: 9011, with --check 0)"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--dialect", default="openvox", choices=("openvox", "yeastar-v1", "yeastar-v2")
    )
    parser.add_argument("--extensions", type=int, default=8)
    parser.add_argument("--trunks", type=int, default=2)
    parser.add_argument("--keep", action="store_true", help="go on with what the last demo left")
    parser.add_argument(
        "--folder", type=Path, help="for Home Assistant's configuration (default: one in .demo)"
    )
    options = parser.parse_args()
    if options.folder is None:
        options.folder = ROOT / ".demo" / ("check" if options.check else "home")
    for name, port in (("port", 8123), ("pbx_port", 9011)):
        if getattr(options, name) is None:
            setattr(options, name, 0 if options.check else port)
    return options


NAMES = (
    "Front desk",
    "Kitchen",
    "Office",
    "Workshop",
    "Living room",
    "Hallway",
    "Garage",
    "Door phone",
)
CONTACTS = {
    "030 5550110": "Grandma",
    "030 5550121": "School",
    "040 5550133": "Anna",
    "089 5550145": "Dr. Weber",
}
"""Names of outside numbers."""


def name_phones(pbx: Simulator) -> None:
    """Give the first extensions the names that they have in the pictures."""
    for extension, name in zip(pbx.directory.extensions.values(), NAMES, strict=False):
        extension.name = name


async def is_set_up(home_assistant: HomeAssistant) -> bool:
    """Return whether the last demo left the integration set up."""
    path = f"/api/config/config_entries/entry?domain={DOMAIN}"
    return bool(await home_assistant.request("GET", path))


async def add_integration(home_assistant: HomeAssistant, pbx: Simulator, host: str) -> None:
    """Set the PBX up as a user does: through the config flow.

    Raises:
        DemoError: the flow did not end with an entry.
    """
    path = "/api/config/config_entries/flow"
    form = await home_assistant.request("POST", path, json={"handler": DOMAIN})
    answers = {
        "host": host,
        "port": pbx.port,
        "username": pbx.config.username,
        "password": pbx.config.password,
        "ssl": pbx.config.tls,
        "verify_ssl": False,
        "more": {},
    }
    result = await home_assistant.request("POST", f"{path}/{form['flow_id']}", json=answers)
    if result["type"] != "create_entry":
        raise DemoError(f"The config flow ended with {result}")


async def add_contacts(home_assistant: HomeAssistant) -> None:
    """Enter the contacts into the options, as a user does."""
    entries = "/api/config/config_entries"
    (entry,) = await home_assistant.request("GET", f"{entries}/entry?domain={DOMAIN}")
    path = f"{entries}/options/flow"
    menu = await home_assistant.request("POST", path, json={"handler": entry["entry_id"]})
    path = f"{path}/{menu['flow_id']}"
    await home_assistant.request("POST", path, json={"next_step_id": "contacts"})
    for number, name in CONTACTS.items():
        await home_assistant.request("POST", path, json={"next_step_id": "contact_add"})
        contact = {"number": number, "name": name, "vip": name == "Grandma"}
        await home_assistant.request("POST", path, json=contact)


@asynccontextmanager
async def busy_phones(pbx: Simulator) -> AsyncIterator[None]:
    """Register phones and place calls all the time."""
    outside = [number.replace(" ", "") for number in CONTACTS]
    task = asyncio.create_task(BusyPhones(pbx, outside=outside).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def run(options: argparse.Namespace) -> None:
    """Start everything, then check it or wait to be stopped.

    Raises:
        DemoError: something did not work.
    """
    folder = options.folder.resolve()
    # An address that means all addresses cannot be connected to.
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)
    port = choose_port(options.host, options.port, "--port")
    pbx_port = choose_port(options.host, options.pbx_port, "--pbx-port")
    config = SimulatorConfig(
        dialect=options.dialect, extensions=options.extensions, trunks=options.trunks
    )
    async with AsyncExitStack() as stack:
        stack.enter_context(only_user_of(folder))
        if not options.keep:
            clean(folder)
        prepare(folder, COMPONENTS, BLUEPRINTS, host=options.host, port=port)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        pbx = Simulator(config)
        name_phones(pbx)
        await pbx.start(host=options.host, port=pbx_port)
        stack.push_async_callback(pbx.stop)
        await stack.enter_async_context(busy_phones(pbx))
        print(f"Starting Home Assistant {__version__}", flush=True)
        home_assistant = HomeAssistant(session, folder, host=here, port=port)
        await stack.enter_async_context(home_assistant.process)
        await home_assistant.wait()
        if not await is_set_up(home_assistant):
            await add_integration(home_assistant, pbx, here)
            await add_contacts(home_assistant)
            await add_dashboard(home_assistant)
        if options.check:
            await check_frontend(home_assistant)
            await check_heartbeat(pbx, home_assistant)
            await check_status(pbx, home_assistant)
            await check_call(pbx, home_assistant)
        else:
            announce(home_assistant, pbx, here)
            await home_assistant.process.ended()
            raise DemoError(f"Home Assistant ended:\n{home_assistant.process.tail()}")
    if found := complaints(folder / "home-assistant.log", DOMAIN, ROOT):
        raise DemoError("Home Assistant's log complains:\n" + "\n".join(found))
    print(f"Log: no line at warning or above from {DOMAIN} or about it")


def announce(home_assistant: HomeAssistant, pbx: Simulator, host: str) -> None:
    """Print where everything is."""
    config = pbx.config
    print(
        f"""
Home Assistant   {home_assistant.url}/{PATH}   user {USER}, password {PASSWORD}
Simulated PBX    http://{in_url(host)}:{pbx.port}/simulator/
                 set up as {host}, port {pbx.port},
                 user {config.username}, password {config.password}

Press Ctrl-C to end.""",
        flush=True,
    )


async def main() -> int:
    """Run until done or stopped, and return the exit code."""
    options = parsed()
    task = asyncio.ensure_future(run(options))
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if not stopping:  # whoever presses Ctrl-C twice must not cut the good end short
            stopping = True
            print("Ending", flush=True)
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        return 1 if options.check else 0
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
