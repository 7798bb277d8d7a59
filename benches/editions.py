"""Writes the monthly review for every program of an export, and the agency's alone, and says what each document takes.

Usage: ATTAIN EXPORT FORMATS. Memory is that of the program and of the processes that set PDFs for
it; it is flat when a document is let go of once it is written.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

attain, export, formats = sys.argv[1], Path(sys.argv[2]), sys.argv[3]


def written() -> int:
    """Documents that stand in the folder."""
    first = formats.split(",")[0]
    return len(list((export / "out").glob(f"*/monthly-review*.{first}")))


def resident(pid: int) -> float:
    """Megabytes that a process and those it began hold now."""
    pages = 0.0
    try:
        pages += float(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = " ".join(task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/children"))
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(resident(int(child)) for child in children.split())


def measured(words: list[str], documents: int) -> tuple[float, float, list[float]]:
    """Wall and CPU seconds; the most that was held, in megabytes, before a tenth of the documents were written, then before a
    half, nine tenths and all."""
    shutil.rmtree(export / "out", ignore_errors=True)
    command = [attain, "report", "monthly-review", *words, "--format", formats, "--project", str(export), "--quiet"]
    begin = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    held = [0.0] * len(PARTS)
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            process.returncode = os.waitstatus_to_exitcode(status)
            break
        done, now = written() / documents, resident(process.pid)
        part = next((at for at, part in enumerate(PARTS) if done <= part), len(PARTS) - 1)
        held[part] = max(held[part], now)
        time.sleep(0.05)
    wall = time.monotonic() - begin
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{process.stderr.read().decode()}")
    return wall, usage.ru_utime + usage.ru_stime, held


PARTS = [0.1, 0.5, 0.9, 1.0]
alone = measured([], 1)
programs = measured(["--each-program"], sum(1 for _ in open(export / "exports/programs.csv")))
documents = written()
print(f"{documents} documents ({formats}), {os.cpu_count()} cores")
print(f"\n{'':16}{'wall s':>9}{'CPU s':>9}   most memory in MB, up to" + "".join(f"{part:>8.0%}" for part in PARTS))
for name, (wall, cpu, held) in {"the agency": alone, "and each program": programs}.items():
    print(f"{name:16}{wall:9.2f}{cpu:9.2f}{'':27}" + "".join(f"{most:8.0f}" for most in held))
more = documents - 1
print(f"\neach further document: {(programs[0] - alone[0]) / more * 1000:.0f} ms wall, {(programs[1] - alone[1]) / more * 1000:.0f} ms CPU")
