/*---
title      = "Goal Attainment Scaling (T) at exit"
scorecard  = "Goal Attainment Scaling at exit, mean T"
counted    = "exits"
question   = "How far have clients come toward their goals when they leave, where 50 is as expected?"
kind       = "mean"
grain      = "one row per exit from a program (enrollment)"
direction  = "higher"
period     = "the exit falls in the period; open cases are not in it"
excludes   = """\
    exits after the as-of date, referrals that never started, goals set after the exit, discontinued goals; counted \
    as excluded: no goals to rate, no goal has a level at exit"""
source     = """\
    Kiresuk & Sherman 1968, with the denominator as corrected in the 2009 erratum to Turner-Stokes (Clinical \
    Rehabilitation 23:362): T = 50 + 10 sum(wx) / sqrt((1 - rho) sum(w^2) + rho (sum w)^2), rho = 0.3, x from -2 to \
    +2. Scored once per case, with the goals' levels at its exit: by the latest rating instead, past months would hold \
    finished cases and recent ones mostly cases still on their way, and every series would seem to fall. A goal \
    without a level, or rated only after the exit, is left out with its weight; where no goal of the enrollment has a \
    weight all weigh the same. Levels are ordinal and T depends on the number of goals, so it describes a \
    program's cases and never ranks people."""
unit       = "points"
resolution = 0.1
headline   = "mean"
optional   = ["goals.weight", "goals.status_on"]
parameters = { rho = 0.3 }
---*/
with exits as (
    select
        e.enrollment_id,
        e.exited_on as on_date
    from enrollments as e
    where e.exited_on <= $as_of and e.intake_on is not null
),
rated as (
    select
        e.enrollment_id,
        case when g.status_on is null or g.status_on <= e.on_date then g.level end as level,
        try_cast(g.weight as decimal(12, 4)) as weight,
        count(g.weight) over (partition by e.enrollment_id) = 0 as unweighted
    from exits as e
    inner join goals as g on g.enrollment_id = e.enrollment_id
    where g.set_on <= e.on_date and g.status <> 'discontinued'
),
weighted as (
    select
        r.enrollment_id,
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
        cast(sum(w.weight * w.level) as double) as weighted_levels,
        cast(sum(w.weight * w.weight) as double) as squared_weights,
        cast(sum(w.weight) as double) as weights
    from weighted as w
    group by w.enrollment_id
),
scores as (
    select
        e.enrollment_id,
        e.on_date,
        50.0 + 10.0 * s.weighted_levels / sqrt(
            (1.0 - cast($rho as double)) * s.squared_weights + cast($rho as double) * s.weights * s.weights
        ) as value,
        case
            when s.enrollment_id is null then 'no goals to rate'
            when s.weights is null then 'no goal has a level at exit'
        end as excluded
    from exits as e
    left join sums as s on s.enrollment_id = e.enrollment_id
)
select enrollment_id, on_date, value, excluded from scores
