/*---
title      = "Time to intake"
scorecard  = "Started within 14 days of referral"
counted    = "referrals"
question   = "How many days from referral to intake?"
kind       = "duration"
grain      = "one row per referral to a program (enrollment)"
direction  = "lower"
period     = "the referral falls in the period"
events     = ["started"]
competing  = ["withdrew", "ineligible", "deceased", "other_exit"]
horizons   = [7, 14, 30, 60]
excludes   = """\
    referrals after the as-of date; counted as excluded: date of referral unknown, intake before the referral, found \
    ineligible on an unknown date"""
source     = """\
    Own definition. Day 0 is the day of the referral. Case-management systems commonly average the days of those who \
    started; here whoever still waits is followed to the as-of date (censored), and whoever left first stays in the \
    denominator (Aalen-Johansen). Lost contact counts as a withdrawal; every other exit before intake \
    is a way out of its own."""
headline   = "share_by_day.14"
optional   = ["enrollments.eligibility", "enrollments.screened_on"]
---*/
with referred as (
    select
        e.enrollment_id,
        e.referred_on,
        coalesce(e.referred_on, e.intake_on) as on_date,
        e.eligibility = 'ineligible' as refused,
        e.exit_reason,
        case when e.intake_on <= $as_of then e.intake_on end as intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on,
        case when e.screened_on <= $as_of then greatest(e.screened_on, e.referred_on) end as screened_on
    from enrollments as e
    where coalesce(e.referred_on, e.intake_on) <= $as_of
),
closed as (
    select
        r.enrollment_id,
        r.referred_on,
        r.on_date,
        r.intake_on,
        r.refused,
        coalesce(r.exited_on, case when r.refused then r.screened_on end) as ended_on,
        case
            when r.exit_reason in ('withdrew', 'lost_contact') then 'withdrew'
            when r.exit_reason = 'deceased' then 'deceased'
            when r.exit_reason = 'ineligible' or r.refused then 'ineligible'
            else 'other_exit'
        end as ended_as
    from referred as r
),
waits as (
    select
        c.enrollment_id,
        c.on_date,
        coalesce(c.intake_on, c.ended_on, cast($as_of as date)) - c.referred_on as days,
        case
            when c.intake_on is not null then 'started'
            when c.ended_on is not null then c.ended_as
            else 'censored'
        end as outcome,
        case
            when c.referred_on is null then 'date of referral unknown'
            when c.intake_on < c.referred_on then 'intake before the referral'
            when c.intake_on is null and c.ended_on < c.referred_on then 'exit before the referral'
            when c.intake_on is null and c.refused and c.ended_on is null then 'found ineligible, date unknown'
        end as excluded
    from closed as c
)
select enrollment_id, on_date, days, outcome, excluded from waits
