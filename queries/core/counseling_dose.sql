/*---
title      = "Counseling hours"
scorecard  = "Counseling hours per client counseled"
counted    = "clients counseled"
question   = "How many hours of counseling does a client who is counseled get?"
kind       = "mean"
grain      = "one row per client with counseling in the period"
direction  = "neutral"
period     = "the counseling falls in the period; the client's hours of one period are added up"
excludes   = """\
    services after the as-of date; sessions whose minutes are not recorded (the client's other sessions count, so \
    such a client's hours are too few); counted as excluded: minutes not recorded for any session of the client"""
source     = """\
    Own definition: hours of services of type counseling per client who had any; group sessions are not counted, nor \
    are clients without counseling (their zero is not averaged in, as in systems that divide by all cases). Minutes \
    only: hours, sessions and other units are never added together. A client counseled in several enrollments counts \
    once, with all hours. So in a breakdown by program, a client counseled in several programs is in the unknown \
    group; in one by anything else that belongs to an enrollment (team, site, age at intake), a client counseled in \
    several enrollments."""
unit       = "hours"
resolution = 0.25
headline   = "mean"
dimensions = ["program"]
parameters = { service_type = "counseling" }
---*/
with sessions as (
    select
        e.client_id,
        e.program_id,
        s.enrollment_id,
        s.provided_on,
        try_cast(s.minutes as decimal(12, 2)) as minutes
    from services as s
    inner join enrollments as e on e.enrollment_id = s.enrollment_id
    where s.service_type = $service_type and s.provided_on <= $as_of
),
doses as (
    select
        s.client_id,
        p.period_id,
        case when min(s.enrollment_id) = max(s.enrollment_id) then min(s.enrollment_id) end as enrollment_id,
        case when min(s.program_id) = max(s.program_id) then min(s.program_id) end as program,
        cast(sum(s.minutes) as double) / 60 as value,
        case when count(s.minutes) = 0 then 'minutes not recorded for any session' end as excluded
    from sessions as s
    inner join period_days as p on p.day = s.provided_on
    group by s.client_id, p.period_id
)
select client_id, enrollment_id, period_id, value, program, excluded from doses
