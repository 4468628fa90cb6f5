"""The bodies of login and heartbeat: strings throughout, whatever single samples show."""

from ..model.lines import ReportAddress
from .dialects import Dialect


def login_body(
    dialect: Dialect, address: ReportAddress, username: str, password_md5: str
) -> dict[str, str]:
    """Return a login (pbx-api, "login"); the password is its MD5 in lower-case hex."""
    body = {
        "username": username,
        "password": password_md5,
        "port": address.port,
        "version": dialect.report_version,
    }
    return body | _url(address)


def heartbeat_body(dialect: Dialect, address: ReportAddress) -> dict[str, str]:
    """Return a heartbeat (pbx-api, "heartbeat")."""
    body = {"ipaddr": address.ipaddr, "port": address.port} | _url(address)
    if dialect.sends_urlflag and address.url:
        body["urlflag"] = address.urltag
    if dialect.heartbeat_version:
        body["version"] = dialect.report_version
    return body


def _url(address: ReportAddress) -> dict[str, str]:
    """Return where reports go; without a URL they go to the root, and the flag means nothing."""
    return {"url": address.url, "urltag": address.urltag} if address.url else {}
