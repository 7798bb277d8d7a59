/*---
title      = "Time to the service referred to"
scorecard  = "Service at the provider within 30 days"
counted    = "referrals out"
question   = "How many days from our referral to the service at the other provider?"
kind       = "duration"
grain      = "one row per referral out to a provider"
direction  = "lower"
period     = "the referral falls in the period"
events     = ["received"]
competing  = ["declined_by_client", "declined_by_provider", "no_show", "no_capacity", "ineligible"]
horizons   = [7, 14, 30, 60]
excludes   = """\
    referrals and outcomes after the as-of date; counted as excluded: service or closing before the referral, \
    received or ended on an unknown day, closed without an outcome, outcome unknown"""
source     = """\
    Own definition. Day 0 is the day of the referral. Systems that show days to service average those who got it; here \
    whoever waits, also on a waiting list, is followed to the as-of date (censored), and a referral that ended \
    otherwise stays in the denominator from the day it was closed (Aalen-Johansen). The day of closing does not stand \
    in for the day the service began: many close a referral when the service ends. A referral nobody closed still \
    waits, also when the client has left us. Referral completion takes a received referral with an unknown day as \
    unknown or, if closed in time, as met; here it is excluded, so the two shares can differ. A client with several \
    referrals counts with each."""
headline   = "share_by_day.30"
dimensions = ["service_type", "partner_type"]
optional   = ["referrals.provider_id", "providers.provider_id"]
---*/
with sent as (
    select
        r.enrollment_id,
        r.referred_on,
        r.service_type,
        p.partner_type,
        case when r.closed_on <= $as_of then r.closed_on end as closed_on,
        case when r.service_started_on <= $as_of then r.service_started_on end as service_started_on,
        case when coalesce(r.service_started_on, r.closed_on, r.referred_on) <= $as_of then r.outcome end as outcome
    from referrals as r
    left join providers as p on p.provider_id = r.provider_id
    where r.referred_on <= $as_of
),
ended as (
    select
        s.enrollment_id,
        s.referred_on,
        s.service_type,
        s.partner_type,
        s.outcome,
        s.closed_on,
        s.service_started_on,
        case
            when s.service_started_on is not null then 'received'
            when s.outcome in ('received', 'unknown') then 'not_timed'
            when s.outcome is null and s.closed_on is not null then 'not_timed'
            when s.outcome is null or s.outcome = 'waitlisted' then 'censored'
            else s.outcome
        end as ended_as
    from sent as s
),
waits as (
    select
        e.enrollment_id,
        e.referred_on as on_date,
        e.service_type,
        e.partner_type,
        case e.ended_as
            when 'received' then e.service_started_on
            when 'censored' then cast($as_of as date)
            else e.closed_on
        end - e.referred_on as days,
        e.ended_as as outcome,
        case
            when e.service_started_on < e.referred_on then 'service before the referral'
            when e.ended_as <> 'received' and e.closed_on < e.referred_on then 'closed before the referral'
            when e.ended_as = 'not_timed' and e.outcome = 'received' then 'received on an unknown day'
            when e.ended_as = 'not_timed' and e.outcome = 'unknown' then 'outcome unknown'
            when e.ended_as = 'not_timed' then 'closed without an outcome'
            when e.ended_as not in ('received', 'censored') and e.closed_on is null then 'ended on an unknown day'
        end as excluded
    from ended as e
)
select enrollment_id, on_date, days, outcome, service_type, partner_type, excluded from waits
