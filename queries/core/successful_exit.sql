/*---
title      = "Successful exits"
scorecard  = "Program completed, in full or part"
counted    = "exits"
question   = "What share of those who leave have completed the program, or part of it?"
kind       = "proportion"
grain      = "one row per exit from a program (enrollment)"
direction  = "higher"
period     = "the exit falls in the period"
excludes   = "exits after the as-of date; counted as excluded: never started, exit before intake, deceased, transferred, moved"
source     = """\
    Own definition: completed or partially completed, of all exits but those no program can help (deceased, \
    transferred, moved). A referral that ended before intake is no exit from the program: whoever never started could \
    not complete it, and counting it would mix intake decisions into the result; it is counted as excluded, and \
    shown by time to intake. An exit whose reason is not recorded is unknown. Primero dates closures by registration; \
    here an exit belongs to the period it happened in."""
headline   = "share"
dimensions = ["exit_reason"]
---*/
with exits as (
    select
        e.enrollment_id,
        e.exited_on as on_date,
        e.exit_reason,
        e.exit_reason in ('completed', 'partially_completed') as met,
        case
            when e.intake_on is null then 'never started'
            when e.exited_on < e.intake_on then 'exit before intake'
            when e.exit_reason in ('deceased', 'transferred', 'moved') then e.exit_reason
        end as excluded
    from enrollments as e
    where e.exited_on <= $as_of
)
select enrollment_id, on_date, met, exit_reason, excluded from exits
