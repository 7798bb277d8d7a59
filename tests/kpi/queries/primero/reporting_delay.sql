/*---
title      = "Reporting delay"
scorecard  = "Incidents by days until reported"
counted    = "incidents and bands of days"
question   = "How long after it happened is an incident reported to us?"
kind       = "proportion"
grain      = "one row per incident and band of days; only by band is its share one of incidents"
direction  = "neutral"
period     = "reported_at falls in the period"
excludes   = "incidents reported after the as-of date; counted as excluded: the day it happened is not recorded"
source     = """\
    Primero's reporting delay: the share of the incidents in each band of days from what happened to the first \
    report. The incidents of an export have no day on which they happened; it is the latest outcome event of the \
    same client and kind up to the report. Primero makes a missing date 0 days, which is its best band; here it is \
    excluded and counted. Attain's crisis_response and crisis_resolution begin only with the report. A band is named \
    by the parameter `bands` with its first day, and goes on to the next one."""
dimensions = ["band"]

[parameters.bands]
"0-3"   = 0
"4-5"   = 4
"6-14"  = 6
"15-30" = 15
"31-90" = 31
"91+"   = 91
---*/
with bands as (
    select
        b.key as band,
        cast(b.value as bigint) as first_day,
        lead(cast(b.value as bigint)) over (order by cast(b.value as bigint)) as next_first_day
    from reporting_delay_bands as b
),
reported as (
    select
        i.incident_id,
        i.client_id,
        i.enrollment_id,
        i.kind,
        cast(i.reported_at as date) as on_date
    from incidents as i
    where cast(i.reported_at as date) <= $as_of
),
happened as (
    select
        r.incident_id,
        max(o.occurred_on) as happened_on
    from reported as r
    inner join outcome_events as o
        on o.client_id = r.client_id
        and o.kind = r.kind
        and o.occurred_on <= r.on_date
    group by r.incident_id
),
delays as (
    select
        r.client_id,
        r.enrollment_id,
        r.on_date,
        r.on_date - h.happened_on as days
    from reported as r
    left join happened as h on h.incident_id = r.incident_id
),
-- A share of each band needs every incident beside every band, once as one of it and else as one of another.
judged as (
    select
        d.client_id,
        d.enrollment_id,
        d.on_date,
        b.band,
        d.days >= b.first_day and (b.next_first_day is null or d.days < b.next_first_day) as met,
        case when d.days is null then 'the day it happened is not recorded' end as excluded
    from delays as d
    cross join bands as b
)
select client_id, enrollment_id, on_date, met, band, excluded from judged
