"""A page of Home Assistant that shows who calls: the dashboard that the integration brings."""

from .check import DOMAIN
from .home_assistant import HomeAssistant

PATH = "pbx-demo"


async def add_dashboard(home_assistant: HomeAssistant) -> None:
    """Add the page to Home Assistant's side bar.

    Raises:
        DemoError: Home Assistant refused it.
    """
    dashboard = {"url_path": PATH, "title": "PBX", "icon": "mdi:phone", "mode": "storage"}
    config = {"strategy": {"type": f"custom:{DOMAIN}"}}
    await home_assistant.commands(
        {"type": "lovelace/dashboards/create", **dashboard},
        {"type": "lovelace/config/save", "url_path": PATH, "config": config},
    )
