/*---
title      = "Retention"
scorecard  = "Still enrolled, or completed, after 180 days"
counted    = "intakes"
question   = "What share of those taken in are still enrolled 180 days later, or have completed the program?"
kind       = "proportion"
grain      = "one row per started enrollment"
direction  = "higher"
period     = "the intake falls in the period"
excludes   = """\
    referrals that never started; exits after the as-of date; counted as excluded: exit before intake, not yet \
    followed for the whole window, and, when within it, deceased, transferred, moved"""
source     = """\
    Own definition. Retained is who stayed 180 days or more, and who left earlier having completed the program, or \
    part of it. Substance-use and employment programs commonly count only who is still there, which makes an early \
    success a loss. A stay of exactly 180 days is retained. Who left earlier by death, transfer or moving is \
    excluded, as in successful exits; who left for an unrecorded reason is unknown, unless it was after the window. \
    An intake counts only once its 180 days have passed, whatever its outcome, so a recent fiscal year holds its \
    first months only. For 90 days or a year set days. A proportion, not a duration: a completion is a success and \
    no loss, and only the fully followed are judged. A new intake after the exit is not added."""
headline   = "share"
parameters = { days = 180 }
---*/
with started as (
    select
        e.enrollment_id,
        e.intake_on,
        e.exit_reason,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    where e.intake_on <= $as_of
),
stays as (
    select
        s.enrollment_id,
        s.intake_on,
        s.exited_on,
        s.exit_reason,
        coalesce(s.exited_on - s.intake_on < $days, false) as left_within,
        cast($as_of as date) - s.intake_on as days_followed
    from started as s
),
judged as (
    select
        s.enrollment_id,
        s.intake_on as on_date,
        case
            when not s.left_within then true
            else s.exit_reason in ('completed', 'partially_completed')
        end as met,
        case
            when s.exited_on < s.intake_on then 'exit before intake'
            when s.days_followed < $days then 'not yet followed for the whole window'
            when s.left_within and s.exit_reason in ('deceased', 'transferred', 'moved') then s.exit_reason
        end as excluded
    from stays as s
)
select enrollment_id, on_date, met, excluded from judged
