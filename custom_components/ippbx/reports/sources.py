"""The check of a report's source, since reports carry no credentials."""

import asyncio
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
import socket

from ..pbx.net.addresses import normalised

LOOKUP_TIMEOUT = 3.0  # seconds: a dead name server must not delay a heartbeat

type Network = IPv4Network | IPv6Network


class SourceCheck:
    """The addresses that reports of one PBX may come from.

    They are the addresses of its host (looked up at each heartbeat, never per report), the peer of
    our own connections, our own addresses where the PBX is on this machine, and the networks that
    the user added.
    """

    def __init__(self, host: str, networks: Iterable[str]) -> None:
        """Start with the host, if it is an address, and the networks that the user added."""
        self._host = host
        self._networks: tuple[Network, ...] = tuple(ip_network(n, strict=False) for n in networks)
        self._of_host: frozenset[str] = frozenset(filter(None, [normalised(host)]))
        self._of_stream = ""
        self._addresses = self._of_host
        self._answers: dict[str, bool] = {}

    @property
    def addresses(self) -> frozenset[str]:
        """Return the addresses that count as the PBX now."""
        return self._addresses

    def accepts(self, source: str) -> bool:
        """Return True if a report from this address is to be accepted."""
        if (answer := self._answers.get(source)) is None:
            answer = self._decide(source)
            if len(self._answers) < 256:  # a flood of addresses must not fill the memory
                self._answers[source] = answer
        return answer

    def accept_peer(self, peer: str) -> None:
        """Accept reports over a connection that we opened to this peer address."""
        self._of_stream = normalised(peer)
        if self._of_stream not in ("", *self._addresses):
            self._addresses |= {self._of_stream}
            self._answers.clear()

    async def async_refresh(self, peer: str | None, local: str | None) -> None:
        """Look the host up again; its last known addresses stay if that fails.

        Args:
            peer: remote address of our last connection to the PBX.
            local: local address of it; if both are the same, the PBX is on this machine.
        """
        if not normalised(self._host):
            self._of_host = await self._async_look_up() or self._of_host
        far, near = normalised(peer or ""), normalised(local or "")
        addresses = {*self._of_host, self._of_stream, far}
        if far and (far == near or ip_address(far).is_loopback):
            addresses.update((near, "127.0.0.1", "::1"))
        addresses.discard("")
        if addresses != self._addresses:
            self._addresses = frozenset(addresses)
            self._answers.clear()

    async def _async_look_up(self) -> frozenset[str]:
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT):
                found = await asyncio.get_running_loop().getaddrinfo(
                    self._host, None, type=socket.SOCK_STREAM
                )
        except (OSError, UnicodeError):
            return frozenset()
        return frozenset(normalised(str(item[4][0])) for item in found)

    def _decide(self, source: str) -> bool:
        address = normalised(source)
        if not address:
            return False
        if address in self._addresses:
            return True
        parsed = ip_address(address)
        return any(
            parsed in network for network in self._networks if network.version == parsed.version
        )
