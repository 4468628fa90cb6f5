"""Setting an entry up loads what it needs; what a user opens later is loaded then."""

import subprocess
import sys

from .source import ROOT

# Loaded by Home Assistant, or by us, when what they serve is first used.
LATER = (
    "config_flow",
    "contacts.company",
    "contacts.vcard",
    "diagnostics",
    "flows",
    "logbook",
    "pbx.model.commands",
    "pbx.net.http_request",
    "pbx.net.json_stream",
    "pbx.trace.dump",
    "pbx.trace.masking",
    "pbx.net.listener",
    "pbx.uc.reports.feed",
    "pbx.uc.reports.feed_connection",
    "reports.channels.listener",
    "repairs",
    "system_health",
    "trigger",
    "actions.dialing",
    "actions.in_call",
    "actions.queries",
    "calls.listening.filters",
    "calls.listening.ringing",
    "calls.listening.scope",
)


def test_set_up_loads_no_flow_and_no_page() -> None:
    program = (
        "import sys\n"
        "import custom_components.ippbx\n"
        "print(*[name for name in sys.modules if name.startswith('custom_components.ippbx.')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = {name.removeprefix("custom_components.ippbx.") for name in done.stdout.split()}
    assert "runtime" in loaded
    assert not loaded & set(LATER)
