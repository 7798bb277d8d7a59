/*---
title      = "Emergencies"
scorecard  = "Emergencies per 100 client-months"
counted    = "client-months"
question   = "How many emergencies are there among our clients, for the time they spend with us?"
kind       = "rate"
grain      = "one row per emergency (incident), and one per enrollment and period for the days it was open"
direction  = "neutral"
period     = "the day of the report falls in the period; days of the enrollment that fall in the period"
excludes   = """\
    days and emergencies after the as-of date; counted as excluded: exit before intake, emergency outside the stay (before intake, after \
    the exit, or of a client who was not enrolled)"""
source     = """\
    Own definition, per client-month (365.25 / 12 days) of open enrollments rather than per case, after Recidiviz's \
    average daily population. A stay runs from intake up to, not including, the day of the exit; an emergency on the \
    day of the exit counts. Each report is one emergency: several reports of one crisis are several. An emergency \
    recorded without its enrollment belongs to the client's enrollment of that day; if there were several it counts \
    in all, but in a breakdown by anything that belongs to the enrollment it is in the unknown group, which has no \
    days and so no rate. A client in two programs brings the days of both. More emergencies on record can mean more \
    of them or better reporting, so neither way is called better. Where the export's emergencies do not reach back as far \
    as its enrollments, say so under [complete_from], or the early months show 0."""
headline   = "rate"
optional   = ["incidents.enrollment_id"]
---*/
with stays as (
    select
        e.enrollment_id,
        e.client_id,
        e.intake_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from enrollments as e
    where e.intake_on <= $as_of
),
open_days as (
    select
        s.enrollment_id,
        s.client_id,
        p.period_id,
        0 as events,
        least(s.exited_on, p.counted_until) - greatest(s.intake_on, p.starts_on) as exposure_days,
        case when s.exited_on < s.intake_on then 'exit before intake' end as excluded
    from stays as s
    inner join periods as p
        on s.intake_on < p.counted_until
        and p.starts_on < p.counted_until
        and (
            s.exited_on is null
            or s.exited_on > p.starts_on
            or (s.exited_on < s.intake_on and s.intake_on >= p.starts_on)
        )
),
reported as (
    select
        i.incident_id,
        i.client_id,
        i.enrollment_id,
        cast(i.reported_at as date) as reported_on
    from incidents as i
    where cast(i.reported_at as date) <= $as_of
),
matched as (
    select
        r.incident_id,
        r.client_id,
        r.enrollment_id,
        r.reported_on,
        min(s.enrollment_id) as first_stay,
        max(s.enrollment_id) as last_stay
    from reported as r
    left join stays as s
        on s.client_id = r.client_id
        and (r.enrollment_id is null or s.enrollment_id = r.enrollment_id)
        and s.intake_on <= r.reported_on
        and (s.exited_on is null or s.exited_on >= r.reported_on)
    group by r.incident_id, r.client_id, r.enrollment_id, r.reported_on
),
emergencies as (
    select
        case when m.first_stay = m.last_stay then m.first_stay else m.enrollment_id end as enrollment_id,
        m.client_id,
        p.period_id,
        1 as events,
        0 as exposure_days,
        case when m.first_stay is null then 'emergency outside the stay' end as excluded
    from matched as m
    inner join period_days as p on p.day = m.reported_on
),
emergencies_and_days as (
    select enrollment_id, client_id, period_id, events, exposure_days, excluded from open_days
    union all
    select enrollment_id, client_id, period_id, events, exposure_days, excluded from emergencies
)
select enrollment_id, client_id, period_id, events, exposure_days, excluded from emergencies_and_days
