/*---
title    = "an assessment, plan, goal or referral outside the enrollment's dates"
meaning  = """\
    The record is dated before the referral (or, where that is not known, the intake) or after the exit. Either its \
    date is wrong, or it belongs to another enrollment. An assessment of the stage follow_up after the exit is none, \
    nor is one of the stage exit within a month of it."""
fix      = "correct the record's date, or put it under the enrollment it belongs to"
severity = "warning"
quality  = "plausibility"
counted  = "assessments, plans, goals and referrals"
message  = "{record} of {dated_on}, {reason}"
optional = [
    "enrollments.referred_on", "enrollments.intake_on", "enrollments.exited_on",
    "assessments.enrollment_id", "assessments.assessed_on", "assessments.stage",
    "plans.enrollment_id", "plans.opened_on", "goals.enrollment_id", "goals.set_on",
    "referrals.enrollment_id", "referrals.referred_on",
]
parameters = { exit_assessment_days = 31 }
---*/
with records as (
    select
        a.enrollment_id,
        a._file,
        a._line,
        'assessment' as record,
        a.assessed_on as dated_on,
        case a.stage when 'follow_up' then 36500 when 'exit' then $exit_assessment_days else 0 end as days_after_exit
    from assessments as a
    union all
    select p.enrollment_id, p._file, p._line, 'plan' as record, p.opened_on as dated_on, 0 as days_after_exit
    from plans as p
    union all
    select g.enrollment_id, g._file, g._line, 'goal' as record, g.set_on as dated_on, 0 as days_after_exit
    from goals as g
    union all
    select r.enrollment_id, r._file, r._line, 'referral' as record, r.referred_on as dated_on, 0 as days_after_exit
    from referrals as r
),
dated as (
    select
        r.enrollment_id,
        r._file,
        r._line,
        r.record,
        r.dated_on,
        r.days_after_exit,
        coalesce(e.referred_on, e.intake_on) as began_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on
    from records as r
    inner join enrollments as e on e.enrollment_id = r.enrollment_id
    where r.dated_on <= $as_of
),
judged as (
    select
        d.enrollment_id,
        d._file,
        d._line,
        coalesce(d.dated_on < d.began_on, false) or coalesce(d.dated_on - d.exited_on > d.days_after_exit, false) as fails,
        d.record,
        d.dated_on,
        case
            when d.dated_on < d.began_on
                then concat('before the referral or intake on ', cast(d.began_on as varchar))
            else concat('after the exit on ', cast(d.exited_on as varchar))
        end as reason
    from dated as d
)
select enrollment_id, _file, _line, fails, record, dated_on, reason from judged
