/*---
title      = "Caseload"
scorecard  = "Open cases per full-time case manager"
counted    = "case managers"
question   = "How many open cases does a full-time case manager carry on an average day?"
kind       = "mean"
grain      = "one row per case manager and period"
direction  = "lower"
period     = "the case manager carried an open enrollment on a day of the period; days after the as-of date are not counted"
excludes   = """\
    referrals that never started; case managers without any case in the period; counted as excluded: full-time \
    equivalents unknown or zero, enrollment without a case manager, enrollment with its exit before its intake"""
source     = """\
    Average daily caseload as Recidiviz computes it (days of open enrollments over days of the period, the day of \
    the exit not counted), per full-time equivalent, and the mean of the case managers. Primero divides open cases \
    by distinct owners on one day and ignores part-time work. Enrollments count with their present case manager, \
    since earlier hand-overs are not in an export; who began during the period shows a smaller caseload in it. By \
    program, a case manager with cases in several is in the unknown group."""
unit       = "cases"
resolution = 0.1
minimum_n  = 3
headline   = "mean"
stock      = true
dimensions = ["program", "team", "case_manager"]
---*/
with stays as (
    select
        e.staff_id,
        e.program_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    where e.intake_on <= $as_of
),
shares as (
    select
        s.staff_id,
        s.program_id,
        p.period_id,
        p.counted_until - p.starts_on as days,
        s.exited_on is not null and s.exited_on < s.intake_on as impossible,
        least(s.exited_on, p.counted_until) - greatest(s.intake_on, p.starts_on) as case_days
    from stays as s
    inner join periods as p
        on s.intake_on < p.counted_until
        and p.starts_on < p.counted_until
        and (
            s.exited_on is null
            or s.exited_on > p.starts_on
            or (s.exited_on < s.intake_on and s.intake_on >= p.starts_on)
        )
),
carried as (
    select
        c.staff_id,
        c.period_id,
        min(s.team) as team,
        s.fte,
        c.days,
        case when min(c.program_id) = max(c.program_id) then min(c.program_id) end as program,
        sum(c.case_days) as case_days
    from shares as c
    inner join staff as s on s.staff_id = c.staff_id
    where not c.impossible
    group by c.staff_id, c.period_id, s.fte, c.days
),
caseloads as (
    select
        c.period_id,
        c.staff_id as case_manager,
        c.team,
        c.program,
        case when c.fte > 0 then cast(c.case_days as double) / c.days / c.fte end as value,
        case
            when c.fte is null then 'full-time equivalents unknown'
            when c.fte <= 0 then 'full-time equivalents zero'
        end as excluded
    from carried as c
    union all
    select
        c.period_id,
        cast(null as varchar) as case_manager,
        cast(null as varchar) as team,
        c.program_id as program,
        cast(null as double) as value,
        'no case manager recorded' as excluded
    from shares as c
    left join staff as s on s.staff_id = c.staff_id
    where s.staff_id is null and not c.impossible
    union all
    select
        c.period_id,
        s.staff_id as case_manager,
        s.team,
        c.program_id as program,
        cast(null as double) as value,
        'exit before intake' as excluded
    from shares as c
    left join staff as s on s.staff_id = c.staff_id
    where c.impossible
),
units as (
    -- The unit is a case manager, who has no client of their own.
    select
        cast(null as varchar) as client_id,
        c.period_id,
        c.value,
        c.case_manager,
        c.team,
        c.program,
        c.excluded
    from caseloads as c
)
select client_id, period_id, value, case_manager, team, program, excluded from units
