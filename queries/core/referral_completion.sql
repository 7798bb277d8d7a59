/*---
title      = "Referral completion"
scorecard  = "Referrals connected in 30 days"
counted    = "referrals out"
question   = "What share of our referrals to other providers end in the service within 30 days?"
kind       = "proportion"
grain      = "one row per referral out to a provider"
direction  = "higher"
period     = "the referral falls in the period"
excludes   = """\
    referrals after the as-of date; counted as excluded: not yet followed for the whole window, service before the \
    referral"""
source     = """\
    Own definition: connected, not merely closed. Primero counts referrals marked implemented among all that were \
    flagged, whenever that was; here the window is fixed and a referral is only counted once the window has passed, \
    whatever its outcome. Where the day the service began is not recorded, a referral closed as received within the \
    window was received within it; one closed as received later, or on an unknown day, is unknown. So is one closed \
    without an outcome, or with an unknown one; one that is still waiting when the window has passed was not \
    completed. A client with several referrals counts with each."""
headline   = "share"
dimensions = ["service_type", "partner_type"]
optional   = ["referrals.provider_id", "referrals.closed_on", "providers.provider_id"]
parameters = { days = 30 }
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
dated as (
    select
        s.enrollment_id,
        s.referred_on,
        s.service_type,
        s.partner_type,
        s.outcome,
        s.closed_on,
        s.service_started_on - s.referred_on as days_to_service,
        s.closed_on - s.referred_on as days_to_close,
        cast($as_of as date) - s.referred_on as days_followed
    from sent as s
),
completions as (
    select
        d.enrollment_id,
        d.referred_on as on_date,
        d.service_type,
        d.partner_type,
        case
            when d.days_to_service is not null then d.days_to_service <= $days
            when d.outcome = 'received' and d.days_to_close between 0 and $days then true
            when d.outcome in ('received', 'unknown') then null
            when d.outcome is null and d.closed_on is not null then null
            else false
        end as met,
        case
            when d.days_to_service < 0 then 'service before the referral'
            when d.days_followed < $days then 'not yet followed for the whole window'
        end as excluded
    from dated as d
)
select enrollment_id, on_date, met, service_type, partner_type, excluded from completions
