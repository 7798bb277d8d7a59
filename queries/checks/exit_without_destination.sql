/*---
title    = "an exit without a known destination"
meaning  = """\
    A client who was taken in has left, and where to is not known. Funders of housing programs count such an exit as \
    one that did not succeed. Clients who died are not looked at."""
fix      = "record where the client went; ask before the last appointment"
severity = "note"
quality  = "completeness"
counted  = "exits of clients who were taken in"
field    = "exit_destination"
message  = "exit_destination is not known"
optional = ["enrollments.exit_reason"]
---*/
with judged as (
    select
        e.enrollment_id,
        e._file,
        e._line,
        e.exit_destination is null
        or e.exit_destination in ('unknown', 'not_collected', 'data_not_collected') as fails
    from enrollments as e
    where e.intake_on is not null and e.exited_on <= $as_of and coalesce(e.exit_reason, '') <> 'deceased'
)
select enrollment_id, _file, _line, fails from judged
