"""What wirecopy raises: where, what was found, what was expected, what to do."""

from __future__ import annotations

__all__ = ["CorpusIndexError", "InputError", "SettingsError", "WirecopyError"]


class WirecopyError(Exception):
    """Every error of wirecopy."""


class SettingsError(WirecopyError, ValueError):
    """An option that there is not, or a value that it does not take."""


class InputError(WirecopyError, ValueError):
    """A table that could not be read.

    ``row`` is the row that the error is about, counted from 0, or ``None`` where it is about the table as a whole.
    """

    def __init__(self, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row


class CorpusIndexError(WirecopyError):
    """An index that is not there, is damaged, is being written by another process, or was made with other settings."""
