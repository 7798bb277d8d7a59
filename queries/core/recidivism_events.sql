/*---
title      = "Return events after exit"
scorecard  = "Return events per 100 client-months after exit"
counted    = "client-months after exit"
question   = "How many return events are there in the year after people leave, every one counted?"
kind       = "rate"
grain      = "one row per exit and period for the days of follow-up, and one per day with a return event after an exit"
direction  = "lower"
period     = """\
    days of follow-up that fall in the period, up to `days` (365) after the exit; the event falls in the period"""
excludes   = """\
    events on or before the day of the exit; days and events more than `days` after the exit, after the client's \
    death, after the next exit from the same program, or after the as-of date; counted as excluded, in the periods of \
    their follow-up: never started, exit before intake, died by the day of the exit, no return event declared for the \
    setting"""
source     = """\
    Own definition: events over the time in which they could be seen, so nobody has to be followed to the end first \
    and no past month changes when follow-up grows. Recidiviz counts several returns over persons released, among \
    them cohorts still being followed. Time counts in the period it falls in and only up to `days` after the exit: \
    returns are most frequent soon after it, and with ever longer follow-up every series would fall by itself. For \
    the same reason periods that begin less than `days` after the first exit of the export hold too much early time. \
    Which kinds count is set with recidivism; events of one day are one, an arrest and the \
    conviction that follows on another day are two (name one kind to count it once). Exits are followed, not persons: \
    a client who left two programs brings the days of both, and an event that counts for both is in twice. Time in a \
    new enrollment, in jail or in hospital is not subtracted."""""
headline   = "rate"
optional   = ["clients.client_id", "clients.died_on"]

parameters_of = "recidivism"

[parameters]
days = 365
---*/
with next_exits as (
    -- Of several exits on a day, the ids decide which is next.
    select
        e.enrollment_id,
        min(n.exited_on) as next_exited_on
    from enrollments as e
    inner join enrollments as n
        on n.client_id = e.client_id
        and n.program_id = e.program_id
        and (n.intake_on is null) = (e.intake_on is null)
        and (n.exited_on > e.exited_on or n.exited_on = e.exited_on and n.enrollment_id > e.enrollment_id)
    where n.exited_on <= $as_of
    group by e.enrollment_id
),
exits as (
    select
        e.enrollment_id,
        e.client_id,
        e.exited_on,
        p.setting,
        e.intake_on is null as never_started,
        e.exited_on < e.intake_on as before_intake,
        e.exit_reason = 'deceased' or c.died_on <= e.exited_on as died_by_exit,
        c.died_on - e.exited_on as days_to_death,
        n.next_exited_on - e.exited_on as days_to_next_exit
    from enrollments as e
    left join next_exits as n on n.enrollment_id = e.enrollment_id
    left join programs as p on p.program_id = e.program_id
    left join clients as c on c.client_id = e.client_id
    where e.exited_on <= $as_of
),
settings as (
    select distinct k.key as setting
    from recidivism_events as k
),
judged as (
    select
        x.enrollment_id,
        x.client_id,
        x.exited_on,
        x.setting,
        x.days_to_death,
        x.days_to_next_exit,
        case
            when x.never_started then 'never started'
            when x.before_intake then 'exit before intake'
            when x.died_by_exit then 'died by the day of the exit'
            when s.setting is null then 'no return event declared for the setting'
        end as excluded
    from exits as x
    left join settings as s on s.setting = x.setting
),
followed as (
    -- The day after the exit is the first one, days_followed the last one.
    select
        j.enrollment_id,
        j.client_id,
        j.exited_on,
        j.setting,
        case
            when j.excluded is not null then least($days, cast($as_of as date) - j.exited_on)
            else least($days, cast($as_of as date) - j.exited_on, j.days_to_death, j.days_to_next_exit)
        end as days_followed,
        j.excluded
    from judged as j
),
spans as (
    -- Days as numbers, both ends included: a pair of an exit and a period then takes two comparisons.
    select
        f.enrollment_id,
        f.exited_on - date '1970-01-01' + 1 as first_day,
        f.exited_on - date '1970-01-01' + f.days_followed as last_day,
        f.excluded
    from followed as f
    where f.days_followed >= 1
),
period_spans as (
    select
        p.period_id,
        p.starts_on - date '1970-01-01' as first_day,
        p.counted_until - date '1970-01-01' - 1 as last_day
    from periods as p
    where p.starts_on < p.counted_until
),
days_after_exit as (
    select
        s.enrollment_id,
        p.period_id,
        0 as events,
        least(s.last_day, p.last_day) - greatest(s.first_day, p.first_day) + 1 as exposure_days,
        s.excluded
    from spans as s
    inner join period_spans as p on p.first_day <= s.last_day and s.first_day <= p.last_day
),
event_days as (
    select distinct
        f.enrollment_id,
        o.occurred_on
    from followed as f
    inner join recidivism_events as k on k.key = f.setting
    inner join outcome_events as o
        on o.client_id = f.client_id
        and o.kind = k.value
        and o.occurred_on > f.exited_on
    where f.excluded is null and o.occurred_on - f.exited_on <= f.days_followed
),
returns as (
    select
        v.enrollment_id,
        p.period_id,
        1 as events,
        0 as exposure_days,
        cast(null as varchar) as excluded
    from event_days as v
    inner join period_days as p on p.day = v.occurred_on
),
returns_and_days as (
    select enrollment_id, period_id, events, exposure_days, excluded from days_after_exit
    union all
    select enrollment_id, period_id, events, exposure_days, excluded from returns
)
select enrollment_id, period_id, events, exposure_days, excluded from returns_and_days
