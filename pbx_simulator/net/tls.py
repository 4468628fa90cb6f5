"""Self-signed certificates and TLS as old boxes speak it (pbx-api, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
import datetime
import hashlib
from pathlib import Path
import ssl
import tempfile
import warnings

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID
except ImportError:  # pragma: no cover
    CAN_MAKE_CERTIFICATES = False
else:
    CAN_MAKE_CERTIFICATES = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate with its key, both PEM in one text, and its SHA-256 in lower-case hex."""

    pem: bytes
    fingerprint: str


def make_certificate(name: str, *, days: float = 1825) -> Certificate:
    """Make a self-signed certificate, valid from five years ago on for `days` from now.

    Raises:
        RuntimeError: The package `cryptography` is missing.
    """
    if not CAN_MAKE_CERTIFICATES:  # pragma: no cover
        raise RuntimeError("TLS needs the package 'cryptography'")
    # RSA, because boxes with RSA key exchange can use nothing else.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1825))
        .not_valid_after(now + datetime.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Certificate(
        pem=private + certificate.public_bytes(serialization.Encoding.PEM),
        fingerprint=hashlib.sha256(der).hexdigest(),
    )


def server_context(certificate: Certificate, old_tls: bool | str) -> ssl.SSLContext:
    """Return a context for the server.

    Args:
        certificate: The certificate that it shows.
        old_tls: False = up to date; True or "rsa" = TLS 1.2 with RSA key exchange alone; "1.0" =
            nothing newer than TLS 1.0.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if old_tls:
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("AES256-GCM-SHA384:@SECLEVEL=0")
    if old_tls == "1.0":
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            # The old version is the point; Python is right to advise against it.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.pem"
        path.touch(mode=0o600)
        path.write_bytes(certificate.pem)
        context.load_cert_chain(path)
    return context
