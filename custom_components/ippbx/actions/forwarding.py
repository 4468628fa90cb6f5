"""Commands that forward all calls of an extension."""

from collections.abc import Container
from typing import Final

from ..numbers.phone_numbers import InvalidNumberError, dialable
from ..pbx.model.actions import Party
from ..pbx.model.commands import SetForwarding
from ..pbx.model.lines import VOICEMAIL, ExtensionSettings
from .fields import check_other, validation_error

VOICEMAIL_WORDS: Final = frozenset(
    {
        VOICEMAIL,
        "mailbox",
        "buzón de voz",
        "messagerie vocale",
        "correio de voz",
        "语音信箱",
    }
)
"""What people type for `VOICEMAIL`, in all languages: no action says which one its user reads."""


def switched(
    settings: ExtensionSettings, extensions: Container[str], *, enabled: bool
) -> SetForwarding:
    """Return the command that begins or ends forwarding.

    It names the destination whenever calls are to go there: what the dial policy checks is what the
    PBX gets, even if somebody has set another one there meanwhile.

    Raises:
        ServiceValidationError: calls are to be forwarded to an unknown destination, or to the
            extension itself.
    """
    if not enabled:
        return SetForwarding(extension=settings.number, enabled=False)
    if not settings.forward_to:
        raise validation_error("forward_target_missing")
    return _forwarding(settings.number, extensions, settings.forward_to, enabled=True)


def directed(settings: ExtensionSettings, extensions: Container[str], text: str) -> SetForwarding:
    """Return the command that sets a destination; calls go there if they are forwarded now.

    Raises:
        ServiceValidationError: it is neither a number in digits nor a word for `VOICEMAIL`, or
            the extension itself.
    """
    target = VOICEMAIL
    if text.strip().casefold() not in VOICEMAIL_WORDS:
        try:
            target = dialable(text)
        except InvalidNumberError:
            raise validation_error("forward_target_invalid") from None
        if target.startswith("+"):  # settings of a PBX know digits alone
            raise validation_error("forward_target_invalid")
    return _forwarding(settings.number, extensions, target, enabled=bool(settings.forwards))


def _forwarding(
    number: str, extensions: Container[str], target: str, *, enabled: bool
) -> SetForwarding:
    check_other(number, target)
    kind = Party.EXTENSION if target in extensions else Party.NUMBER
    return SetForwarding(extension=number, enabled=enabled, target=target, target_kind=kind)
