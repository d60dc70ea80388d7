"""The deployments that `mrd serve` offers, and the thread that starts a process for each of their runs."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import (
    ConcurrencyLimitConfig,
    ConcurrencyLimitStrategy,
    FlowRun,
    State,
    StateType,
)
from prefect.runner import Runner
from prefect.schedules import Schedule
from prefect.states import Cancelled, Crashed
from prefect.types.entrypoint import EntrypointType

from flows import scheduled
from flows.errors import EXIT_NOT_PUBLISHED, UserError

_START_SECONDS, _STOP_SECONDS = 120.0, 90.0
_LOAD, _RERUN = "scheduled", "on-request"


class Runs:
    """Prefect's runner in a thread of its own: signals belong to the main thread."""

    def __init__(self, parameters: Mapping[str, Any], inbox: list[str], schedule: Schedule) -> None:
        """Prepare; nothing runs yet.

        Args:
            parameters: of both flows.
            inbox: what the load reads.
            schedule: of the load.
        """
        self._parameters, self._inbox, self._schedule = dict(parameters), inbox, schedule
        # schedules are not paused at the end: nothing starts runs while the server is down
        self._runner = Runner(name="mrd", pause_on_shutdown=False)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="runs", daemon=True)
        self._is_ready = threading.Event()

    @property
    def is_alive(self) -> bool:
        """Whether runs are still started."""
        return self._thread.is_alive()

    @contextmanager
    def started(self) -> Iterator[None]:
        """Start runs until the end of the block; those that run then are cancelled.

        Raises:
            UserError: the server does not take what is to be run.
        """
        self._thread.start()
        try:
            if not self._is_ready.wait(_START_SECONDS):
                raise UserError("Prefect's server does not answer", EXIT_NOT_PUBLISHED)
            yield
        finally:
            self._stop()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await close_old_runs()
        load = await self._runner.aadd_flow(
            scheduled.load,
            name=_LOAD,
            schedule=self._schedule,
            parameters={**self._parameters, "inbox": self._inbox},
            # a load that is still running when the next is due takes its files, or the one after does
            concurrency_limit=ConcurrencyLimitConfig(
                limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
            ),
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        await self._runner.aadd_flow(
            scheduled.rerun,
            name=_RERUN,
            parameters=self._parameters,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        if self._schedule.interval is not None:
            # the first of an interval would be one interval from now
            async with get_client() as client:
                await client.create_flow_run_from_deployment(load)
        self._is_ready.set()
        await self._runner.start()

    def _stop(self) -> None:
        if self._loop is not None and self._runner.started:
            asyncio.run_coroutine_threadsafe(self._runner.astop(), self._loop).result(_STOP_SECONDS)
        self._thread.join(_STOP_SECONDS)


async def close_old_runs() -> None:
    """Say of runs that a `mrd serve` before left what became of them: none seems to run, none is made up for.

    Prefect itself makes a cancelled run of one that was being cancelled.
    """
    ours = DeploymentFilter(name=DeploymentFilterName(any_=[_LOAD, _RERUN]))
    async with get_client() as client:

        async def runs(*types: StateType) -> list[FlowRun]:
            state = FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))
            return await client.read_flow_runs(
                deployment_filter=ours, flow_run_filter=FlowRunFilter(state=state)
            )

        for run in await runs(StateType.PENDING, StateType.RUNNING, StateType.CANCELLING):
            ended: State[Any] = Crashed(message="mrd serve ended while this ran")
            await client.set_flow_run_state(run.id, ended)
        now = datetime.now(UTC)
        for run in await runs(StateType.SCHEDULED):
            if run.auto_scheduled and run.expected_start_time and run.expected_start_time < now:
                missed: State[Any] = Cancelled(message="mrd serve did not run at this time")
                await client.set_flow_run_state(run.id, missed)
