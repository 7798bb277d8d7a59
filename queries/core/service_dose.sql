/*---
title      = "Service hours per client-month"
scorecard  = "Hours of direct service per client-month"
counted    = "client-months"
question   = "How many hours of direct service does a client get in a month?"
kind       = "mean"
grain      = "one row per enrollment and calendar month in which it was open"
direction  = "neutral"
period     = "the last day of the month falls in the period"
excludes   = """\
    services after the as-of date, outside the enrollment's whole months, or of type intake; services whose minutes \
    are not recorded (the month's other services count, so such a month's hours are too few); counted as excluded: \
    enrolled for part of the month only, month not over on the as-of date, month before the first service on record \
    in the program, no service on record in the program, minutes not recorded for any service of the month"""
source     = """\
    Own definition. Direct service is every service type other than intake, as in time to first service. A \
    client-month is a calendar month through all of which the enrollment was open; a month without any service is 0 \
    hours. Months of the intake and of the exit are left out and counted, since a few days are no month and hours \
    scaled up from them would swing widely; so the work of the first and the last weeks is not in the figure, and \
    short stays hardly are. Systems that divide the hours of those who were served by their number leave the \
    zeros out. A client in two programs has a month in each. Hours of a group count in full for everyone in it. \
    Months before a program's records of services begin are not 0 hours but excluded; its first month on record may \
    be incomplete."""
unit       = "hours"
resolution = 0.25
headline   = "mean"
---*/
with months as (
    select
        cast(date_trunc('month', c.day) as date) as month_starts_on,
        max(c.day) as last_day
    from calendar as c
    group by cast(date_trunc('month', c.day) as date)
),
stays as (
    select
        e.enrollment_id,
        e.program_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    where e.intake_on <= $as_of
),
open_months as (
    select
        s.enrollment_id,
        s.program_id,
        m.month_starts_on,
        m.last_day,
        s.intake_on <= m.month_starts_on and (s.exited_on is null or s.exited_on > m.last_day) as open_throughout
    from stays as s
    inner join months as m
        on s.intake_on <= m.last_day
        and m.month_starts_on <= $as_of
        and (s.exited_on is null or s.exited_on > m.month_starts_on)
),
served as (
    select
        s.enrollment_id,
        cast(date_trunc('month', s.provided_on) as date) as month_starts_on,
        count(s.minutes) as timed,
        sum(try_cast(s.minutes as decimal(12, 2))) as minutes
    from services as s
    where s.service_type <> 'intake' and s.provided_on <= $as_of
    group by s.enrollment_id, cast(date_trunc('month', s.provided_on) as date)
),
recorded as (
    select
        e.program_id,
        min(s.provided_on) as first_on
    from services as s
    inner join enrollments as e on e.enrollment_id = s.enrollment_id
    where s.provided_on <= $as_of
    group by e.program_id
),
doses as (
    select
        o.enrollment_id,
        o.last_day as on_date,
        case when s.enrollment_id is null then 0.0 else cast(s.minutes as double) / 60 end as value,
        case
            when o.last_day > $as_of then 'month not over on the as-of date'
            when not o.open_throughout then 'enrolled for part of the month only'
            when r.first_on is null then 'no service on record in the program'
            when o.last_day < r.first_on then 'month before the first service on record in the program'
            when s.timed = 0 then 'minutes not recorded for any service of the month'
        end as excluded
    from open_months as o
    left join recorded as r on r.program_id = o.program_id
    left join served as s on s.enrollment_id = o.enrollment_id and s.month_starts_on = o.month_starts_on
)
select enrollment_id, on_date, value, excluded from doses
