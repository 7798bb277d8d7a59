/*---
title    = "an enrollment of a client who has died is open"
meaning  = """\
    The client's record gives a date of death, or another enrollment of the client ended with the reason deceased, and \
    this one has no exit. It counts as an open case and as time at risk for ever."""
fix      = "close the enrollment with the reason deceased, or correct the client's record"
severity = "warning"
quality  = "plausibility"
counted  = "open enrollments"
field    = "exited_on"
message  = "no exit, though {why}"
optional = ["clients.died_on", "enrollments.exit_reason"]
---*/
with died as (
    select c.client_id
    from clients as c
    where c.died_on <= $as_of
),
left_by_death as (
    select distinct e.client_id
    from enrollments as e
    where e.exit_reason = 'deceased' and e.exited_on <= $as_of
),
judged as (
    select
        e.enrollment_id,
        e._file,
        e._line,
        d.client_id is not null or l.client_id is not null as fails,
        case
            when d.client_id is not null then 'the client''s record gives a date of death'
            else 'another enrollment of the client ended with the reason deceased'
        end as why
    from enrollments as e
    left join died as d on d.client_id = e.client_id
    left join left_by_death as l on l.client_id = e.client_id
    where e.exited_on is null or e.exited_on > $as_of
)
select enrollment_id, _file, _line, fails, why from judged
