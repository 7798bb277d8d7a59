/*---
title    = "a program that has stopped recording services"
meaning  = """\
    The program has open enrollments and used to record services, but its last one is more than 45 days before the \
    as-of date. Most likely its records did not reach the export: figures of its last months are too low."""
fix      = "export the program's services again, or give the day it closed (programs.closed_on)"
severity = "warning"
quality  = "timeliness"
counted  = "programs with open enrollments"
field    = "program_id"
message  = "the last service is of {last_on}, the export is complete through {complete_through}"
optional = ["programs.closed_on"]
parameters = { days = 45 }
---*/
with open_programs as (
    select distinct e.program_id
    from enrollments as e
    where e.intake_on <= $as_of and (e.exited_on is null or e.exited_on > $as_of)
),
last_services as (
    select e.program_id, max(s.provided_on) as last_on
    from services as s
    inner join enrollments as e on e.enrollment_id = s.enrollment_id
    where s.provided_on <= $as_of
    group by e.program_id
),
judged as (
    select
        p.program_id,
        p._file,
        p._line,
        cast($as_of as date) - l.last_on > $days as fails,
        l.last_on,
        cast($as_of as date) as complete_through
    from programs as p
    inner join open_programs as o on o.program_id = p.program_id
    inner join last_services as l on l.program_id = p.program_id
    where p.closed_on is null or p.closed_on > $as_of
)
select program_id, _file, _line, fails, last_on, complete_through from judged
