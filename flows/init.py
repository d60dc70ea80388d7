"""`mrd init`: a settings file, an empty inbox and templates of the canonical files."""

from pathlib import Path

from flows.errors import EXIT_NOT_PUBLISHED, UserError
from flows.settings import FILE_NAME, template
from schemas.tables import INPUT_TABLES


def write_templates(folder: Path) -> list[Path]:
    """Write what a new site needs; nothing that exists is overwritten.

    Raises:
        UserError: a settings file is there already, or the folder cannot be written.
    """
    settings = folder / FILE_NAME
    if settings.exists():
        raise UserError(f"{settings}: is there already; remove it to start anew")
    try:
        templates = folder / "templates"
        templates.mkdir(parents=True, exist_ok=True)
        (folder / "inbox").mkdir(exist_ok=True)
        settings.write_text(template(), encoding="utf-8")
        written = [settings]
        for table in INPUT_TABLES:
            path = templates / f"{table.name}.csv"
            if not path.exists():
                path.write_text(",".join(table.input_columns) + "\n", encoding="utf-8")
                written.append(path)
    except OSError as error:
        raise UserError(
            f"{folder}: cannot be written: {error.strerror}", EXIT_NOT_PUBLISHED
        ) from None
    return written
