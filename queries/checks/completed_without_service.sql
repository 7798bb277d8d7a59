/*---
title    = "a program completed without a single service"
meaning  = """\
    The exit says the client completed the program, in full or in part, but no service stands under the enrollment. \
    Either the services were not recorded, or the reason for the exit is wrong; the success counts all the same. \
    Programs that record no services at all are not looked at."""
fix      = "record the services, or correct the reason for the exit"
severity = "warning"
quality  = "plausibility"
counted  = "exits that completed the program"
field    = "exit_reason"
message  = "{exit_reason} on {exited_on}, and no service"
---*/
with served as (
    select distinct s.enrollment_id
    from services as s
),
recording as (
    select distinct e.program_id
    from enrollments as e
    inner join served as s on s.enrollment_id = e.enrollment_id
),
judged as (
    select
        e.enrollment_id,
        e._file,
        e._line,
        s.enrollment_id is null as fails,
        e.exit_reason,
        e.exited_on
    from enrollments as e
    inner join recording as r on r.program_id = e.program_id
    left join served as s on s.enrollment_id = e.enrollment_id
    where e.exit_reason in ('completed', 'partially_completed') and e.exited_on <= $as_of
)
select enrollment_id, _file, _line, fails, exit_reason, exited_on from judged
