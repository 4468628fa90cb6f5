"""What people and phones do to the PBX's extensions and trunks."""

from __future__ import annotations

from .directory import Directory, Extension, Trunk
from .families.uc.dialects import Dialect
from .families.uc.reports.system import SystemReports


class Administration:
    """The part of the simulator that changes extensions and trunks and reports it."""

    dialect: Dialect
    directory: Directory
    system_reports: SystemReports

    def changed(self) -> None:
        """Something happened."""

    async def set_extension_status(self, number: str, status: str) -> None:
        """Change an extension's status and report it.

        Args:
            number: The extension.
            status: idle, registered, ringing, busy, on_hold, unavailable or fault, in any spelling;
                any other word goes over the wire as it is.
        """
        self.change_status(number, self.directory.status_of(status), True)

    def change_status(self, number: str, status: str, told: bool) -> None:
        """Change an extension's status and, if it shall be told, report it."""
        extension = self.directory.extensions[number]
        if extension.status != status:
            extension.status = status
            if told:
                self.system_reports.extension_status(extension)
            self.changed()

    async def add_extension(self, number: str, name: str = "") -> Extension:
        """Add an extension and report the change."""
        extension = Extension(number=number, name=name or f"User {number}")
        self.directory.extensions[number] = extension
        self.system_reports.config_change("extension", number, "add")
        return extension

    async def remove_extension(self, number: str) -> None:
        """Remove an extension and report the change."""
        del self.directory.extensions[number]
        self.system_reports.config_change("extension", number, "del")

    async def rename_extension(self, number: str, name: str) -> None:
        """Give an extension's user another name and report the change."""
        self.directory.extensions[number].name = name
        self.system_reports.config_change("extension", number, "update")

    async def add_trunk(self, name: str) -> Trunk:
        """Add a trunk and report the change."""
        trunk = self.directory.add_trunk(name)
        self.system_reports.config_change("trunk", name, "add")
        return trunk

    async def remove_trunk(self, name: str) -> None:
        """Remove a trunk and report the change."""
        del self.directory.trunks[name]
        self.system_reports.config_change("trunk", name, "del")

    async def rename_trunk(self, name: str, new_name: str) -> None:
        """Rename a trunk, in its place, and report the change."""
        trunks = self.directory.trunks
        trunk = trunks[name]
        trunk.name = new_name
        self.directory.trunks = {each.name: each for each in trunks.values()}
        self.system_reports.config_change("trunk", new_name, "update")

    async def set_trunk_status(self, name: str, status: str) -> None:
        """Change a trunk's status; no document says that a PBX reports it, so none does by default.

        Args:
            name: The trunk.
            status: registered, registering, failure, disable, unknown, or any other word.
        """
        trunk = self.directory.trunks[name]
        trunk.status = status.lower() if self.dialect.trunk_capitals else status
        self.system_reports.trunk_status(trunk)
        self.changed()
