"""The definitions in tests/it/hmis.rs, over the kit's own CSV files with nothing but Python: no mapping, no query engine.

    python tests/oracles/hmis_hud_kit.py ../shared/cases/hmis/hud-testkit-2021

The definitions that reproduce HUD's Q5a (persons, adults, children, leavers, stayers, heads) and Q22b (length of participation)
in every folder and both forms; a cell that differs from HUD's own table ends the script:

- in the report: entry on or before the last day, no exit or an exit on or after the first; without deleted rows. Night-by-night
  shelter needs no bed night, street outreach no date of engagement
- per person the stay with the latest entry, over all projects of the report
- leaver: exit on or before the last day; all others are stayers
- age on the later of entry and first day; unknown without a date of birth, or if its quality is 8 or 9; a date of birth whose
  quality is 99 counts. Adult: 18 or older; an unknown age is not adult
- head: RelationshipToHoH 1
- days: entry to exit, the exit's day not counted; of stayers to the last day, which is counted. Means are rounded to whole days
"""

import csv
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median

KIT = Path(sys.argv[1])


def rows(folder, name):
    with open(folder / f"{name}.csv", encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if not row["DateDeleted"]]


def day(text):
    return date.fromisoformat(text) if text else None


def age_on(birth, on):
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def figures(folder, projects, start, end):
    clients = {row["PersonalID"]: row for row in rows(folder, "Client")}
    exits = {row["EnrollmentID"]: day(row["ExitDate"]) for row in rows(folder, "Exit")}
    latest = {}
    for row in rows(folder, "Enrollment"):
        entry, left = day(row["EntryDate"]), exits.get(row["EnrollmentID"])
        if row["ProjectID"] in projects and entry <= end and (left is None or left >= start):
            known = latest.get(row["PersonalID"])
            if known is None or known[:2] < (entry, row["EnrollmentID"]):
                latest[row["PersonalID"]] = (entry, row["EnrollmentID"], left, row["RelationshipToHoH"] == "1")
    people = []
    for person, (entry, _, left, head) in latest.items():
        client = clients[person]
        birth = None if client["DOBDataQuality"] in ("8", "9") else day(client["DOB"])
        age = None if birth is None else age_on(birth, max(entry, start))
        leaver = left is not None and left <= end
        days = ((left if leaver else end + timedelta(days=1)) - entry).days
        people.append((age, age is not None and age >= 18, leaver, head, days))

    def count(wanted):
        return sum(1 for each in people if wanted(*each))

    q5a = {
        "B1": len(people),
        "B2": count(lambda age, adult, leaver, head, days: adult),
        "B3": count(lambda age, adult, leaver, head, days: age is not None and not adult),
        "B4": count(lambda age, adult, leaver, head, days: age is None),
        "B5": count(lambda age, adult, leaver, head, days: leaver),
        "B6": count(lambda age, adult, leaver, head, days: leaver and adult),
        "B7": count(lambda age, adult, leaver, head, days: leaver and (adult or head)),
        "B8": count(lambda age, adult, leaver, head, days: not leaver),
        "B9": count(lambda age, adult, leaver, head, days: not leaver and adult),
        "B14": count(lambda age, adult, leaver, head, days: head and adult),
        "B15": count(lambda age, adult, leaver, head, days: head and not adult),
        "B16": count(lambda age, adult, leaver, head, days: not leaver and (adult or head) and days >= 365),
    }
    of_leavers = [days for _, _, leaver, _, days in people if leaver]
    of_stayers = [days for _, _, leaver, _, days in people if not leaver]
    q22b = {
        "B2": round(mean(of_leavers)),
        "C2": round(mean(of_stayers)),
        "B3": median(of_leavers),
        "C3": median(of_stayers),
    }
    return {"Q5a": q5a, "Q22b": q22b}


for path in sorted(KIT.glob("*/*/expected.json")):
    expected = json.loads(path.read_text())
    folder = expected["input"].split()[0].rsplit("/", 1)[-1]
    start, end = day(expected["report_start"]), day(expected["report_end"])
    for form in ("input", "input-fy2026"):
        name, compared = f"{path.parent.parent.name}/{path.parent.name} from {form}/{folder}", 0
        for table, cells in figures(KIT / form / folder, set(expected["project_ids"]), start, end).items():
            # The CAPER has no Q22b.
            for cell, hud in expected["tables"].get(table, {"cells": {}})["cells"].items():
                if cell in cells:
                    compared += 1
                    if cells[cell] != hud:
                        sys.exit(f"{name}: {table} {cell} is {cells[cell]}, HUD's {hud}")
        print(f"{name}: {compared} cells as HUD's")
