"""The steps of `flows.load` as tasks of a Prefect flow, and the flow of `mrd load`.

Nothing that identifies a person reaches Prefect: tasks take batch numbers and return counts, and an
exception is replaced by its kind before Prefect sees it. Values and names go to the terminal and
the tables.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, TypeVar

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.logging import get_run_logger
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.tasks import Task

from flows.bugs import is_bug
from flows.errors import exit_status
from flows.load import LoadResult, LoadRun, counts_of

T = TypeVar("T")
_DELAYS_SECONDS = (1.0, 5.0, 15.0)


class StepFailedError(Exception):
    """A step failed; the terminal has the details, Prefect only the kind."""

    def __init__(self, step: str, error: BaseException) -> None:
        """Name the step, the kind of the error and its exit status, never its message."""
        super().__init__(
            f"step {step} failed ({type(error).__name__}), exit status {exit_status(error)}; "
            "the terminal has the details"
        )
        self.is_io = isinstance(error, OSError)


def _is_io(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    error = (
        state.data if isinstance(state.data, Exception) else state.result(raise_on_failure=False)
    )
    return isinstance(error, StepFailedError) and error.is_io


class LoadTasks:
    """The steps of a load, to be run as tasks of a flow run.

    Attributes:
        error: what the step raised that ended the load.
    """

    def __init__(self, load: LoadRun) -> None:
        """Remember the load; nothing runs yet."""
        self.load = load
        self.error: BaseException | None = None

    def run(self, limit: AbstractContextManager[None] | None = None) -> LoadResult:
        """Run the steps in order, in the flow run that is in progress.

        Args:
            limit: raises an error in its block when the time is up.

        Raises:
            StepFailedError: a step failed; `error` has what it raised.
        """
        load, patience = self.load, len(_DELAYS_SECONDS)
        try:
            with limit or nullcontext():
                # only in these two a share or disk that is away for a moment may come back
                self._task(load.offer, retries=patience)()
                with self._locked():
                    for batch in range(self._task(load.discover)()):
                        self._task(load.keep, retries=patience)(batch)
                        self._task(load.read)(batch)
                    self._task(load.derive)()
                    self._task(load.publish)()
                    self._task(load.report)()
        except BaseException as error:
            load.note_failure(self.error or error)
            raise
        counts = counts_of(load.result)
        create_table_artifact([counts], key="mrd-load", description="Counts of a load")
        get_run_logger().info("load %s: %s", load.load_id, counts)
        return load.result

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with ExitStack() as held:
            self._private("lock", lambda: held.enter_context(self.load.locked()))()
            yield

    def _task(self, body: Callable[..., T], retries: int = 0) -> Task[..., T]:
        return task(
            name=body.__name__,
            cache_policy=NO_CACHE,
            persist_result=False,
            retries=retries,
            retry_delay_seconds=list(_DELAYS_SECONDS[:retries]),
            retry_condition_fn=_is_io,
        )(self._private(body.__name__, body))

    def _private(self, step: str, body: Callable[..., T]) -> Callable[..., T]:
        def private(*given: Any) -> T:
            try:
                done = body(*given)
            except BaseException as error:
                if not is_bug(error):
                    raise
                self.error = error
                raise StepFailedError(step, error) from None
            self.error = None
            if step != "lock":
                get_run_logger().info(json.dumps(self.load.clock.last))
            return done

        return private


def load_with_prefect(load: LoadRun) -> LoadResult:
    """Run a load as a Prefect flow, on the API that is configured or on one of its own.

    Raises:
        BaseException: what a step raised, as it was.
    """
    tasks = LoadTasks(load)

    @flow(name="mrd-load", persist_result=False, validate_parameters=False)
    def ad_hoc() -> dict[str, int]:
        return counts_of(tasks.run())

    # a heartbeat would hold the process for a second at the end; a load ends by itself
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        try:
            ad_hoc()
        except StepFailedError:
            if tasks.error is None:
                raise
            raise tasks.error from None
    return load.result
