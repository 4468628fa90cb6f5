"""IP addresses as sockets and users spell them."""

from ipaddress import IPv6Address, ip_address


def normalised(address: str) -> str:
    """Return an IP address in its plain form, IPv4 where it was mapped into IPv6; "" for none."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(parsed)
