"""Which stages run, in which order, and which version their annotations have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nlp.enrichment.base import STAGES, CorpusStage, DocumentStage, Stage, StageContext
from nlp.tags.store import stored_tasks
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message
from tocsin.core.plugins import registered, resolve, unknown
from tocsin.core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage in its place.

    Attributes:
        name: its registered name.
        stage: the stage; None where it could not be made.
        version: the version that its annotations are kept under: its own and those of its needs.
        needed_by: the stage that it was added for; None where it was asked for.
        error: why it could not be made.
    """

    name: str
    stage: Stage | None
    version: str = ""
    needed_by: str | None = None
    error: Exception | None = None


@dataclass(slots=True)
class _Planner:
    """Depth-first topological sort: what was asked for keeps its order where needs allow it."""

    context: StageContext
    asked: tuple[str, ...]
    planned: dict[str, PlannedStage] = field(default_factory=dict)

    def visit(self, name: str, path: tuple[str, ...]) -> None:
        """Plan a stage after what it needs; ``path`` leads from a stage asked for to this one."""
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise ConfigError(Message("fault.stages.circle", {"circle": circle}))
        if name in self.planned:
            return
        _check_registered(name, needed_by=path[-1] if path else None)
        needed_by = path[-1] if path and name not in self.asked else None
        try:
            stage = _make(name, self.context)
        except Exception as error:  # the other stages go on; the run says what this one raised
            self.planned[name] = PlannedStage(name, None, needed_by=needed_by, error=error)
            return
        for need in stage.needs:
            self.visit(need, (*path, name))
        for earlier in stage.after:
            if earlier in self.asked:
                self.visit(earlier, (*path, name))
        self.planned[name] = PlannedStage(name, stage, self._version(stage), needed_by)

    def _version(self, stage: Stage) -> str:
        """A document stage's version says which versions of its needs it was made from.

        So it is made anew when one of them changes. A corpus stage writes its own version.
        """
        if isinstance(stage, CorpusStage) or not stage.needs:
            return stage.version
        needs = ",".join(f"{need}:{self.planned[need].version}" for need in stage.needs)
        return f"{stage.version}+{needs}"


def default_stages(workspace: Workspace) -> tuple[str, ...]:
    """The stages of ``nlp.stages``, and ``tags`` where this workspace has trained a tag."""
    stages = workspace.settings.nlp.stages
    return (*stages, "tags") if "tags" not in stages and stored_tasks(workspace) else stages


def plan(names: Iterable[str], context: StageContext) -> list[PlannedStage]:
    """The stages to run, each after those that it needs, which are added where they were not named.

    Raises:
        ConfigError: no such stage, a need that is not registered, or a circle of needs.
    """
    asked = tuple(dict.fromkeys(names))
    for name in asked:
        _check_registered(name)
    planner = _Planner(context, asked)
    for name in asked:
        planner.visit(name, ())
    return list(planner.planned.values())


def _check_registered(name: str, needed_by: str | None = None) -> None:
    known = registered("stage", STAGES)
    if name in known:
        return
    missing = unknown("stage", name, known)
    if needed_by is None:
        raise ConfigError(missing)
    raise ConfigError(
        Message(
            "fault.stages.needs",
            {"needed_by": repr(needed_by), "name": repr(name), "missing": missing},
        )
    )


def _make(name: str, context: StageContext) -> Stage:
    stage = resolve(registered("stage", STAGES)[name])(context)
    if not isinstance(stage, (DocumentStage, CorpusStage)):
        raise ConfigError(Message("fault.stages.neither", {"name": repr(name)}))
    if stage.name != name:
        raise ConfigError(
            Message("fault.stages.other_name", {"name": repr(name), "name2": repr(stage.name)})
        )
    return stage
