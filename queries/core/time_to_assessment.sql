/*---
title      = "Time to assessment"
scorecard  = "Assessed within 30 days of intake"
counted    = "intakes"
question   = "How many days from intake to the first intake assessment?"
kind       = "duration"
grain      = "one row per started enrollment"
direction  = "lower"
period     = "the intake falls in the period"
events     = ["assessed"]
competing  = ["exited"]
horizons   = [7, 14, 30, 60]
excludes   = """\
    referrals that never started; assessments after the as-of date or of a later stage (review, exit, follow-up); \
    counted as excluded: exit before intake, the first assessment has no stage"""
source     = """\
    Own definition, after New Hampshire Medicaid CAREMGT.24 (assessment within 30 days of being identified), which \
    types those not assessed; here they are exits before assessment (a competing outcome) and open cases (censored). \
    An assessment made before intake, at screening, counts as 0 days; one made after the exit does not count. Where \
    the stage of an assessment is not recorded, it may be the intake assessment or a later one. If it comes before \
    every assessment known to be of intake, or there is none such, the wait is unknown and the intake is excluded: it \
    neither counts as assessed nor as still waiting. Most of these will have been assessed, so with many of them the \
    share is too low. If stages are not collected at all, there is no figure."""
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
        s.enrollment_id,
        min(case when a.stage = 'intake' then a.assessed_on end) as assessed_on,
        min(case when a.stage is null then a.assessed_on end) as unstaged_on
    from started as s
    inner join assessments as a on a.enrollment_id = s.enrollment_id
    where a.assessed_on <= $as_of and (s.exited_on is null or a.assessed_on <= s.exited_on)
    group by s.enrollment_id
),
followed as (
    select
        s.enrollment_id,
        s.intake_on,
        s.exited_on,
        f.assessed_on,
        f.unstaged_on is not null and (f.assessed_on is null or f.unstaged_on < f.assessed_on) as unstaged_first
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
        case
            when w.exited_on < w.intake_on then 'exit before intake'
            when w.unstaged_first then 'the first assessment has no stage'
        end as excluded
    from followed as w
)
select enrollment_id, on_date, days, outcome, excluded from waits
