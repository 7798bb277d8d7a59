/*---
title      = "Services after hours"
scorecard  = "Services after hours or at the weekend"
counted    = "services"
question   = "What share of services begins in the evening, at night or at the weekend?"
kind       = "proportion"
grain      = "one row per service"
direction  = "neutral"
period     = "the service falls in the period"
excludes   = "services after the as-of date; counted as excluded: begun on another day than provided"
source     = """\
    Own definition: begun before `from_hour` (8:00), at `until_hour` (18:00) or later, or on a Saturday or Sunday, in \
    local time. Holidays are not known. A service whose time is not recorded is unknown, even on a Sunday: counting \
    only those whose day gives them away would make the share too high. A service that lasts into the evening counts \
    by its beginning. Meant for settings that are open around the clock: look at it by setting."""
headline   = "share"
dimensions = ["service_type"]
parameters = { from_hour = 8, until_hour = 18 }
---*/
with provided as (
    select
        s.enrollment_id,
        s.provided_on,
        s.service_type,
        s.started_at is not null as timed,
        cast(s.started_at as date) <> s.provided_on as another_day,
        date_part('hour', s.started_at) as hour
    from services as s
    where s.provided_on <= $as_of
),
begun as (
    select
        p.enrollment_id,
        p.provided_on as on_date,
        p.service_type,
        case when p.timed then p.hour < $from_hour or p.hour >= $until_hour or not c.business_day end as met,
        case when p.another_day then 'begun on another day than provided' end as excluded
    from provided as p
    left join calendar as c on c.day = p.provided_on
)
select enrollment_id, on_date, met, service_type, excluded from begun
