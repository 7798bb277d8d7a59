/*---
title      = "Time to assessment"
scorecard  = "Assessed within 30 days of intake"
counted    = "intakes"
question   = "How many days from intake to the first intake assessment?"
kind       = "duration"
grain      = "one row per started enrollment"
direction  = "lower"
period     = "intake_on falls in the period"
events     = ["assessed"]
competing  = ["exited"]
horizons   = [7, 14, 30, 60]
excludes   = """\
    referrals that never started; assessments after the as-of date or of a later stage (review, exit, follow-up); \
    counted as excluded: exit before intake"""
source     = """\
    Own definition, after New Hampshire Medicaid CAREMGT.24 (assessment within 30 days of being identified), which \
    types those not assessed; here they are exits before assessment (a competing outcome) and open cases (censored). \
    An assessment made before intake, at screening, counts as 0 days; one made after the exit does not count."""
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
first_assessments as (
    select
        a.enrollment_id,
        min(a.assessed_on) as assessed_on
    from assessments as a
    where a.stage = 'intake' and a.assessed_on <= $as_of
    group by a.enrollment_id
),
followed as (
    select
        s.enrollment_id,
        s.intake_on,
        s.exited_on,
        case when s.exited_on is null or f.assessed_on <= s.exited_on then f.assessed_on end as assessed_on
    from started as s
    left join first_assessments as f on f.enrollment_id = s.enrollment_id
),
waits as (
    select
        w.enrollment_id,
        w.intake_on as on_date,
        greatest(coalesce(w.assessed_on, w.exited_on, cast($as_of as date)) - w.intake_on, 0) as days,
        case
            when w.assessed_on is not null then 'assessed'
            when w.exited_on is not null then 'exited'
            else 'censored'
        end as outcome,
        case when w.exited_on < w.intake_on then 'exit before intake' end as excluded
    from followed as w
)
select enrollment_id, on_date, days, outcome, excluded from waits
