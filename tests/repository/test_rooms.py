"""The tests lie in the folders of the code, and each module has its test module or a line here."""

import ast
from pathlib import Path

import pytest

from .import_graph import modules
from .source import ROOT, tree

TESTS = ROOT / "tests"

# Modules without a test module of their name, and the test modules that cover them.
TESTED_IN = {
    "const": "repository/test_texts_of_the_code.py",
    "fixes": "test_repairs.py",
    "recordings": "test_media_source.py",
    "sensor.__init__": "sensor/test_status.py",
    "sensor.calls": "calls/test_monitor.py",
    "actions.call_ids": "actions/test_targets.py",
    "actions.context": "actions/test_targets.py",
    "actions.fields": "actions/test_targets.py",
    "actions.legs": "actions/test_in_call.py",
    "calls.history.entries": "calls/history/test_log.py",
    "calls.history.history": "calls/history/test_backfill.py",
    "calls.listeners": "calls/test_monitor.py",
    "calls.listening.entries": "calls/listening/test_ringing.py",
    "calls.listening.filters": "test_trigger.py",
    "calls.listening.scope": "test_trigger.py",
    "calls.names": "calls/test_attributes.py",
    "calls.texts": "test_logbook.py",
    "dashboard.feed": "dashboard/test_commands.py",
    "dashboard.register": "dashboard/test_bundle.py",
    "flows.forms": "test_config_flow.py",
    "flows.option_forms": "flows/test_options.py",
    "issues.facts": "issues/test_delivery_causes.py",
    "issues.registry": "issues/test_rules.py",
    "reports.channels.listener": "reports/channels/test_push.py",
    "reports.channels.ports": "reports/channels/test_push.py",
    "reports.lost_reports": "reports/test_channel_switch.py",
    "state.merge": "state/test_store.py",
    "state.reading": "test_coordinator.py",
    "state.schedule": "test_coordinator.py",
    "state.system_events": "test_coordinator.py",
    "state.writing": "test_switch.py",
    "pbx.backend": "pbx/uc/test_seam.py",
    "pbx.backends": "pbx/uc/test_seam.py",
    "pbx.errors": "pbx/uc/control/test_errors.py",
    "pbx.model.commands": "pbx/model/test_actions.py",
    "pbx.model.events": "pbx/uc/reports/test_parse.py",
    "pbx.model.tracked": "pbx/tracking/test_calls_internal.py",
    "pbx.model.values": "pbx/uc/reports/test_parse.py",
    "pbx.net.http_errors": "pbx/uc/test_transport.py",
    "pbx.net.http_request": "pbx/net/test_listener_http.py",
    "pbx.net.lenient_json": "pbx/uc/reports/test_parse_hostile.py",
    "pbx.trace.dump": "pbx/trace/test_trace.py",
    "pbx.trace.masking": "pbx/trace/test_trace.py",
    "pbx.tracking.calls": "pbx/tracking/test_calls_hostile.py",
    "pbx.tracking.changes": "pbx/tracking/test_calls_repeats.py",
    "pbx.tracking.facts": "pbx/tracking/test_calls_internal.py",
    "pbx.tracking.identity": "pbx/tracking/test_calls_ids.py",
    "pbx.tracking.legs": "pbx/tracking/test_calls_groups.py",
    "pbx.tracking.outcome": "pbx/tracking/test_calls_failures.py",
    "pbx.tracking.phones": "pbx/tracking/test_calls_internal.py",
    "pbx.tracking.snapshots": "pbx/tracking/test_calls_readings.py",
    "pbx.tracking.summary": "pbx/tracking/test_calls_internal.py",
    "pbx.tracking.termination": "pbx/tracking/test_calls_records.py",
    "pbx.tracking.tracker": "pbx/tracking/test_calls_property.py",
    "pbx.uc.control.answers": "pbx/uc/control/test_attended.py",
    "pbx.uc.control.control": "pbx/uc/control/test_wire.py",
    "pbx.uc.control.requests": "pbx/uc/control/test_wire.py",
    "pbx.uc.control.v1": "pbx/uc/control/test_transfers.py",
    "pbx.uc.control.v2": "pbx/uc/control/test_attended.py",
    "pbx.uc.control.values": "pbx/uc/control/test_wire.py",
    "pbx.uc.dialects": "pbx/uc/test_detect.py",
    "pbx.uc.error_codes": "pbx/uc/control/test_errors.py",
    "pbx.uc.reports.feed_connection": "pbx/uc/reports/test_feed.py",
}


def home_of(module: str) -> Path:
    """Return where the test module of a module is to be."""
    *folders, name = module.split(".")
    return TESTS.joinpath(*folders, f"test_{name.strip('_')}.py")


def is_package_docstring(module: str, path: Path) -> bool:
    """Return True for the `__init__.py` of a folder that holds nothing but imports."""
    return module.endswith(".__init__") and all(
        isinstance(node, ast.Expr | ast.Import | ast.ImportFrom | ast.Assign)
        for node in tree(path).body
    )


CODE = {
    module: path for module, path in modules().items() if not is_package_docstring(module, path)
}
FOLDERS = {
    *(TESTS.joinpath(*module.split(".")[:-1]) for module in modules()),
    TESTS / "simulator",
}


@pytest.mark.parametrize("folder", sorted(FOLDERS), ids=lambda path: str(path.relative_to(TESTS)))
def test_every_package_has_its_folder(folder: Path) -> None:
    assert (folder / "__init__.py").is_file()


@pytest.mark.parametrize("module", CODE)
def test_every_module_has_a_test_module_or_a_line(module: str) -> None:
    assert home_of(module).is_file() or module in TESTED_IN


@pytest.mark.parametrize(("module", "tested_in"), TESTED_IN.items())
def test_every_line_is_right(module: str, tested_in: str) -> None:
    assert module in CODE, "the module is gone"
    assert (TESTS / tested_in).is_file(), "its tests are gone"
    assert not home_of(module).exists(), "it has a test module of its own: drop the line"


def test_where_tests_belong() -> None:
    assert home_of("reports.delivery") == TESTS / "reports" / "test_delivery.py"
    assert home_of("coordinator") == TESTS / "test_coordinator.py"
    assert home_of("__init__") == TESTS / "test_init.py"
