/*---
title      = "Satisfied clients"
scorecard  = "Cases whose feedback is satisfied"
counted    = "cases with feedback"
question   = "What share of the clients who gave us feedback are satisfied?"
kind       = "proportion"
grain      = "one row per case"
direction  = "higher"
period     = "the case was opened (intake_on) in the period"
excludes   = """\
    referrals that never became a case, answers after the as-of date; counted as excluded: no feedback (answers to \
    items of other scales are none)"""
source     = """\
    Primero's client satisfaction rate. A form, here the answers of one case on one day, is satisfied when its yes \
    are at least as many as its no (items of a scale up to 1), and its twos and threes at least as many as its \
    ones (items of a scale up to 3). A case is satisfied when its satisfied forms are at least as many as its others. \
    Unlike attain's satisfaction each case counts once, however many items it answered, a tie counts as satisfied, \
    and a form of scales alone needs no yes. Primero itself tallies true and false while its forms store yes and no, \
    and so finds every form satisfied; the answers are 1 and 0 here before they are counted."""
headline   = "share"
---*/
with cases as (
    select
        e.enrollment_id,
        e.intake_on as on_date
    from enrollments as e
    where e.intake_on <= $as_of
),
forms as (
    select
        s.enrollment_id,
        s.answered_on,
        count(*) filter (where s.scale_max = 1 and s.score = 1) as yes,
        count(*) filter (where s.scale_max = 1 and s.score = 0) as no,
        count(*) filter (where s.scale_max = 3 and s.score = 1) as ones,
        count(*) filter (where s.scale_max = 3 and s.score in (2, 3)) as twos_and_threes
    from surveys as s
    -- Without an item of either sort no side would outweigh the other, and a form would be satisfied for nothing.
    where s.answered_on <= $as_of
        and (s.scale_max = 1 and s.score in (0, 1) or s.scale_max = 3 and s.score in (1, 2, 3))
    group by s.enrollment_id, s.answered_on
),
feedback as (
    select
        f.enrollment_id,
        count(*) as forms,
        count(*) filter (where f.yes >= f.no and f.twos_and_threes >= f.ones) as satisfied_forms
    from forms as f
    group by f.enrollment_id
),
judged as (
    select
        c.enrollment_id,
        c.on_date,
        f.satisfied_forms >= f.forms - f.satisfied_forms as met,
        case when f.enrollment_id is null then 'no feedback' end as excluded
    from cases as c
    left join feedback as f on f.enrollment_id = c.enrollment_id
)
select enrollment_id, on_date, met, excluded from judged
