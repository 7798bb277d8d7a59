/*---
title    = "an enrollment open for more than a year without a service"
meaning  = """\
    The enrollment has no exit, and neither a service nor an assessment nor a contact is dated within the last 365 \
    days. Most likely the client left long ago and nobody closed the case; it swells caseloads and the number of \
    people served. A year is what funders allow at most between two assessments of an open case. Programs that \
    record no services at all are not looked at."""
fix      = "close the enrollment with the day of the last contact, or record the services"
severity = "warning"
quality  = "timeliness"
counted  = "open enrollments"
field    = "exited_on"
message  = "open since {intake_on}, {last}"
optional = [
    "assessments.enrollment_id", "assessments.assessed_on", "contacts.enrollment_id", "contacts.contacted_on",
]
parameters = { days = 365 }
---*/
with seen as (
    select s.enrollment_id, s.provided_on as seen_on
    from services as s
    where s.provided_on <= $as_of
    union all
    select a.enrollment_id, a.assessed_on as seen_on
    from assessments as a
    where a.assessed_on <= $as_of
    union all
    select c.enrollment_id, c.contacted_on as seen_on
    from contacts as c
    where c.contacted_on <= $as_of
),
last_seen as (
    select s.enrollment_id, max(s.seen_on) as seen_on
    from seen as s
    group by s.enrollment_id
),
recording as (
    select distinct e.program_id
    from enrollments as e
    inner join services as s on s.enrollment_id = e.enrollment_id
),
judged as (
    select
        e.enrollment_id,
        e._file,
        e._line,
        cast($as_of as date) - greatest(e.intake_on, l.seen_on) > $days as fails,
        e.intake_on,
        case
            when l.seen_on is null then 'and nothing since'
            else concat('the last service, assessment or contact on ', cast(l.seen_on as varchar))
        end as last
    from enrollments as e
    inner join recording as r on r.program_id = e.program_id
    left join last_seen as l on l.enrollment_id = e.enrollment_id
    where e.intake_on <= $as_of and (e.exited_on is null or e.exited_on > $as_of)
)
select enrollment_id, _file, _line, fails, intake_on, last from judged
