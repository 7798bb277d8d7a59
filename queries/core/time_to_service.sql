/*---
title      = "Time to first service"
scorecard  = "First service within 14 days"
counted    = "referrals"
question   = "How many days from referral to the first service?"
kind       = "duration"
grain      = "one row per referral to a program (enrollment)"
direction  = "lower"
period     = "the referral falls in the period"
events     = ["served"]
competing  = ["withdrew", "ineligible", "deceased", "other_exit"]
horizons   = [7, 14, 30, 60]
excludes   = """\
    referrals and services after the as-of date; counted as excluded: date of referral unknown, first service before \
    the referral, found ineligible on an unknown date"""
source     = """\
    Own definition. Direct service: every service type other than intake. Day 0 is the day of the referral, so \
    service on that day is 0 days. CCBHC's I-SERV and most case-management systems average the days of those who \
    were served; here whoever still waits is followed to the as-of date (censored), and whoever left unserved stays \
    in the denominator (Aalen-Johansen). A missing date is never 0 days (in Primero's reporting delay it is). \
    Service after the exit does not end the wait. Lost contact counts as a withdrawal; every other exit before \
    service is a way out of its own. Where an export records no exits the share served by a day is the same: whoever was not served \
    still waits."""
headline   = "share_by_day.14"
optional   = [
    "enrollments.intake_on", "enrollments.eligibility", "enrollments.screened_on", "enrollments.exited_on",
    "enrollments.exit_reason",
]
---*/
with referred as (
    select
        e.enrollment_id,
        e.referred_on,
        coalesce(e.referred_on, e.intake_on) as on_date,
        e.eligibility = 'ineligible' and e.intake_on is null as refused,
        e.exit_reason,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on,
        case when e.screened_on <= $as_of then greatest(e.screened_on, e.referred_on) end as screened_on
    from enrollments as e
    where coalesce(e.referred_on, e.intake_on) <= $as_of
),
first_services as (
    select
        s.enrollment_id,
        min(s.provided_on) as served_on
    from services as s
    where s.service_type <> 'intake' and s.provided_on <= $as_of
    group by s.enrollment_id
),
closed as (
    select
        r.enrollment_id,
        r.referred_on,
        r.on_date,
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
followed as (
    select
        c.enrollment_id,
        c.referred_on,
        c.on_date,
        c.refused,
        c.ended_on,
        c.ended_as,
        case when c.ended_on is null or f.served_on <= c.ended_on then f.served_on end as served_on
    from closed as c
    left join first_services as f on f.enrollment_id = c.enrollment_id
),
waits as (
    select
        w.enrollment_id,
        w.on_date,
        coalesce(w.served_on, w.ended_on, cast($as_of as date)) - w.referred_on as days,
        case
            when w.served_on is not null then 'served'
            when w.ended_on is not null then w.ended_as
            else 'censored'
        end as outcome,
        case
            when w.referred_on is null then 'date of referral unknown'
            when w.served_on < w.referred_on then 'first service before the referral'
            when w.served_on is null and w.ended_on < w.referred_on then 'exit before the referral'
            when w.served_on is null and w.refused and w.ended_on is null then 'found ineligible, date unknown'
        end as excluded
    from followed as w
)
select enrollment_id, on_date, days, outcome, excluded from waits
