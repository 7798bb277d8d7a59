/*---
title      = "Referrals per case"
scorecard  = "Referrals out per case"
counted    = "cases"
question   = "To how many services is a client referred?"
kind       = "mean"
grain      = "one row per case"
direction  = "neutral"
period     = "the case was opened (intake_on) in the period, whenever the referrals were made"
excludes   = "referrals to us that never became a case, cases opened and referrals made after the as-of date"
source     = """\
    Primero's average referrals per case: the plan's rows marked referred, a case without any being 0. Cases opened \
    lately have had less time to be referred, so past months still rise. Attain's referral_outcome counts \
    referrals in the month they were made and has no mean per case. Where there is no case Primero prints 0; here \
    there is no figure."""
unit       = "referrals"
headline   = "mean"
---*/
with cases as (
    select
        e.enrollment_id,
        e.intake_on as on_date
    from enrollments as e
    where e.intake_on <= $as_of
),
made as (
    select
        r.enrollment_id,
        count(*) as referrals
    from referrals as r
    where r.referred_on <= $as_of
    group by r.enrollment_id
),
counted as (
    select
        c.enrollment_id,
        c.on_date,
        coalesce(m.referrals, 0) as value
    from cases as c
    left join made as m on m.enrollment_id = c.enrollment_id
)
select enrollment_id, on_date, value from counted
