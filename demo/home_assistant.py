"""A real Home Assistant in a folder of the clone.

Started, onboarded and spoken to over its own API.
"""

from contextlib import suppress
import json
from pathlib import Path
import shutil
import sys
from typing import Any, cast

import aiohttp
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION

from .processes import Child, DemoError, in_url

USER = PASSWORD = "demo"

# What a person sees of Home Assistant, without anything that talks to the internet.
CONFIGURATION = """\
homeassistant:
  name: Demo
  country: DE
  currency: EUR
  language: en
  latitude: 50.1
  longitude: 8.7
  elevation: 100
  time_zone: UTC
  unit_system: metric
automation: !include automations.yaml
config:
frontend:
history:
logbook:
logger:
  filters:
    # Voice, cameras and more come up by themselves since 2026.8; the demo has no packages for them.
    homeassistant.setup:
      - "^Setup failed for '(?!ippbx)"
      - "^Unable to set up dependencies of '(?!ippbx)"
  logs:
    haffmpeg: fatal
    homeassistant.components.camera.img_util: fatal
media_source:
person:
recorder:
  commit_interval: 1
scene:
script: !include scripts.yaml
sun:
system_health:
"""


def prepare(folder: Path, components: Path, blueprints: Path, *, host: str, port: int) -> None:
    """Lay out a configuration folder; what is there already is kept.

    Args:
        folder: the configuration folder.
        components: the folder of the integration, which is linked in.
        blueprints: the folder of its blueprints, which is copied: Home Assistant follows no link
            there.
        host: address for Home Assistant's web server.
        port: port for it.
    """
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    link = folder / "custom_components" / components.name
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(components, target_is_directory=True)
    shutil.copytree(
        blueprints, folder / "blueprints" / "automation" / blueprints.name, dirs_exist_ok=True
    )
    for name, empty in (("automations", "[]"), ("scripts", "{}")):
        file = folder / f"{name}.yaml"
        if not file.exists():
            file.write_text(f"{empty}\n")
    configuration = CONFIGURATION
    if (MAJOR_VERSION, MINOR_VERSION) < (2026, 8):
        configuration += f"http:\n  server_host: '{host}'\n  server_port: {port}\n"
    else:  # these settings live in storage now; version 1 of the file is understood by all
        _store(storage, "http", {"server_host": [host], "server_port": port})
    (folder / "configuration.yaml").write_text(configuration)
    if not (storage / "onboarding").exists():
        # The steps other than "user" would set up integrations that talk to the internet.
        _store(storage, "onboarding", {"done": ["analytics", "core_config", "integration"]}, 4)


def _store(storage: Path, key: str, data: dict[str, Any], version: int = 1) -> None:
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content))


