"""The configuration of a simulated PBX: fixed once it exists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """The configuration of a simulated PBX.

    Attributes:
        dialect: "openvox", "yeastar-v1" or "yeastar-v2".
        extensions: How many extensions it starts with.
        first_extension: The number of the first one; the others follow.
        trunks: How many SIP trunks it starts with, named "trunk-1" and so on.
        username: The API user.
        password: The API user's password, in plain.
        serial: The serial number; empty = the product's own, which the PBX fills in.
        tls: Serve the API over TLS with a self-signed certificate.
        redirect_port: With TLS, a plain port (0 = any free one) that redirects to the TLS port.
        event_port: The port of the event stream, where the API has one (0 = any free one).
        utc_offset: The PBX's local time, in whole hours east of UTC.
        keep: How many requests, and how many deliveries, are remembered.
        seed: Seed of all that happens by chance.
    """

    dialect: str = "openvox"
    extensions: int = 5
    first_extension: int = 1000
    trunks: int = 2
    username: str = "api"
    password: str = "Pa55word"
    serial: str = ""
    tls: bool = False
    redirect_port: int | None = None
    event_port: int | None = None
    utc_offset: int = 1
    keep: int = 5000
    seed: int = 1
