"""Reads one export four ways: straight, renamed, as another system writes it, and reshaped; prints time per megabyte.

Usage: ATTAIN EXPORT OUT ROUNDS. Every round runs each way once; the median is shown, and the ratio to the straight way.
"""

import csv
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

attain, export, out, rounds = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve(), int(sys.argv[4])
TABLES = ["clients", "programs", "staff", "providers", "enrollments", "services"]
DATES = {"birth_date", "died_on", "referred_on", "screened_on", "intake_on", "exited_on", "provided_on", "opened_on", "closed_on", "hired_on", "left_on"}


def normal(name: str) -> str:
    """A header's name as the contract writes it."""
    return name.strip("\ufeff ").lower().replace(" ", "_").replace("-", "_")


def headers(table: str) -> list[str]:
    with open(export / "exports" / f"{table}.csv", encoding="utf-8", errors="replace") as file:
        return [normal(name) for name in next(csv.reader(file))]


def other_form(source: Path, target: Path) -> None:
    """Semicolons, other names, days as DD/MM/YYYY."""
    with open(source, newline="", encoding="utf-8", errors="replace") as read, open(target, "w", newline="", encoding="utf-8") as write:
        reader, writer = csv.reader(read), csv.writer(write, delimiter=";", lineterminator="\n")
        names = [normal(name) for name in next(reader)]
        writer.writerow([name.replace("_", " ").title() for name in names])
        days = [at for at, name in enumerate(names) if name in DATES]
        for row in reader:
            for at in days:
                if at < len(row) and len(row[at]) == 10 and row[at][4] == "-":
                    row[at] = f"{row[at][8:]}/{row[at][5:7]}/{row[at][:4]}"
            writer.writerow(row)


def mapping(kind: str) -> str:
    text = 'about = "for the benchmark"\n' + ('dates = "%d/%m/%Y"\n' if kind != "renamed" else "")
    if kind == "reshaped":
        text += '\n[lookups.stay]\nfiles = "enrollments.csv"\nkey = "Enrollment Id"\ncolumns = { began = "Intake On", program = "Program Id" }\n'
    for table in TABLES:
        text += f'\n[tables.{table}]\nfiles = "{table}.csv"\n'
        if kind == "reshaped" and table == "services":
            text += 'joins = [{ lookup = "stay", on = "Enrollment Id" }]\nwhere = "\\"Service Type\\" is not null and stay.program is not null"\n'
        text += f"\n[tables.{table}.columns]\n"
        for name in headers(table):
            column = name if kind == "renamed" else name.replace("_", " ").title()
            if kind == "reshaped" and table == "services" and name == "service_type":
                text += f"{name} = {{ sql = \"lower(\\\"{column}\\\")\" }}\n"
            else:
                text += f'{name} = "{column}"\n'
    return text


def project(kind: str) -> Path:
    folder = out / kind
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "exports").mkdir(parents=True)
    shutil.copy2(export / "attain.key", folder)
    settings = "" if kind == "straight" else 'mapping = "own.toml"\n'
    as_of = next(line for line in (export / "attain.toml").read_text().splitlines() if line.startswith("as_of"))
    (folder / "attain.toml").write_text(
        f'[agency]\nname = "x"\n{as_of}\n[privacy]\nkey_file = "attain.key"\n[[sources]]\nname = "export"\n{settings}files = "exports/*.csv"\n'
    )
    # Rules over several tables run on the snapshot, whatever it was made from: they would only hide the difference.
    with open(folder / "attain.toml", "a") as file:
        for rule in sorted((Path(__file__).parent.parent / "queries" / "checks").glob("*.sql")):
            file.write(f"[checks.{rule.stem}]\noff = true\n")
    if kind != "straight":
        (folder / "own.toml").write_text(mapping(kind))
    for table in TABLES:
        if kind in ("straight", "renamed"):
            os.link(export / "exports" / f"{table}.csv", folder / "exports" / f"{table}.csv")
        else:
            other_form(export / "exports" / f"{table}.csv", folder / "exports" / f"{table}.csv")
    return folder


def measured(folder: Path) -> tuple[float, float, float]:
    """Wall and CPU seconds, and peak memory in megabytes."""
    shutil.rmtree(folder / "store", ignore_errors=True)
    begin = time.monotonic()
    command = [attain, "ingest", str(folder), "--quiet", "--fail-on", "never"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)}\n{errors.decode()}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


folders = {kind: project(kind) for kind in ("straight", "renamed", "other form", "reshaped")}
runs: dict[str, list[tuple[float, float, float]]] = {kind: [] for kind in folders}
for _ in range(rounds):
    for kind, folder in folders.items():
        runs[kind].append(measured(folder))
print(f"{'':12}{'MB':>6}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'wall per MB':>16}{'CPU per MB':>12}")
base = None
for kind, measures in runs.items():
    size = sum(path.stat().st_size for path in (folders[kind] / "exports").iterdir()) / 1e6
    wall, cpu, memory = (statistics.median(column) for column in zip(*measures))
    base = base or (wall / size, cpu / size)
    print(f"{kind:12}{size:6.0f}{wall:9.2f}{cpu:9.2f}{memory:9.0f}{wall / size / base[0]:14.2f} x{cpu / size / base[1]:10.2f} x")
