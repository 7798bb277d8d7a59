/*---
title    = "a client without a known birth date"
meaning  = """\
    The birth date is empty, or could not be read; figures by age group put the client under unknown."""
fix      = "ask for the birth date and record it"
severity = "note"
quality  = "completeness"
counted  = "clients"
field    = "birth_date"
message  = "birth_date is not known"
---*/
with judged as (
    select c.client_id, c._file, c._line, c.birth_date is null as fails
    from clients as c
)
select client_id, _file, _line, fails from judged
