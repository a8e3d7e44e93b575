"""The audit: many intakes in; results, rejects, a summary and a report out (CONTRACT section 4).

    inputs ─ records ─ screening ─ running ─ publishing
    files    chunks    in workers   in order   all or nothing

Nothing is lost: every record that was read is accepted or rejected, and the summary shows all
three numbers. Memory does not grow with the number of records: what has to be known of all of them
lies in a ledger on disk.
"""

from audit.errors import AuditError
from audit.running import Audit, Progress, run_audit

__all__ = ["Audit", "AuditError", "Progress", "run_audit"]
