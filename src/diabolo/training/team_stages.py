"""Stages of a fit of several processes: the first one decides, computes and keeps for all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from diabolo.cluster.team import Team, current_team
from diabolo.training.stages import Snapshot, Stage, Stages

__all__ = ["TeamStages", "team_stages"]

_RECORD = "record of the moment"


class TeamStages(Stages):
    """Stages of a fit of a team.

    Parameters
    ----------
    stages : Stages
        Of this process, which are asked in the first one alone.
    team : Team
        The processes.
    keeps : bool
        Whether anything is kept.
    """

    def __init__(self, stages: Stages, team: Team, *, keeps: bool) -> None:
        self.stages, self.team, self.keeps = stages, team, keeps

    def part(self, name: str) -> Stages:
        """Return those of a fit within this one."""
        return TeamStages(self.stages.part(name), self.team, keeps=self.keeps)

    def stage(self, name: str) -> Stage:
        """Return one of them."""
        return _TeamStage(self.stages.stage(name), self.team) if self.keeps else Stage()

    def decided(self, name: str, decide: Callable[[], Any], is_possible: Callable[[Any], bool]) -> Any:
        """Return what the first process has decided."""
        return self.team.decided(lambda: self.stages.decided(name, decide, is_possible))

    def computed(
        self,
        name: str,
        compute: Callable[[], dict[str, np.ndarray]],
        check: Callable[[dict[str, np.ndarray]], None],
    ) -> dict[str, np.ndarray]:
        """Return the arrays that all processes compute together, or that the first one has kept."""
        if self.team.decided(lambda: self.stages.has(name)):
            return self.team.computed(lambda: self.stages.computed(name, compute, check))
        found = compute()

        def keep() -> None:
            self.stages.computed(name, lambda: found, check)

        self.team.decided(keep)
        return found

    def same(self, name: str, describe: Callable[[], dict[str, Any]]) -> None:
        """Refuse to go on with something else than the fit was begun with."""
        if not self.keeps:
            return

        def compare() -> None:
            self.stages.same(name, describe)

        self.team.decided(compare)


class _TeamStage(Stage):
    def __init__(self, stage: Stage, team: Team) -> None:
        self.stage, self.team = stage, team

    def found(self, restore: Callable[[Snapshot], None]) -> bool:
        def first() -> dict[str, np.ndarray]:
            kept: list[Snapshot] = []

            def restored(moment: Snapshot) -> None:
                restore(moment)
                kept.append(moment)

            if not self.stage.found(restored):
                return {}
            arrays, record, is_finished = kept[-1]
            return {**arrays, _RECORD: np.array(json.dumps([record, is_finished]))}

        arrays = dict(self.team.computed(first))
        if not arrays:
            return False
        if not self.team.is_first:
            record, is_finished = json.loads(str(arrays.pop(_RECORD)))
            restore(Snapshot(arrays, record, is_finished))
        return True

    @property
    def is_finished(self) -> bool:
        return self.team.decided(lambda: self.stage.is_finished)

    def is_due(self, n_epochs: int | None) -> bool:
        return self.team.decided(lambda: self.stage.is_due(n_epochs))

    def keep(self, take: Callable[[], Snapshot]) -> None:
        moment = take()  # by all, as some of it may lie with each
        self.team.decided(lambda: self.stage.keep(lambda: moment))


def team_stages(stages: Stages | None, *, keeps: bool = False) -> Stages:
    """Return the stages of a fit as those of the team that this process belongs to.

    Parameters
    ----------
    stages : Stages or None
        Of this process; None keeps nothing.
    keeps : bool, default False
        Whether anything is kept.

    Returns
    -------
    Stages
    """
    team, stages = current_team(), stages or Stages()
    if team.n_processes == 1 or isinstance(stages, TeamStages):
        return stages
    return TeamStages(stages, team, keeps=keeps)
