"""The Prefect flow of a load: the steps of `flows.load`, a task each, nothing else.

Nothing that identifies a person reaches Prefect: tasks take batch numbers and return counts, and an
exception is replaced by its kind before Prefect sees it. Values and names go to the terminal and
the tables.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.logging import get_run_logger
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.tasks import Task

from flows.bugs import is_bug
from flows.load import LoadResult, LoadRun

T = TypeVar("T")
_DELAYS_SECONDS = (1.0, 5.0, 15.0)


class StepFailedError(Exception):
    """A step failed; the terminal has the details, Prefect only the kind."""

    def __init__(self, step: str, error: BaseException) -> None:
        """Name the step and the kind of the error, never its message."""
        super().__init__(
            f"step {step} failed ({type(error).__name__}); the terminal has the details"
        )
        self.is_io = isinstance(error, OSError)


def _is_io(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    error = (
        state.data if isinstance(state.data, Exception) else state.result(raise_on_failure=False)
    )
    return isinstance(error, StepFailedError) and error.is_io


def load_with_prefect(run: LoadRun) -> LoadResult:
    """Run a load as a Prefect flow, on the API that is configured or on one of its own.

    Raises:
        BaseException: what a step raised, as it was.
    """
    errors: list[BaseException] = []

    def step(body: Callable[..., T], retries: int = 0) -> Task[..., T]:
        name = body.__name__

        def private(*numbers: int) -> T:
            try:
                return body(*numbers)
            except BaseException as error:
                if not is_bug(error):
                    raise
                errors.append(error)
                raise StepFailedError(name, error) from None

        return task(
            name=name,
            cache_policy=NO_CACHE,
            persist_result=False,
            retries=retries,
            retry_delay_seconds=list(_DELAYS_SECONDS[:retries]),
            retry_condition_fn=_is_io,
        )(private)

    @flow(name="mrd-load", persist_result=False, validate_parameters=False)
    def load() -> dict[str, int]:
        log = get_run_logger()
        for batch in range(step(run.discover)()):
            # only here a share or disk that is away for a moment may come back
            step(run.keep, retries=len(_DELAYS_SECONDS))(batch)
            step(run.read)(batch)
        step(run.derive)()
        step(run.publish)()
        step(run.report)()
        counts = _counts(run.result)
        create_table_artifact([counts], key="mrd-load", description="Counts of a load")
        log.info("load %s: %s", run.load_id, counts)
        return counts

    # a heartbeat would hold the process for a second at the end; a load ends by itself
    with run.locked(), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        try:
            load()
        except StepFailedError:
            run.note_failure(errors[-1])
            raise errors[-1] from None
    return run.result


def _counts(result: LoadResult) -> dict[str, int]:
    return {
        **{f"files_{k.lower()}": v for k, v in result.files.items()},
        **result.rows,
        "rows_pending": result.pending,
        "patients": result.patients,
    }
