/*---
title    = "an exit without a known reason"
meaning  = """\
    The enrollment has ended, and the export does not say why, or says it in a word that is not known. It cannot be \
    said whether it was a success: the exit is counted as unknown in every metric that asks."""
fix      = "record the reason for the exit (attain explain enrollments.exit_reason lists them)"
severity = "warning"
quality  = "completeness"
counted  = "exits"
field    = "exit_reason"
message  = "exit_reason is not known"
---*/
with judged as (
    select e.enrollment_id, e._file, e._line, e.exit_reason is null as fails
    from enrollments as e
    where e.exited_on <= $as_of
)
select enrollment_id, _file, _line, fails from judged
