/*---
title    = "an age nobody has"
meaning  = """\
    By the birth date, the client is not born yet, or older than 110 years, when first referred or taken in. Every \
    figure by age group puts the client in a wrong one."""
fix      = "correct the birth date in the case-management system; leave it empty where it is not known"
severity = "warning"
quality  = "plausibility"
counted  = "clients with a birth date"
field    = "birth_date"
message  = "{what} at the first referral or intake"
optional = ["enrollments.referred_on", "enrollments.intake_on"]
parameters = { oldest = 110 }
---*/
with first_days as (
    select e.client_id, min(coalesce(e.referred_on, e.intake_on)) as began_on
    from enrollments as e
    group by e.client_id
),
ages as (
    select
        c.client_id,
        c._file,
        c._line,
        (f.began_on - c.birth_date) / 365.25 as age
    from clients as c
    inner join first_days as f on f.client_id = c.client_id
    where c.birth_date is not null and f.began_on is not null
),
judged as (
    select
        a.client_id,
        a._file,
        a._line,
        a.age < 0 or a.age > $oldest as fails,
        case when a.age < 0 then 'not born yet' else concat('more than ', cast($oldest as varchar), ' years old') end as what
    from ages as a
)
select client_id, _file, _line, fails, what from judged
