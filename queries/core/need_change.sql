/*---
title      = "Change in need"
scorecard  = "Needs reliably improved"
counted    = "pairs of assessments"
question   = "Do clients' assessed needs ease between the first and the last assessment?"
kind       = "change"
grain      = "one row per enrollment, instrument and domain assessed"
direction  = "higher"
period     = "the last assessment falls in the period"
excludes   = """\
    assessments after the as-of date, without a score, or made at follow-up after the exit; counted as excluded: \
    assessed on one date only, direction of the instrument not declared"""
source     = """\
    Mean change of pairs; reliable change after Jacobson & Truax 1991: a change of at least 1.96 sqrt(2) SD sqrt(1 - \
    reliability), with the instrument's declared SD and reliability. Other tools compare completers only without \
    saying so; here those assessed once are counted beside the pairs. Several scores on one day are averaged. \
    Whether a reliable change is an improvement follows from the instrument's declared direction. The mean change is \
    last minus first in the instrument's own points and sign, so read it per instrument; only the shares can be \
    compared across instruments."""
headline   = "reliably_improved"
dimensions = ["instrument", "domain"]
optional   = ["assessments.stage"]
---*/
with scored as (
    select
        a.enrollment_id,
        a.instrument,
        a.domain,
        a.assessed_on,
        cast(avg(try_cast(a.score as decimal(16, 6))) as double) as score
    from assessments as a
    where a.assessed_on <= $as_of and a.score is not null and (a.stage is null or a.stage <> 'follow_up')
    group by a.enrollment_id, a.instrument, a.domain, a.assessed_on
),
ordered as (
    select
        s.enrollment_id,
        s.instrument,
        s.domain,
        s.assessed_on,
        s.score,
        row_number() over (partition by s.enrollment_id, s.instrument, s.domain order by s.assessed_on) as nth,
        count(*) over (partition by s.enrollment_id, s.instrument, s.domain) as dates
    from scored as s
),
pairs as (
    select
        o.enrollment_id,
        o.instrument,
        o.domain,
        max(o.assessed_on) as on_date,
        max(o.dates) as dates,
        max(case when o.nth = 1 then o.score end) as before,
        max(case when o.nth = o.dates then o.score end) as after
    from ordered as o
    where o.nth = 1 or o.nth = o.dates
    group by o.enrollment_id, o.instrument, o.domain
),
changes as (
    select
        p.enrollment_id,
        p.on_date,
        p.instrument,
        p.domain,
        p.before,
        p.after,
        case coalesce(own.direction, whole.direction) when 'higher' then 1 when 'lower' then -1 end as better,
        1.96 * sqrt(2.0) * coalesce(own.sd, whole.sd)
            * sqrt(1.0 - coalesce(own.reliability, whole.reliability)) as reliable_threshold,
        case
            when p.dates = 1 then 'assessed on one date only'
            when coalesce(own.direction, whole.direction) is null then 'direction of the instrument not declared'
        end as excluded
    from pairs as p
    left join instruments as own on own.instrument = p.instrument and own.domain = p.domain
    left join instruments as whole on whole.instrument = p.instrument and whole.domain is null
)
select enrollment_id, on_date, before, after, better, reliable_threshold, instrument, domain, excluded from changes
