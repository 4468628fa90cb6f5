"""Reads numbers from the fields of actions."""

from collections.abc import Container, Mapping
from typing import Any

from homeassistant.exceptions import ServiceValidationError

from ..const import DOMAIN
from ..numbers.phone_numbers import InvalidNumberError, dialable


def number_in(data: Mapping[str, Any], name: str) -> str:
    """Return the number to dial in a field; empty if the field is missing.

    Raises:
        ServiceValidationError: the value is no number.
    """
    if name not in data:
        return ""
    try:
        return dialable(data[name])
    except InvalidNumberError:
        raise validation_error("invalid_number", field=name) from None


def own_number_in(data: Mapping[str, Any], name: str) -> str:
    """Return the number of an IVR, a queue or a ring group in a field: digits alone.

    Raises:
        ServiceValidationError: the value is none; in its place, some PBXes would ring any number.
    """
    number = number_in(data, name)
    if number and not number.isdecimal():
        raise validation_error("digits_only", field=name)
    return number


def permission_in(data: Mapping[str, Any], extensions: Container[str]) -> str:
    """Return the extension by whose right a call goes outside; empty if none is given.

    Raises:
        ServiceValidationError: the value is no extension of the PBX.
    """
    number = number_in(data, "permission")
    if number and number not in extensions:
        raise validation_error("extension_unknown")
    return number


def check_other(extension: str, number: str) -> None:
    """Raise if a call would go from an extension to itself, which may ring on until it gives up.

    Raises:
        ServiceValidationError: both are the same.
    """
    if number == extension:
        raise validation_error("to_itself")


def validation_error(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the translated error for invalid input of an action."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
