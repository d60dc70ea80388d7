"""What a user can put right: one line, no traceback, an exit status. All else is a bug."""

EXIT_DONE, EXIT_REJECTED, EXIT_USAGE, EXIT_NOT_PUBLISHED = 0, 1, 2, 3


class UserError(Exception):
    """An error that the user can put right.

    Attributes:
        status: exit status of the command.
    """

    def __init__(self, message: str, status: int = EXIT_USAGE) -> None:
        """Store the message and the exit status."""
        super().__init__(message)
        self.status = status


def exit_status(error: BaseException) -> int:
    """Return the exit status of a command that ended with an error."""
    return error.status if isinstance(error, UserError) else EXIT_NOT_PUBLISHED
