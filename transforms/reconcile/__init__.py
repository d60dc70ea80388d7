"""New rows against each other and against what is stored: repeats, corrections, contradictions.

The same row again is ignored. A reference row that contradicts the stored row of its key is
rejected unless it is a correction; one that only adds cells completes it. A measurement with a
higher `result_version` supersedes. Where contradicting rows come in one load all are rejected, so
that no order of files decides.
"""

from transforms.reconcile.measurements import reconcile_measurements
from transforms.reconcile.outcome import Reconciled
from transforms.reconcile.reference import reconcile_reference

__all__ = ["Reconciled", "reconcile_measurements", "reconcile_reference"]
