"""The protocols that are spoken: a row for each."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from importlib import import_module
import re
from typing import Final

import aiohttp

from .backend import Connection, PbxBackend, Variant
from .model.values import bundle
from .net.login_guard import LoginGuard
from .trace.trace import Exchange
from .uc.backend import UcBackend, logins as logins_of_uc
from .uc.dialects import DIALECTS


@bundle
class CredentialField:
    """A part of the credentials, as a form asks for it.

    Attributes:
        key: its name in settings and translations.
        secret: whether it is hidden while it is typed; blanks around it count.
    """

    key: str
    secret: bool = False


type Create = Callable[
    [aiohttp.ClientSession, Connection, str, LoginGuard, Callable[[Exchange], None] | None],
    PbxBackend,
]


@bundle
class BackendType:
    """A protocol, with what is needed to begin to speak it.

    Attributes:
        variants: its spellings, likeliest first.
        credentials: the fields of its credentials, in the order of `LoginGuard.digest`.
        detect: returns the variant that answers at a connection, without a login.
        create: returns a backend for a connection, in the variant of a key; nothing is sent.
        logins: returns the digests by which the guard knows the logins of a connection.
        hardware: how hardware addresses of its PBXes begin: six hexadecimal digits each. Makers
            have other products, too.
    """

    key: str
    variants: tuple[Variant, ...]
    credentials: tuple[CredentialField, ...]
    detect: Callable[[aiohttp.ClientSession, Connection], Awaitable[Variant]]
    create: Create
    logins: Callable[[Connection], tuple[str, ...]]
    hardware: tuple[str, ...] = ()

    @property
    def ports(self) -> tuple[int, ...]:
        """Return the usual ports, each once."""
        return tuple(dict.fromkeys(variant.default_port for variant in self.variants))


async def _detect_uc(session: aiohttp.ClientSession, connection: Connection) -> Variant:
    """Return the dialect that answers. The code is loaded, in a thread, when a PBX is added."""
    module = await asyncio.to_thread(import_module, ".uc.detect", __package__)
    variant: Variant = await module.detect(session, connection)
    return variant


BACKENDS: Final[dict[str, BackendType]] = {
    backend.key: backend
    for backend in (
        BackendType(
            key="uc",  # OpenVox UC; Yeastar S-Series, K2 and Cloud
            variants=tuple(DIALECTS.values()),
            credentials=(
                CredentialField(key="username"),
                CredentialField(key="password", secret=True),
            ),
            detect=_detect_uc,
            create=UcBackend,
            logins=logins_of_uc,
            hardware=("a09805", "f4b549", "80c2f0"),  # OpenVox; Yeastar (IEEE's list)
        ),
    )
}


def hardware_address(serial: str) -> str | None:
    """Return the hardware address that a serial number is, in lower case with colons, or None.

    OpenVox's documented one, a09805021987, begins as its hardware addresses do.
    """
    digits = serial.lower()
    makers = [maker for backend in BACKENDS.values() for maker in backend.hardware]
    if re.fullmatch(r"[0-9a-f]{12}", digits) and digits.startswith(tuple(makers)):
        return ":".join(re.findall("..", digits))
    return None


def variants() -> Iterable[Variant]:
    """Return all variants of all backends."""
    return [variant for backend in BACKENDS.values() for variant in backend.variants]


def variant_of(key: str) -> Variant:
    """Return a variant by its key."""
    return next(variant for variant in variants() if variant.key == key)


def backend_of(key: str) -> BackendType:
    """Return the backend that has a variant of a key."""
    return next(
        backend
        for backend in BACKENDS.values()
        if any(variant.key == key for variant in backend.variants)
    )
