/*---
title      = "Caseload"
scorecard  = "Open cases per full-time case manager"
counted    = "case managers"
question   = "How many open cases does a full-time case manager carry on an average day?"
kind       = "mean"
grain      = "one row per case manager and period"
direction  = "lower"
period     = "the case manager carried an open enrollment on a day of the period; days after the as-of date are not counted"
excludes   = "days before hire and after leaving; counted as excluded: full-time equivalents unknown or zero, enrollment without a case manager"
source     = "Average daily caseload as Recidiviz computes it (days of open enrollments over days of the period, the day of the exit not counted), per full-time equivalent and over the days the person was on staff. Primero divides open cases by distinct owners on one day and ignores part-time work. Enrollments count with their present case manager; earlier hand-overs are not in an export. Case managers without any case in the period are not in the mean."
unit       = "cases"
resolution = 0.1
minimum_n  = 3
headline   = "mean"
dimensions = ["team"]
---*/
with stays as (
    select
        e.enrollment_id,
        e.client_id,
        e.staff_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    where e.intake_on <= $as_of
),
on_staff as (
    select
        s.staff_id,
        s.team,
        s.fte,
        p.period_id,
        greatest(p.starts_on, s.hired_on) as starts_on,
        least(p.counted_until, cast(s.left_on + interval '1 day' as date)) as ends_on
    from staff as s
    cross join periods as p
),
carried as (
    select
        w.staff_id,
        w.team,
        w.fte,
        w.period_id,
        w.ends_on - w.starts_on as days,
        sum(least(s.exited_on, w.ends_on) - greatest(s.intake_on, w.starts_on)) as case_days
    from on_staff as w
    inner join stays as s
        on s.staff_id = w.staff_id
        and s.intake_on < w.ends_on
        and w.starts_on < w.ends_on
        and (s.exited_on is null or s.exited_on > w.starts_on)
    group by w.staff_id, w.team, w.fte, w.period_id, w.starts_on, w.ends_on
),
without_case_manager as (
    select
        s.staff_id,
        p.period_id
    from stays as s
    inner join periods as p
        on s.intake_on < p.counted_until
        and p.starts_on < p.counted_until
        and (s.exited_on is null or s.exited_on > p.starts_on)
    where s.staff_id is null
),
caseloads as (
    select
        c.staff_id,
        c.period_id,
        c.team,
        case when c.fte > 0 then cast(c.case_days as double) / c.days / c.fte end as value,
        case
            when c.fte is null then 'full-time equivalents unknown'
            when c.fte <= 0 then 'full-time equivalents zero'
        end as excluded
    from carried as c
    union all
    select
        w.staff_id,
        w.period_id,
        cast(null as varchar) as team,
        cast(null as double) as value,
        'no case manager recorded' as excluded
    from without_case_manager as w
)
select staff_id, period_id, value, team, excluded from caseloads
