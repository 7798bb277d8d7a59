/*---
title      = "Follow-up after exit"
scorecard  = "Followed up within 30 days of exit"
counted    = "exits"
question   = "What share of those who left did we follow up with within 30 days?"
kind       = "proportion"
grain      = "one row per exit from a program (enrollment)"
direction  = "higher"
period     = "the exit falls in the period"
excludes   = """\
    exits after the as-of date; counted as excluded: never started, exit before intake, deceased (at the exit or \
    within the window), not yet followed for the whole window"""
source     = """\
    Own definition, after the follow-up measures of HEDIS (a visit within 30 days of the discharge; one on the day \
    itself does not count). A follow-up is a service of type follow_up of the same enrollment, on day 1 to `days` \
    after the exit; an attempt counts only if the export records it as such a service. Contacts with other \
    professionals are not a follow-up with the person and do not count. Who died within the window is excluded \
    whether followed up before or not, and an exit only counts once its window has passed, whatever its outcome. A \
    follow-up that is not recorded is none, so agencies that record it elsewhere see too low a share."""
headline   = "share"
overdue    = "exits that nobody followed up within 30 days"
optional   = ["clients.client_id", "clients.died_on"]
parameters = { days = 30 }
---*/
with exits as (
    select
        e.enrollment_id,
        e.exited_on,
        e.intake_on is null as never_started,
        e.exited_on < e.intake_on as before_intake,
        e.exit_reason = 'deceased' or c.died_on - e.exited_on <= $days as died,
        cast($as_of as date) - e.exited_on as days_followed
    from enrollments as e
    left join clients as c on c.client_id = e.client_id
    where e.exited_on <= $as_of
),
followed_up as (
    select distinct x.enrollment_id
    from exits as x
    inner join services as s on s.enrollment_id = x.enrollment_id
    where s.service_type = 'follow_up'
        and s.provided_on > x.exited_on
        and s.provided_on - x.exited_on <= $days
),
outcomes as (
    select
        x.enrollment_id,
        x.exited_on as on_date,
        f.enrollment_id is not null as met,
        case
            when x.never_started then 'never started'
            when x.before_intake then 'exit before intake'
            when x.died then 'deceased'
            when x.days_followed < $days then 'not yet followed for the whole window'
        end as excluded
    from exits as x
    left join followed_up as f on f.enrollment_id = x.enrollment_id
)
select enrollment_id, on_date, met, excluded from outcomes