class HomeAssistant:
    """One Home Assistant: its process and its REST API.

    Attributes:
        url: address of its web page.
        process: the process.
        log: the log file that it writes.
        token: access token of the user, for half an hour.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        folder: Path,
        *,
        host: str,
        port: int,
        python: str = sys.executable,
    ) -> None:
        """Remember where it lives; it is started as a context manager of `process`.

        Args:
            session: what its REST API is called with.
            folder: the configuration folder.
            host: address of its web server.
            port: port of it.
            python: interpreter of the environment that has Home Assistant.
        """
        self.url = f"http://{in_url(host)}:{port}"
        self.log = folder / "home-assistant.log"
        self.process = Child(
            "Home Assistant",
            [python, "-m", "homeassistant", "--config", str(folder), "--skip-pip"],
            folder=folder,
            log=folder / "output.log",
        )
        self._session = session
        self.token = ""

    @property
    def client_id(self) -> str:
        """What we call ourselves towards Home Assistant's authentication."""
        return f"{self.url}/"

    async def wait(self, patience: float = 180) -> None:
        """Wait until the web server answers, sign in, and wait until everything is up.

        Raises:
            DemoError: it is not within `patience` seconds, or refused the user.
        """
        await self.process.ready(self._answers, patience)
        await self._sign_in()
        await self.process.ready(self._runs, patience)
        with suppress(DemoError):  # older releases know no trial, and a kept folder has passed it
            # A new port is taken back after five minutes unless somebody says that it is right.
            await self.commands({"type": "http/config/promote"})
        # Says which parts of Home Assistant lack their packages; see CONFIGURATION.
        await self.request("POST", "/api/services/persistent_notification/dismiss_all", json={})

    async def _answers(self) -> bool:
        try:
            async with self._session.get(f"{self.url}/manifest.json") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def _runs(self) -> bool:
        return bool((await self.request("GET", "/api/config"))["state"] == "RUNNING")

    async def _sign_in(self) -> None:
        """Create the user where there is none yet, then sign in with the password.

        Raises:
            DemoError: Home Assistant refused.
        """
        try:
            steps = await self.request("GET", "/api/onboarding")
        except DemoError:  # the view is gone once everything is done
            steps = []
        if any(step["step"] == "user" and not step["done"] for step in steps):
            user = {
                "client_id": self.client_id,
                "name": "Demo",
                "username": USER,
                "password": PASSWORD,
                "language": "en",
            }
            await self.request("POST", "/api/onboarding/users", json=user)
        await self._log_in()

    async def _log_in(self) -> None:
        flow = await self.request(
            "POST",
            "/auth/login_flow",
            json={
                "client_id": self.client_id,
                "handler": ["homeassistant", None],
                "redirect_uri": self.client_id,
            },
        )
        result = await self.request(
            "POST",
            f"/auth/login_flow/{flow['flow_id']}",
            json={"client_id": self.client_id, "username": USER, "password": PASSWORD},
        )
        if result.get("type") != "create_entry":
            raise DemoError(f"Home Assistant refused the user {USER}: {result}")
        form = {
            "client_id": self.client_id,
            "code": result["result"],
            "grant_type": "authorization_code",
        }
        tokens = await self.request("POST", "/auth/token", data=form)
        self.token = tokens["access_token"]

    async def request(self, method: str, path: str, **arguments: Any) -> Any:
        """Send a request to the REST API and return its answer: JSON, or text.

        Raises:
            DemoError: Home Assistant refused it.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._session.request(
            method, f"{self.url}{path}", headers=headers, **arguments
        ) as response:
            text = await response.text()
            if not response.ok:
                raise DemoError(f"Home Assistant answered {response.status} to {path}: {text}")
            is_json = response.content_type == "application/json"
            return json.loads(text) if is_json else text

    async def commands(self, *commands: dict[str, Any]) -> list[Any]:
        """Send commands over the WebSocket API, one after the other, and return their results.

        Raises:
            DemoError: Home Assistant refused one.
        """
        results = []
        async with self._session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self.token})
            await socket.receive_json()
            for number, command in enumerate(commands, 1):
                await socket.send_json({"id": number, **command})
                answer = await socket.receive_json()
                if not answer["success"]:
                    raise DemoError(f"Home Assistant refused {command['type']}: {answer['error']}")
                results.append(answer["result"])
        return results

    async def template(self, template: str) -> Any:
        """Return what a template renders to, which must be JSON."""
        rendered = await self.request("POST", "/api/template", json={"template": template})
        return json.loads(rendered) if isinstance(rendered, str) else rendered

    async def state(self, entity_id: str) -> str:
        """Return an entity's state."""
        answer = await self.request("GET", f"/api/states/{entity_id}")
        return cast("str", answer["state"])

    async def call(self, domain: str, action: str, data: dict[str, Any]) -> Any:
        """Run an action and return its response data."""
        path = f"/api/services/{domain}/{action}?return_response"
        answer = await self.request("POST", path, json=data)
        return answer["service_response"]


def clean(folder: Path) -> None:
    """Remove a configuration folder, but not what it links to."""
    if folder.exists():
        shutil.rmtree(folder)
