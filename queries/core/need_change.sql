/*---
title      = "Change in need by exit"
scorecard  = "Needs reliably improved by exit"
counted    = "needs assessed"
question   = "Do clients' assessed needs ease between the first assessment and the last one before they leave?"
kind       = "change"
grain      = "one row per exit from a program (enrollment), instrument and domain assessed"
direction  = "higher"
period     = "exited_on falls in the period; open cases are not in it"
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
        cast(avg(try_cast(a.score as decimal(16, 6))) as double) as score
    from assessments as a
    inner join enrollments as e on e.enrollment_id = a.enrollment_id
    where e.exited_on <= $as_of
        and a.assessed_on <= e.exited_on
        and a.score is not null
        and (a.stage is null or a.stage <> 'follow_up')
    group by a.enrollment_id, e.exited_on, a.instrument, a.domain, a.assessed_on
),
ordered as (
    select
        s.enrollment_id,
        s.exited_on,
        s.instrument,
        s.domain,
        s.score,
        row_number() over (partition by s.enrollment_id, s.instrument, s.domain order by s.assessed_on) as nth,
        count(*) over (partition by s.enrollment_id, s.instrument, s.domain) as dates
    from scored as s
),
pairs as (
    select
        o.enrollment_id,
        o.exited_on,
        o.instrument,
        o.domain,
        max(o.dates) as dates,
        max(case when o.nth = 1 then o.score end) as before,
        max(case when o.nth = o.dates then o.score end) as after
    from ordered as o
    where o.nth = 1 or o.nth = o.dates
    group by o.enrollment_id, o.exited_on, o.instrument, o.domain
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
            when p.dates = 1 then 'only one assessment'
            when coalesce(own.direction, whole.direction) is null then 'direction of the instrument not declared'
        end as excluded
    from pairs as p
    left join instruments as own on own.instrument = p.instrument and own.domain = p.domain
    left join instruments as whole on whole.instrument = p.instrument and whole.domain is null
)
select enrollment_id, on_date, before, after, better, reliable_threshold, instrument, domain, excluded from changes
