"""Let a lock name each package that it pins with extras without them too.

pip pins `sqlalchemy[asyncio]` and `sqlalchemy` apart: where one of the two has no line, it takes the newest there
is, and then refuses that for its hash.
"""

import re
import sys
from pathlib import Path

for name in sys.argv[1:]:
    lock = Path(name)
    pins = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plain = [re.sub(r"^([\w.-]+)\[[^]]+\]", r"\1", pin) for pin in pins]
    both = (p if p == pin else p + pin for p, pin in zip(plain, pins, strict=True))
    lock.write_text("".join(both), encoding="utf-8")
