/*---
title      = "Less impacted after support"
scorecard  = "Clients less impacted after support"
counted    = "clients asked twice"
question   = "Do clients say they are less impacted at closure than they were at intake?"
kind       = "proportion"
grain      = "one row per case"
direction  = "higher"
period     = "the case was registered (intake_on) in the period"
excludes   = """\
    referrals that never became a case, ratings after the as-of date; counted as excluded: not rated with a whole \
    number at both intake and closure"""
source     = """\
    Primero's less impacted after support: the rating at closure is below the one at intake, lower being better; as \
    much as before is not less. An answer that is no number, such as not understanding the question, is no rating. \
    Unlike attain's need_change any difference counts, also one within the error of the question, and a case is \
    placed by its registration, so recent months hold only cases closed soon. Of several ratings the latest counts."""
headline   = "share"
parameters = { instrument = "impact" }
---*/
with cases as (
    select
        e.enrollment_id,
        e.intake_on as on_date
    from enrollments as e
    where e.intake_on <= $as_of
),
ratings as (
    select
        a.enrollment_id,
        a.stage,
        case when a.score >= 0 and a.score = floor(a.score) then a.score end as score,
        row_number() over (partition by a.enrollment_id, a.stage order by a.assessed_on desc, a.score desc) as nth
    from assessments as a
    where a.instrument = $instrument and a.assessed_on <= $as_of
),
pairs as (
    select
        r.enrollment_id,
        max(case when r.stage = 'intake' then r.score end) as before,
        max(case when r.stage = 'exit' then r.score end) as after
    from ratings as r
    where r.nth = 1
    group by r.enrollment_id
),
judged as (
    select
        c.enrollment_id,
        c.on_date,
        p.after < p.before as met,
        case when p.before is null or p.after is null then 'not rated at both intake and closure' end as excluded
    from cases as c
    left join pairs as p on p.enrollment_id = c.enrollment_id
)
select enrollment_id, on_date, met, excluded from judged
