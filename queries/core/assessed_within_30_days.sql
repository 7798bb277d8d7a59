/*---
title      = "Assessed within 30 days"
scorecard  = "Assessed within 30 days of intake"
counted    = "intakes"
question   = "What share of those taken in were assessed within 30 days?"
kind       = "proportion"
grain      = "one row per started enrollment"
direction  = "higher"
period     = "the intake falls in the period"
excludes   = """\
    referrals that never started; assessments after the as-of date, after the exit, or of a later stage (review, exit, \
    follow-up); counted as excluded: exit before intake, not yet followed for the whole window"""
source     = """\
    Own definition, after New Hampshire Medicaid CAREMGT.24 (assessment within 30 days of being identified), which \
    sorts those not assessed into refused, attempted and not attempted; an export does not tell these apart. Whoever \
    left unassessed within the window was not assessed in time and stays in the denominator. An assessment made \
    before intake, at screening, is in time. Where only an assessment without a stage was made in time, it is \
    unknown whether it was the intake assessment. Time to assessment also follows the intakes left out here, up to \
    the as-of date."""
headline   = "share"
overdue    = "intakes without an assessment within 30 days"
parameters = { days = 30 }
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
        min(case when a.stage = 'intake' then a.assessed_on end) as intake_assessed_on,
        min(case when a.stage is null then a.assessed_on end) as unstaged_on
    from started as s
    inner join assessments as a on a.enrollment_id = s.enrollment_id
    where a.assessed_on <= $as_of and (s.exited_on is null or a.assessed_on <= s.exited_on)
    group by s.enrollment_id
),
assessed as (
    select
        s.enrollment_id,
        s.intake_on as on_date,
        case
            when f.intake_assessed_on - s.intake_on <= $days then true
            when f.unstaged_on - s.intake_on <= $days then null
            else false
        end as met,
        case
            when s.exited_on < s.intake_on then 'exit before intake'
            when cast($as_of as date) - s.intake_on < $days then 'not yet followed for the whole window'
        end as excluded
    from started as s
    left join first_assessments as f on f.enrollment_id = s.enrollment_id
)
select enrollment_id, on_date, met, excluded from assessed
