"""The flows that a schedule or Prefect's page starts: a load, and a rerun.

Their parameters name folders and files, never a patient or a sample. What cannot run is a failed flow
run: Prefect learns the step, the kind of the error and the exit status; the full line goes to stderr of
`mrd serve` or of the worker.
"""

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from prefect.utilities.timeout import timeout
from pydantic import BaseModel, ConfigDict, StringConstraints

from flows import compare_text
from flows.chosen import Asked
from flows.errors import EXIT_NOT_PUBLISHED, EXIT_REJECTED, UserError
from flows.flow import LoadTasks, StepFailedError
from flows.format_numbers import counted
from flows.load import LoadResult, LoadRun
from flows.rerun import Rerun, run_rerun
from flows.settings import Settings, load_settings, settings_path
from flows.terminal import tell
from flows.with_parent import end_with_parent

RuleSetId = Annotated[str, StringConstraints(pattern=r"^[\w.-]+$")] | None


class LoadTimeoutError(TimeoutError):
    """A load took longer than `load_timeout_minutes`."""


class RuleSets(BaseModel):
    """Rule set by disease; empty = the one that is active now. `docs/guidelines.md` lists them."""

    model_config = ConfigDict(extra="forbid")

    CML: RuleSetId = None
    PH_ALL: RuleSetId = None
    B_ALL: RuleSetId = None
    T_ALL: RuleSetId = None
    AML: RuleSetId = None
    APL: RuleSetId = None
    MM: RuleSetId = None
    CLL: RuleSetId = None


@flow(name="mrd-load", persist_result=False)
def load(inbox: list[Path], warehouse: Path, settings: Path | None = None) -> State[Any]:
    """Load the files of the inbox and publish a new snapshot.

    Args:
        inbox: folders, or files.
        warehouse: the warehouse.
        settings: settings file; `mrd.toml` beside the warehouse when left out.
    """
    end_with_parent()
    try:
        site = load_settings(warehouse, settings)
        run = LoadRun(inbox, warehouse, site)
    except Exception as error:
        _note(inbox, warehouse, error)
        return _failed("load", error, str(StepFailedError("settings", error)))
    tasks = LoadTasks(run)
    try:
        tasks.run(timeout(site.load_timeout_minutes * 60, LoadTimeoutError))
    except (LoadTimeoutError, StepFailedError) as error:
        told = tasks.error or error
        words = str(error)
        if isinstance(error, LoadTimeoutError):
            words = f"stopped after load_timeout_minutes = {site.load_timeout_minutes:g}"
            told = UserError(words, EXIT_NOT_PUBLISHED)
        published = "; the tables were published" if run.result.published else ""
        return _failed("load", told, f"{words}{published}")
    words = _words(run.result)
    print(f"{_now()} load {run.load_id}: {words}", flush=True)
    return Completed(message=words)


@flow(name="mrd-rerun", persist_result=False)
def rerun(
    warehouse: Path,
    settings: Path | None = None,
    rulesets: RuleSets = RuleSets(),  # noqa: B008 - the page shows the fields of a default
    since: date | None = None,
    selection: Path | None = None,
    publish: bool = False,
) -> State[Any]:
    """Recompute the whole warehouse with other rule sets; show what changes.

    Prefect has the counts; the rows are in a text file in the folder `reports` of the warehouse.

    Args:
        warehouse: the warehouse.
        settings: settings file; `mrd.toml` beside the warehouse when left out.
        rulesets: rule set by disease; empty = the one that is active now.
        since: show only samples collected on this day or later.
        selection: show only patients and samples of this CSV file, with columns patient_id, sample_id or both.
        publish: make it the current snapshot, always of all patients.
    """
    end_with_parent()
    try:
        run = Rerun(warehouse, load_settings(warehouse, settings), rulesets.model_dump(exclude_none=True))  # fmt: skip
        file = settings or settings_path(warehouse)
        found = run_rerun(run, file, Asked(since=since, selection=selection), publish=publish)
        text = compare_text.rerun_text(run, found) + "\n"
        path = run.warehouse.write_report_file(f"{run.load_id}.txt", text)
    except Exception as error:
        return _failed("rerun", error, str(StepFailedError("rerun", error)))
    rows = Counter(found.rows["table"].to_list())
    create_table_artifact([dict(rows)], key="mrd-rerun", description="Rows that change, by table")
    done = "published" if run.result.published else "nothing published"
    words = f"{done}; {counted(rows.total(), 'row')} differ, see reports/{path.name}"
    print(f"{_now()} rerun {run.load_id}: {words}", flush=True)
    return Completed(message=words)


def _now() -> str:
    return datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _words(result: LoadResult) -> str:
    files, rows = sum(result.files.values()), result.rows
    parts = [
        "published" if result.published else "nothing new",
        f"{counted(files, 'file')}, {counted(rows['rows_read'], 'row')} read",
    ]
    if result.exit_status == EXIT_REJECTED:
        parts.append(
            f"some input was rejected: {counted(result.files.get('REJECTED', 0), 'whole file')}, "
            f"{counted(rows['rows_rejected'], 'row')}"
        )
    if result.growing:
        parts.append(f"{counted(result.growing, 'file')} still being written")
    return "; ".join(parts)


def _failed(what: str, error: BaseException, words: str) -> State[Any]:
    tell(error, f"{_now()} {what}:")
    return Failed(message=words)


def _note(inbox: list[Path], warehouse: Path, error: Exception) -> None:
    """Note a load that has no settings to run with."""
    if warehouse.is_dir():
        LoadRun(inbox, warehouse, Settings()).note_failure(error)
