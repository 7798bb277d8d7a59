/*---
title      = "Successful referrals"
scorecard  = "Referrals implemented"
counted    = "referrals out"
question   = "What share of the services we referred clients to were implemented?"
kind       = "proportion"
grain      = "one row per referral out to a provider"
direction  = "higher"
period     = "referred_on of the referral falls in the period"
excludes   = "referrals after the as-of date; what came of them after it"
source     = """\
    Primero's percentage of successful referrals: marked implemented, of all services flagged as referred; one never \
    sent is no referral. Unlike attain's referral_completion there is no window, so a referral of yesterday counts as \
    not successful and recent months always look worse; a service that began before its referral counts too. The \
    day is that of the service's response, or of the referral itself if that is what the export holds: then a \
    service referred twice is two rows and counts twice. An outcome on record as unknown stays unknown."""
headline   = "share"
dimensions = ["service_type"]
optional   = ["referrals.service_started_on", "referrals.closed_on"]
---*/
with sent as (
    select
        r.enrollment_id,
        r.referred_on as on_date,
        r.service_type,
        case when coalesce(r.service_started_on, r.closed_on, r.referred_on) <= $as_of then r.outcome end as outcome
    from referrals as r
    where r.referred_on <= $as_of
),
judged as (
    select
        s.enrollment_id,
        s.on_date,
        s.service_type,
        case
            when s.outcome = 'unknown' then null
            else coalesce(s.outcome = 'received', false)
        end as met
    from sent as s
)
select enrollment_id, on_date, met, service_type from judged
