/*---
title      = "Counseling hours"
scorecard  = "Counseling hours per client counseled"
counted    = "clients counseled"
question   = "How many hours of counseling does a client who is counseled get?"
kind       = "mean"
grain      = "one row per enrollment with counseling in the period"
direction  = "neutral"
period     = "provided_on of the counseling falls in the period; the hours of one period are added up"
excludes   = "services after the as-of date; counted as excluded: minutes of a session not recorded"
source     = """\
    Own definition: hours of services of type counseling per client who had any; group sessions are not counted, nor \
    are clients without counseling (their zero is not averaged in, as in systems that divide by all cases). Minutes \
    only: hours, sessions and other units are never added together. A client counseled in two programs counts once \
    in each."""
unit       = "hours"
resolution = 0.25
headline   = "mean"
parameters = { service_type = "counseling" }
---*/
with sessions as (
    select
        s.enrollment_id,
        s.provided_on,
        try_cast(s.minutes as decimal(12, 2)) as minutes
    from services as s
    where s.service_type = $service_type and s.provided_on <= $as_of
),
doses as (
    select
        s.enrollment_id,
        p.period_id,
        cast(sum(s.minutes) as double) / 60 as value,
        case when count(s.minutes) < count(*) then 'minutes of a session not recorded' end as excluded
    from sessions as s
    inner join period_days as p on p.day = s.provided_on
    group by s.enrollment_id, p.period_id
)
select enrollment_id, period_id, value, excluded from doses
