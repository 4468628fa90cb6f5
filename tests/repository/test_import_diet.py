"""Setting an entry up loads what it needs; what a user opens later is loaded then."""

import subprocess
import sys

from .source import ROOT

# Loaded by Home Assistant, or by us, when what they serve is first used.
LATER = (
    "condition",
    "config_flow",
    "contacts.company",
    "contacts.vcard",
    "dashboard.bundle",
    "dashboard.commands",
    "dashboard.feed",
    "diagnostics",
    "fixes",
    "flows",
    "logbook",
    "media_source",
    "notify",
    "switch",
    "text",
    "pbx.model.commands",
    "pbx.net.http_request",
    "pbx.net.json_stream",
    "pbx.trace.dump",
    "pbx.trace.masking",
    "pbx.net.listener",
    "pbx.uc.detect",
    "pbx.uc.reports.feed",
    "pbx.uc.reports.feed_connection",
    "recordings",
    "reports.channels.listener",
    "repairs",
    "system_health",
    "trigger",
    "actions.dialing",
    "actions.forwarding",
    "actions.in_call",
    "actions.queries",
    "calls.listening.filters",
    "calls.listening.ringing",
    "calls.listening.scope",
    "voice",
)
# Home Assistant loads these with an integration, whether it uses them or not.
PRELOADED = (
    "condition",
    "config_flow",
    "diagnostics",
    "logbook",
    "media_source",
    "repairs",
    "system_health",
    "trigger",
)


def _loaded(*modules: str) -> set[str]:
    """Return our modules that some modules bring with them."""
    program = (
        "import sys\n"
        f"import {', '.join(modules)}\n"
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
    return {name.removeprefix("custom_components.ippbx.") for name in done.stdout.split()}


def test_set_up_loads_no_flow_and_no_page() -> None:
    loaded = _loaded("custom_components.ippbx")
    assert "runtime" in loaded
    assert not loaded & set(LATER)


def test_the_flow_loads_no_form_of_the_options() -> None:
    loaded = _loaded("custom_components.ippbx.config_flow")  # Home Assistant does at each start
    assert "flows.options" in loaded
    assert "flows.option_forms" not in loaded


def test_what_is_loaded_unasked_brings_nothing_that_few_need() -> None:
    loaded = _loaded(*(f"custom_components.ippbx.{name}" for name in PRELOADED))
    assert loaded >= set(PRELOADED)
    few = {"fixes", "flows.option_forms", "pbx.trace.dump", "pbx.uc.detect", "recordings"}
    assert not loaded & few
