/*---
title      = "Complete intakes"
scorecard  = "Intakes with every required field known"
counted    = "intakes"
question   = "What share of intakes have every required field on record?"
kind       = "proportion"
grain      = "one row per started enrollment"
direction  = "higher"
period     = "the intake falls in the period"
excludes   = """\
    referrals that never started; counted as excluded: a required field that is none of the seven this metric knows"""
source     = """\
    Own definition. Required are, unless the project says otherwise, the date and the source of the referral, the \
    case manager, and the client's date of birth, gender, race and ethnicity, and language. A field is known when it \
    has a value that is not one of the unknown codes; a refusal is an answer, since it says that the client was asked \
    (HUD's data quality report counts refusals as errors). Whether an intake is complete is always known, so there \
    are no unknown units. Fields have no dates of their own: what was filled in later counts, so the latest intakes \
    can still become complete and earlier ones have had longer. Whether a value is right is not looked at. The \
    breakdown by missing names the field where only one is missing."""
headline   = "share"
dimensions = ["missing"]
optional   = ["clients.client_id"]

[parameters.required]
fields = ["referred_on", "referral_source", "staff_id", "birth_date", "gender", "race_ethnicity", "language"]

[parameters.unknown]
codes = ["unknown", "not_collected", "data_not_collected"]
---*/
with started as (
    select
        e.enrollment_id,
        e.intake_on,
        e.referred_on,
        e.referral_source,
        e.staff_id,
        c.birth_date,
        c.gender,
        c.race_ethnicity,
        c.language
    from enrollments as e
    left join clients as c on c.client_id = e.client_id
    where e.intake_on <= $as_of
),
answers as (
    select
        s.enrollment_id,
        s.intake_on,
        r.value as field,
        r.value in (
            'referred_on', 'referral_source', 'staff_id', 'birth_date', 'gender', 'race_ethnicity', 'language'
        ) as known_field,
        case r.value
            when 'referred_on' then cast(s.referred_on as varchar)
            when 'referral_source' then s.referral_source
            when 'staff_id' then s.staff_id
            when 'birth_date' then cast(s.birth_date as varchar)
            when 'gender' then s.gender
            when 'race_ethnicity' then s.race_ethnicity
            when 'language' then s.language
        end as answer
    from started as s
    cross join intake_completeness_required as r
),
judged as (
    select
        a.enrollment_id,
        a.intake_on,
        a.field,
        a.known_field,
        a.answer is null or u.value is not null as lacking
    from answers as a
    left join intake_completeness_unknown as u on u.value = a.answer
),
counted as (
    select
        j.enrollment_id,
        j.intake_on,
        count(*) filter (where j.lacking) as fields_lacking,
        min(case when j.lacking then j.field end) as first_lacking,
        count(*) filter (where not j.known_field) as fields_not_known
    from judged as j
    group by j.enrollment_id, j.intake_on
),
intakes as (
    select
        c.enrollment_id,
        c.intake_on as on_date,
        c.fields_lacking = 0 as met,
        case c.fields_lacking when 0 then 'none' when 1 then c.first_lacking else 'several' end as missing,
        case when c.fields_not_known > 0 then 'a required field is none of those the metric knows' end as excluded
    from counted as c
)
select enrollment_id, on_date, met, missing, excluded from intakes
