/*---
title      = "Goal Attainment Scaling (T)"
scorecard  = "Goal Attainment Scaling, mean T"
counted    = "enrollments with rated goals"
question   = "How far did clients get toward their goals, where 50 is as expected?"
kind       = "mean"
grain      = "one row per enrollment with goals"
direction  = "higher"
period     = "the enrollment's latest rating (status_on; set_on where it is not recorded) falls in the period"
excludes   = "goals set or rated after the as-of date, discontinued goals; counted as excluded: no goal has a level"
source     = """\
    Kiresuk & Sherman 1968, with the denominator as corrected in the 2009 erratum to Turner-Stokes (Clinical \
    Rehabilitation 23:362): T = 50 + 10 sum(wx) / sqrt((1 - rho) sum(w^2) + rho (sum w)^2), rho = 0.3, x from -2 to \
    +2. A goal without a level is left out with its weight; where no goal of the enrollment has a weight all weigh \
    the same. Levels are ordinal and T depends on the number of goals, so it describes a program's cases and never \
    ranks people."""
unit       = "points"
resolution = 0.1
headline   = "mean"
optional   = ["goals.weight"]
parameters = { rho = 0.3 }
---*/
with rated as (
    select
        g.enrollment_id,
        coalesce(g.status_on, g.set_on) as rated_on,
        g.level,
        try_cast(g.weight as decimal(12, 4)) as weight,
        count(g.weight) over (partition by g.enrollment_id) = 0 as unweighted
    from goals as g
    where g.set_on <= $as_of and (g.status_on is null or g.status_on <= $as_of) and g.status <> 'discontinued'
),
weighted as (
    select
        r.enrollment_id,
        r.rated_on,
        r.level,
        case
            when r.level is null then null
            when r.unweighted then cast(1 as decimal(12, 4))
            else r.weight
        end as weight
    from rated as r
),
sums as (
    select
        w.enrollment_id,
        coalesce(max(case when w.weight is not null then w.rated_on end), max(w.rated_on)) as on_date,
        cast(sum(w.weight * w.level) as double) as weighted_levels,
        cast(sum(w.weight * w.weight) as double) as squared_weights,
        cast(sum(w.weight) as double) as weights
    from weighted as w
    group by w.enrollment_id
),
scores as (
    select
        s.enrollment_id,
        s.on_date,
        50.0 + 10.0 * s.weighted_levels / sqrt(
            (1.0 - cast($rho as double)) * s.squared_weights + cast($rho as double) * s.weights * s.weights
        ) as value,
        case when s.weights is null then 'no goal has a level' end as excluded
    from sums as s
)
select enrollment_id, on_date, value, excluded from scores
