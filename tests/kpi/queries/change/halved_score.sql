/*---
title      = "Halved scores between intake and exit"
scorecard  = "Clients whose score has halved"
counted    = "clients rated twice"
question   = "Does the score of clients fall by half or more between intake and exit?"
kind       = "change"
grain      = "one row per case rated at intake"
direction  = "higher"
period     = "intake_on falls in the period"
excludes   = """\
    referrals that never became a case, ratings after the as-of date; counted as excluded: not rated at exit, no \
    score above 0 at intake"""
source     = """\
    Percentage change, as trials of depression define a response: a change of at least `share` of the client's own \
    score at intake is better or worse. Unlike attain's need_change each client has a criterion of their own, and \
    who began low needs few points; what is reported as reliably better has halved. A case is placed by its intake, as \
    a trial's participants are, so recent months hold only whoever left soon. Of several ratings at a stage the latest \
    counts."""
headline   = "reliably_improved"
parameters = { instrument = "hamd", share = 0.5 }
---*/
with ratings as (
    select
        a.enrollment_id,
        a.stage,
        a.score,
        row_number() over (partition by a.enrollment_id, a.stage order by a.assessed_on desc, a.score desc) as nth
    from assessments as a
    where a.instrument = $instrument and a.assessed_on <= $as_of and a.score is not null
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
changes as (
    select
        e.enrollment_id,
        e.intake_on as on_date,
        p.before,
        p.after,
        case i.direction when 'higher' then 1 when 'lower' then -1 end as better,
        cast($share as double) * p.before as reliable_threshold,
        case
            when p.after is null then 'not rated at exit'
            when p.before <= 0 then 'no score above 0 at intake'
        end as excluded
    from pairs as p
    inner join enrollments as e on e.enrollment_id = p.enrollment_id
    left join instruments as i on i.instrument = $instrument and i.domain is null
    where p.before is not null and e.intake_on <= $as_of
)
select enrollment_id, on_date, before, after, better, reliable_threshold, excluded from changes
