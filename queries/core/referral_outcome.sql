/*---
title      = "Outcomes of referrals"
scorecard  = "Referrals out"
counted    = "referrals out"
question   = "What became of our referrals to other providers, and at which provider?"
kind       = "count"
grain      = "one row per referral out to a provider"
direction  = "neutral"
period     = "the referral falls in the period"
excludes   = "referrals and outcomes after the as-of date"
source     = """\
    Own definition: the outcome on record on the as-of date, however long after the referral, so recent referrals \
    have more open ones and a past period can still change; shares within a fixed window are referral completion and \
    referrals with a documented outcome. Open is a referral with neither an outcome nor a day of service or of \
    closing; a referral closed without an outcome, and one with the outcome unknown, is in the unknown group. A \
    service that began without a recorded outcome was received. Primero counts a referral sent twice twice; here too \
    every row counts. Providers go by name, with the identifier behind it where several share one."""
headline   = "events"
dimensions = ["result", "provider", "service_type", "partner_type"]
optional   = [
    "referrals.provider_id", "referrals.service_started_on", "referrals.closed_on", "providers.provider_id",
    "providers.name",
]
---*/
with named_providers as (
    select
        p.provider_id,
        p.partner_type,
        case
            when p.name is null then p.provider_id
            when count(*) over (partition by p.name) > 1 then concat(p.name, ' (', p.provider_id, ')')
            else p.name
        end as provider
    from providers as p
),
sent as (
    select
        r.enrollment_id,
        r.referred_on,
        r.service_type,
        r.provider_id,
        case when r.closed_on <= $as_of then r.closed_on end as closed_on,
        case when r.service_started_on <= $as_of then r.service_started_on end as service_started_on,
        case when coalesce(r.service_started_on, r.closed_on, r.referred_on) <= $as_of then r.outcome end as outcome
    from referrals as r
    where r.referred_on <= $as_of
),
results as (
    select
        s.enrollment_id,
        s.referred_on as on_date,
        case
            when s.outcome = 'unknown' then null
            when s.outcome is not null then s.outcome
            when s.service_started_on is not null then 'received'
            when s.closed_on is null then 'open'
        end as result,
        coalesce(p.provider, s.provider_id) as provider,
        s.service_type,
        p.partner_type
    from sent as s
    left join named_providers as p on p.provider_id = s.provider_id
)
select enrollment_id, on_date, result, provider, service_type, partner_type from results
