/*---
title    = "a service outside the enrollment's dates"
meaning  = """\
    The service is dated before the referral (or, where that is not known, the intake), after the exit, or after the \
    client's death although it was for the client. Either its date is wrong, or it belongs to another enrollment. A \
    follow_up after the exit is none; a service between referral and intake is none either."""
fix      = "correct the service's date, or put it under the enrollment it belongs to"
severity = "warning"
quality  = "plausibility"
counted  = "services"
field    = "provided_on"
message  = "{service_type} on {provided_on}, {reason}"
optional = [
    "enrollments.referred_on", "enrollments.intake_on", "enrollments.exited_on", "clients.died_on",
    "services.service_type", "services.recipient",
]
parameters = { days_after_exit = 0 }
---*/
with dated as (
    select
        s.enrollment_id,
        s._file,
        s._line,
        coalesce(s.service_type, 'service') as service_type,
        s.provided_on,
        coalesce(e.referred_on, e.intake_on) as began_on,
        case when e.exited_on <= $as_of then e.exited_on end as exited_on,
        case when coalesce(s.recipient, 'client') in ('client', 'both') then c.died_on end as died_on
    from services as s
    inner join enrollments as e on e.enrollment_id = s.enrollment_id
    left join clients as c on c.client_id = e.client_id
    where s.provided_on <= $as_of
),
judged as (
    select
        d.enrollment_id,
        d._file,
        d._line,
        coalesce(d.provided_on < d.began_on, false) as before_it,
        coalesce(d.provided_on - d.exited_on > $days_after_exit and d.service_type <> 'follow_up', false) as after_it,
        coalesce(d.provided_on > d.died_on, false) as after_death,
        d.service_type,
        d.provided_on,
        d.began_on,
        d.exited_on
    from dated as d
),
told as (
    select
        j.enrollment_id,
        j._file,
        j._line,
        j.before_it or j.after_it or j.after_death as fails,
        j.service_type,
        j.provided_on,
        case
            when j.before_it then concat('before the referral or intake on ', cast(j.began_on as varchar))
            when j.after_it then concat('after the exit on ', cast(j.exited_on as varchar))
            else 'after the client''s death'
        end as reason
    from judged as j
)
select enrollment_id, _file, _line, fails, service_type, provided_on, reason from told
