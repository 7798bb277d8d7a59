/*---
title      = "Change in need by exit"
scorecard  = "Needs reliably improved by exit"
counted    = "needs assessed"
question   = "Do clients' assessed needs ease between the first assessment and the last one before they leave?"
kind       = "change"
grain      = "one row per exit from a program (enrollment), instrument and domain assessed"
direction  = "higher"
period     = "the exit falls in the period; open cases are not in it"
excludes   = """\
    exits after the as-of date, assessments after the exit or at follow-up, assessments without a score, exits \
    without any assessment; counted as excluded: only one assessment (several on one day are one), direction of the \
    instrument not declared"""
source     = """\
    Mean change from the first assessment to the last one up to the exit. By the latest assessment instead, past \
    months would hold finished cases and recent ones mostly cases still on their way, and every series would seem to \
    fall. Reliable change after Jacobson & Truax 1991: a change of at least 1.96 sqrt(2) SD sqrt(1 - reliability), \
    with the instrument's declared SD and reliability. Other tools compare completers only without saying so; here \
    needs assessed only once are counted as excluded. Several scores on one day are averaged. Whether a reliable \
    change is an improvement follows from the instrument's declared direction. The mean change is last minus first \
    in the instrument's own points and sign, so read it per instrument; only the shares can be compared across \
    instruments."""
headline   = "reliably_improved"
dimensions = ["instrument", "domain"]
optional   = ["assessments.stage"]
---*/
with scored as (
    select
        a.enrollment_id,
        e.exited_on,
        a.instrument,
        a.domain,
        a.assessed_on,
        try_cast(a.score as decimal(16, 6)) as score
    from assessments as a
    inner join enrollments as e on e.enrollment_id = a.enrollment_id
    where e.exited_on <= $as_of
        and a.assessed_on <= e.exited_on
        and a.score is not null
        and (a.stage is null or a.stage <> 'follow_up')
),
ends as (
    select
        s.enrollment_id,
        s.instrument,
        s.domain,
        min(s.assessed_on) as first_on,
        max(s.assessed_on) as last_on
    from scored as s
    group by s.enrollment_id, s.instrument, s.domain
),
pairs as (
    select
        s.enrollment_id,
        s.exited_on,
        s.instrument,
        s.domain,
        min(s.assessed_on) = max(s.assessed_on) as only_one,
        cast(avg(s.score) filter (where s.assessed_on = e.first_on) as double) as before,
        cast(avg(s.score) filter (where s.assessed_on = e.last_on) as double) as after
    from ends as e
    inner join scored as s
        on s.enrollment_id = e.enrollment_id
        and s.instrument = e.instrument
        and coalesce(s.domain, '') = coalesce(e.domain, '')
        and (s.assessed_on = e.first_on or s.assessed_on = e.last_on)
    group by s.enrollment_id, s.exited_on, s.instrument, s.domain
),
changes as (
    select
        p.enrollment_id,
        p.exited_on as on_date,
        p.instrument,
        p.domain,
        p.before,
        p.after,
        case coalesce(own.direction, whole.direction) when 'higher' then 1 when 'lower' then -1 end as better,
        1.96 * sqrt(2.0) * coalesce(own.sd, whole.sd)
            * sqrt(1.0 - coalesce(own.reliability, whole.reliability)) as reliable_threshold,
        case
            when p.only_one then 'only one assessment'
            when coalesce(own.direction, whole.direction) is null then 'direction of the instrument not declared'
        end as excluded
    from pairs as p
    left join instruments as own on own.instrument = p.instrument and own.domain = p.domain
    left join instruments as whole on whole.instrument = p.instrument and whole.domain is null
)
select enrollment_id, on_date, before, after, better, reliable_threshold, instrument, domain, excluded from changes
