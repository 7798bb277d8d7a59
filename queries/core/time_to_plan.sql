/*---
title      = "Time to plan"
scorecard  = "Plan within 30 days of intake"
counted    = "intakes"
question   = "How many days from intake to the first service plan?"
kind       = "duration"
grain      = "one row per started enrollment"
direction  = "lower"
period     = "the intake falls in the period"
events     = ["planned"]
competing  = ["exited"]
horizons   = [14, 30, 60, 90]
excludes   = "referrals that never started; plans opened after the as-of date; counted as excluded: exit before intake"
source     = """\
    Own definition; state manuals commonly ask for a plan within 30 days. Primero's plan completion counts open \
    cases with a complete plan and leaves closed cases out; here every intake is in, an exit before the plan is a \
    competing outcome and an open case without one is censored. A plan opened before intake counts as 0 days; one \
    opened after the exit does not count. Signature and approval are measured elsewhere."""
headline   = "share_by_day.30"
---*/
with started as (
    select
        e.enrollment_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    where e.intake_on <= $as_of
),
first_plans as (
    select
        p.enrollment_id,
        min(p.opened_on) as planned_on
    from plans as p
    where p.opened_on <= $as_of
    group by p.enrollment_id
),
followed as (
    select
        s.enrollment_id,
        s.intake_on,
        s.exited_on,
        case when s.exited_on is null or f.planned_on <= s.exited_on then f.planned_on end as planned_on
    from started as s
    left join first_plans as f on f.enrollment_id = s.enrollment_id
),
waits as (
    select
        w.enrollment_id,
        w.intake_on as on_date,
        greatest(coalesce(w.planned_on, w.exited_on, cast($as_of as date)) - w.intake_on, 0) as days,
        case
            when w.planned_on is not null then 'planned'
            when w.exited_on is not null then 'exited'
            else 'censored'
        end as outcome,
        case when w.exited_on < w.intake_on then 'exit before intake' end as excluded
    from followed as w
)
select enrollment_id, on_date, days, outcome, excluded from waits
