/*---
title    = "a goal achieved after the exit"
meaning  = """\
    The goal is marked achieved, in full or in part, on a day well after the enrollment ended. Either the day is the \
    one on which somebody tidied up, or the achievement is not this enrollment's. The goal is counted all the same."""
fix      = "give the day on which the goal was achieved"
severity = "note"
quality  = "plausibility"
counted  = "goals achieved"
field    = "status_on"
message  = "{status} on {status_on}, after the exit on {exited_on}"
parameters = { days_after_exit = 30 }
---*/
with achieved as (
    select
        g.enrollment_id,
        g._file,
        g._line,
        g.status,
        g.status_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from goals as g
    inner join enrollments as e on e.enrollment_id = g.enrollment_id
    where g.status in ('achieved', 'partially_achieved') and g.status_on <= $as_of
),
judged as (
    select
        a.enrollment_id,
        a._file,
        a._line,
        coalesce(a.status_on - a.exited_on > $days_after_exit, false) as fails,
        a.status,
        a.status_on,
        a.exited_on
    from achieved as a
)
select enrollment_id, _file, _line, fails, status, status_on, exited_on from judged
