/*---
title      = "Referrals with a documented outcome"
scorecard  = "Referral loops closed in 30 days"
counted    = "referrals out"
question   = "Of what share of our referrals do we know within 30 days what came of them?"
kind       = "proportion"
grain      = "one row per referral out to a provider"
direction  = "higher"
period     = "the referral falls in the period"
excludes   = """\
    referrals after the as-of date; counted as excluded: service or closing before the referral, not yet followed for \
    the whole window"""
source     = """\
    Own definition: the closed loop, whatever the outcome; whether the client got the service is referral completion. \
    Final are received, declined, no show, no capacity and ineligible. Being on a waiting list is not final (some \
    closed-loop definitions count it), nor is the outcome unknown. The day of the outcome is the day the service \
    began, else the day of closing: a date of documentation is not in an export. Known later than the window is not \
    closed in it. Unknown is a final outcome without a day, a referral closed without an outcome, and one received \
    on an unrecorded day and closed after the window. A referral counts only once its window has passed, though it \
    was closed at once. A client with several referrals counts with each."""
headline   = "share"
overdue    = "referrals out without an outcome on record in time"
dimensions = ["service_type", "partner_type"]
optional   = ["referrals.provider_id", "providers.provider_id"]

[parameters]
days = 30

[parameters.final]
outcomes = ["received", "declined_by_client", "declined_by_provider", "no_show", "no_capacity", "ineligible"]
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
        f.value is not null as final,
        s.service_started_on - s.referred_on as days_to_service,
        s.closed_on - s.referred_on as days_to_close,
        cast($as_of as date) - s.referred_on as days_followed
    from sent as s
    left join referral_closed_final as f on f.value = s.outcome
),
loops as (
    select
        d.enrollment_id,
        d.referred_on as on_date,
        d.service_type,
        d.partner_type,
        case
            when d.days_to_service <= $days then true
            when d.final and d.days_to_service is null and d.days_to_close <= $days then true
            when d.days_to_service is not null then false
            when d.outcome = 'received' then null
            when d.final and d.days_to_close is null then null
            when d.outcome is null and d.days_to_close is not null then null
            else false
        end as met,
        case
            when d.days_to_service < 0 then 'service before the referral'
            when d.days_to_service is null and d.days_to_close < 0 then 'closed before the referral'
            when d.days_followed < $days then 'not yet followed for the whole window'
        end as excluded
    from dated as d
)
select enrollment_id, on_date, met, service_type, partner_type, excluded from loops
