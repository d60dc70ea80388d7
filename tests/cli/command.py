"""How tests run the command: arguments in; status, stdout and stderr out."""

from collections.abc import Callable

Mrd = Callable[..., tuple[int, str, str]]
