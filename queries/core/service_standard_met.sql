/*---
title      = "Program's own standard for the first service"
scorecard  = "First service within the program's standard"
counted    = "referrals"
question   = "What share of referrals get their first service within the days the program has set itself?"
kind       = "proportion"
grain      = "one row per referral to a program (enrollment)"
direction  = "higher"
period     = "the referral falls in the period"
excludes   = """\
    referrals and services after the as-of date; counted as excluded: date of referral unknown, first service or exit \
    before the referral, found ineligible on an unknown date, the program has no standard, not yet followed for the \
    days of the standard"""
source     = """\
    Own definition: time to first service against each program's service_start_days, so programs with different \
    standards can be added up. Start, direct service (every type other than intake) and exclusions are those of time \
    to first service. A referral counts only once its standard's days have passed, whatever happened before: were \
    those served already counted at once, the latest period would look too good. Whoever left or was found ineligible \
    unserved stays in the denominator as not served in time; service after the exit does not count. The standard is \
    the program's present one; past referrals are held to it too, since earlier standards are not in an export."""
headline   = "share"
optional   = [
    "enrollments.intake_on", "enrollments.eligibility", "enrollments.screened_on", "enrollments.exited_on",
]
---*/
with referred as (
    select
        e.enrollment_id,
        e.referred_on,
        p.service_start_days as standard,
        coalesce(e.referred_on, e.intake_on) as on_date,
        e.eligibility = 'ineligible' and e.intake_on is null as refused,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on,
        case when e.screened_on <= $as_of then greatest(e.screened_on, e.referred_on) end as screened_on
    from enrollments as e
    left join programs as p on p.program_id = e.program_id
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
        r.standard,
        r.on_date,
        r.refused,
        coalesce(r.exited_on, case when r.refused then r.screened_on end) as ended_on
    from referred as r
),
followed as (
    select
        c.enrollment_id,
        c.referred_on,
        c.standard,
        c.on_date,
        c.refused,
        c.ended_on,
        case when c.ended_on is null or f.served_on <= c.ended_on then f.served_on end as served_on
    from closed as c
    left join first_services as f on f.enrollment_id = c.enrollment_id
),
judged as (
    select
        w.enrollment_id,
        w.on_date,
        coalesce(w.served_on - w.referred_on <= w.standard, false) as met,
        case
            when w.referred_on is null then 'date of referral unknown'
            when w.served_on < w.referred_on then 'first service before the referral'
            when w.served_on is null and w.ended_on < w.referred_on then 'exit before the referral'
            when w.served_on is null and w.refused and w.ended_on is null then 'found ineligible, date unknown'
            when w.standard is null then 'the program has no standard'
            when cast($as_of as date) - w.referred_on < w.standard then 'not yet followed for the whole window'
        end as excluded
    from followed as w
)
select enrollment_id, on_date, met, excluded from judged
