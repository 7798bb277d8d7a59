/*---
title      = "Time to resolve emergencies"
scorecard  = "Emergencies resolved within 7 days"
counted    = "emergencies"
question   = "How many days until an emergency is resolved?"
kind       = "duration"
grain      = "one row per emergency (incident)"
direction  = "lower"
period     = "the day of the report falls in the period"
events     = ["resolved"]
competing  = ["deceased"]
horizons   = [1, 3, 7, 14, 30]
excludes   = """\
    emergencies and resolutions after the as-of date; counted as excluded: resolved before the report, died before \
    the report"""
source     = """\
    Own definition, in days of the calendar: resolved on the day of the report is 0. Averages elsewhere take only the \
    emergencies that were resolved, so the worst ones are missing from them; here one without a resolution on record \
    is open and followed to the as-of date (censored), also when the client has left by then, and the client's death \
    ends it otherwise (Aalen-Johansen). The day of resolved_at counts, whatever the outcome says. An emergency \
    resolved but never closed in the system looks open. A client with several emergencies is in with each."""
headline   = "share_by_day.7"
dimensions = ["incident_kind"]
optional   = ["clients.client_id", "clients.died_on"]
---*/
with reported as (
    select
        i.enrollment_id,
        i.client_id,
        i.kind as incident_kind,
        cast(i.reported_at as date) as reported_on,
        i.resolved_at < i.reported_at as resolved_before,
        case when cast(i.resolved_at as date) <= $as_of then cast(i.resolved_at as date) end as resolved_on,
        case when c.died_on <= $as_of then c.died_on end as died_on
    from incidents as i
    left join clients as c on c.client_id = i.client_id
    where cast(i.reported_at as date) <= $as_of
),
durations as (
    select
        r.enrollment_id,
        r.client_id,
        r.reported_on as on_date,
        r.incident_kind,
        least(r.resolved_on, r.died_on, cast($as_of as date)) - r.reported_on as days,
        case
            when r.resolved_on <= coalesce(r.died_on, r.resolved_on) then 'resolved'
            when r.died_on is not null then 'deceased'
            else 'censored'
        end as outcome,
        case
            when r.resolved_before then 'resolved before the report'
            when r.died_on < r.reported_on then 'died before the report'
        end as excluded
    from reported as r
)
select enrollment_id, client_id, on_date, days, outcome, incident_kind, excluded from durations
