"""What a user can put right: one line, no traceback, an exit status. All else is a bug."""

EXIT_DONE, EXIT_REJECTED, EXIT_USAGE, EXIT_NOT_PUBLISHED = 0, 1, 2, 3


class UserError(Exception):
    """An error that the user can put right.

    The name of a subclass is what `attempts.jsonl` and `loads` say of a try that ended with it.

    Attributes:
        status: exit status of the command.
    """

    def __init__(self, message: str, status: int = EXIT_USAGE) -> None:
        """Store the message and the exit status."""
        super().__init__(message)
        self.status = status


class LockedError(UserError):
    """Another load holds the warehouse."""


class DamagedError(UserError):
    """A file of the warehouse is not as it was written, or not where it was."""


class FormatError(UserError):
    """The warehouse is of a format that this program does not read."""


def exit_status(error: BaseException) -> int:
    """Return the exit status of a command that ended with an error."""
    return error.status if isinstance(error, UserError) else EXIT_NOT_PUBLISHED
