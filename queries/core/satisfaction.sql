/*---
title      = "Satisfied answers"
scorecard  = "Survey answers of 4 or 5 out of 5"
counted    = "answers"
question   = "What share of the answers to our surveys are satisfied ones?"
kind       = "proportion"
grain      = "one row per answered item of a survey"
direction  = "higher"
period     = "the day of the answer falls in the period"
excludes   = "answers after the as-of date; counted as excluded: score outside its scale (below 0 or above the maximum)"
source     = """\
    Own definition: an answer of at least `at_least` of `out_of` (4 of 5) of its own scale's maximum, so 8 of 10 and \
    4 of 4, but not 3 of 4. A higher score is taken to be the better one: turn items around before the export where \
    it is not. Items differ, so look at them one by one; whoever answers four items counts with four answers. Who did not answer is not in it, and those are often the less satisfied; the \
    share of clients asked who answered is not in the export. Primero judges a form by whether yes outweighs no."""
headline   = "share"
dimensions = ["item"]
parameters = { at_least = 4, out_of = 5 }
---*/
with answers as (
    select
        s.enrollment_id,
        s.answered_on as on_date,
        s.item,
        s.score * $out_of >= s.scale_max * $at_least as met,
        case
            when s.score < 0 or s.score > s.scale_max or s.scale_max <= 0 then 'score outside its scale'
        end as excluded
    from surveys as s
    where s.answered_on <= $as_of
)
select enrollment_id, on_date, met, item, excluded from answers
