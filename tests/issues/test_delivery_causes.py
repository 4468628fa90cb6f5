"""Which cause is named where reports do not arrive, by what is known."""

from dataclasses import replace

import pytest

from custom_components.ippbx.const import (
    ADDRESS_FIXED,
    ADDRESS_RELATIVE,
    CHANNEL_LISTENER,
    CHANNEL_STREAM,
    CHANNEL_WEBHOOK,
)
from custom_components.ippbx.issues.delivery_causes import cause_of
from custom_components.ippbx.issues.facts import DeliveryFacts
from custom_components.ippbx.issues.registry import (
    REPORTS_ADDRESS_CHOSEN,
    REPORTS_CHANNEL_CHOSEN,
    REPORTS_CONTAINER,
    REPORTS_LOST,
    REPORTS_OTHER_NETWORK,
    REPORTS_PORT_TAKEN,
    REPORTS_STREAM_DOWN,
    REPORTS_STREAM_REFUSED,
    REPORTS_TLS_ONLY,
)

HOME = DeliveryFacts(
    channel=CHANNEL_LISTENER,
    address="192.0.2.7:8260/api/webhook/…",
    here="192.0.2.7",
    pbx="192.0.2.150",
    port=8260,
    event_port=8333,
)
DOCKER = replace(HOME, in_container=True, here="172.17.0.3", pbx="192.0.2.150")
STREAM = replace(HOME, channel=CHANNEL_STREAM)


@pytest.mark.parametrize(
    ("facts", "kind", "shown"),
    [
        (HOME, REPORTS_LOST, {"address": HOME.address}),
        (replace(HOME, port_taken=True), REPORTS_PORT_TAKEN, {"port": "8260"}),
        (replace(HOME, channel=CHANNEL_WEBHOOK, tls_only=True), REPORTS_TLS_ONLY, {}),
        (replace(HOME, tls_only=True), REPORTS_LOST, {"address": HOME.address}),
        (
            # A proxy may stand there.
            replace(HOME, channel=CHANNEL_WEBHOOK, tls_only=True, address_mode=ADDRESS_FIXED),
            REPORTS_ADDRESS_CHOSEN,
            {"address": HOME.address},
        ),
        (
            replace(DOCKER, address_mode=ADDRESS_RELATIVE),
            REPORTS_ADDRESS_CHOSEN,
            {"address": HOME.address},
        ),
        (DOCKER, REPORTS_CONTAINER, {"here": "172.17.0.3", "port": "8260"}),
        (
            replace(DOCKER, here="172.30.32.1"),
            REPORTS_CONTAINER,
            {"here": "172.30.32.1", "port": "8260"},
        ),
        (replace(DOCKER, pbx="172.17.0.2"), REPORTS_LOST, {"address": HOME.address}),
        (replace(HOME, in_container=True), REPORTS_LOST, {"address": HOME.address}),
        (
            replace(HOME, pbx="198.51.100.9"),
            REPORTS_OTHER_NETWORK,
            {"here": "192.0.2.7", "pbx": "198.51.100.9", "port": "8260"},
        ),
        (
            replace(HOME, here="2001:db8:1::7", pbx="2001:db8:2::9"),
            REPORTS_OTHER_NETWORK,
            {"here": "2001:db8:1::7", "pbx": "2001:db8:2::9", "port": "8260"},
        ),
        (
            replace(HOME, here="2001:db8::7", pbx="2001:db8::9"),
            REPORTS_LOST,
            {"address": HOME.address},
        ),
        (replace(HOME, here=""), REPORTS_LOST, {"address": HOME.address}),
        (replace(HOME, chosen=True), REPORTS_CHANNEL_CHOSEN, {}),
        (
            replace(STREAM, feed_refused=True, feed_down=True),
            REPORTS_STREAM_REFUSED,
            {"event_port": "8333"},
        ),
        (replace(STREAM, feed_down=True), REPORTS_STREAM_DOWN, {"event_port": "8333"}),
        # What concerns our address is nothing to a stream that is up.
        (
            replace(STREAM, here="172.17.0.3", in_container=True, address_mode=ADDRESS_FIXED),
            REPORTS_LOST,
            {"address": HOME.address},
        ),
        (replace(STREAM, chosen=True), REPORTS_CHANNEL_CHOSEN, {}),
    ],
)
def test_cause(facts: DeliveryFacts, kind: str, shown: dict[str, str]) -> None:
    assert cause_of(facts) == (kind, shown)


def test_a_question_about_a_source_hides_all_other_issues() -> None:
    assert cause_of(replace(DOCKER, unknown_source=True)) is None
