/*---
title      = "Follow-ups done of those due"
scorecard  = "Recent exits already followed up"
counted    = "recent exits"
question   = "Of those who left in the last 30 days, how many have been followed up already, and how many are still due?"
kind       = "proportion"
grain      = "one row per period and exit in the 30 days up to its last day"
direction  = "higher"
period     = """\
    the exit was at most 30 days before the period's last day (before the as-of date, while the period still runs), and \
    the follow-up is looked for up to that day"""
excludes   = """\
    exits and services after that day; counted as excluded: never started, exit before intake, deceased by that day"""
source     = """\
    Own definition, the other side of follow_up_within_30_days: that one judges exits whose window has passed, this one \
    lists those whose window is open, so that what is still due can be done in time. A follow-up is a service of type \
    follow_up of the same enrollment, on the day after the exit or later. It is no measure of success: whoever left \
    yesterday is due, and nobody is late. The exits of two months in a row overlap where `days` is longer than a month."""
headline   = "share"
overdue    = "recent exits still to be followed up"
stock      = true
optional   = ["clients.client_id", "clients.died_on"]
parameters = { days = 30 }
---*/
with exits as (
    select
        e.enrollment_id,
        e.exited_on,
        e.intake_on is null as never_started,
        e.exited_on < e.intake_on as before_intake,
        e.exit_reason,
        c.died_on
    from enrollments as e
    left join clients as c on c.client_id = e.client_id
    where e.exited_on <= $as_of
),
open_windows as (
    -- counted_until is the day after the last, so one day less has passed.
    select
        x.enrollment_id,
        p.period_id,
        p.counted_until,
        x.exited_on,
        x.never_started,
        x.before_intake,
        x.exit_reason = 'deceased' or x.died_on < p.counted_until as died
    from exits as x
    inner join periods as p
        on x.exited_on < p.counted_until
        and p.starts_on < p.counted_until
        and p.counted_until - x.exited_on - 1 <= $days
),
followed_up as (
    select distinct
        o.enrollment_id,
        o.period_id
    from open_windows as o
    inner join services as s on s.enrollment_id = o.enrollment_id
    where s.service_type = 'follow_up'
        and s.provided_on > o.exited_on
        and s.provided_on < o.counted_until
),
judged as (
    select
        o.enrollment_id,
        o.period_id,
        f.enrollment_id is not null as met,
        case
            when o.never_started then 'never started'
            when o.before_intake then 'exit before intake'
            when o.died then 'deceased'
        end as excluded
    from open_windows as o
    left join followed_up as f on f.enrollment_id = o.enrollment_id and f.period_id = o.period_id
)
select enrollment_id, period_id, met, excluded from judged
