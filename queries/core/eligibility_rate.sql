/*---
title      = "Eligibility rate"
scorecard  = "Found eligible"
counted    = "determinations"
question   = "What share of the people screened were found eligible?"
kind       = "proportion"
grain      = "one row per referral to a program (enrollment)"
direction  = "neutral"
period     = "the screening falls in the period; the referral where no screening date is recorded"
excludes   = "referrals after the as-of date; counted as excluded: determination pending"
source     = """\
    Own definition: eligible of those determined. Pending is not a no: it is set apart until there is a result. A \
    result that is not recorded is unknown and not in the denominator."""
headline   = "share"
optional   = ["enrollments.intake_on", "enrollments.screened_on"]
---*/
with referred as (
    select
        e.enrollment_id,
        e.eligibility,
        e.screened_on > $as_of as screened_later,
        coalesce(e.referred_on, e.intake_on) as opened_on,
        case when e.screened_on <= $as_of then e.screened_on end as screened_on
    from enrollments as e
    where coalesce(e.referred_on, e.intake_on) <= $as_of
),
determinations as (
    select
        r.enrollment_id,
        coalesce(r.screened_on, r.opened_on) as on_date,
        case r.eligibility when 'eligible' then true when 'ineligible' then false end as met,
        case when r.eligibility = 'pending' or r.screened_later then 'determination pending' end as excluded
    from referred as r
)
select enrollment_id, on_date, met, excluded from determinations
