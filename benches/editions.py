"""Writes the monthly review for every program of an export, and the agency's alone, and says what each document takes.

Usage: ATTAIN EXPORT FORMATS. Peak memory is given when half of the documents are written and at the end: it is flat when a
document is let go of once it is written.
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


def measured(words: list[str], documents: int) -> tuple[float, float, float, float]:
    """Wall and CPU seconds, peak memory in megabytes when half of the documents are written, and at the end."""
    shutil.rmtree(export / "out", ignore_errors=True)
    command = [attain, "report", "monthly-review", *words, "--format", formats, "--project", str(export), "--quiet"]
    begin = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    half = 0.0
    while process.returncode is None:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            process.returncode = os.waitstatus_to_exitcode(status)
            break
        if not half and written() * 2 >= documents:
            status_lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            half = next((float(line.split()[1]) / 1024 for line in status_lines if line.startswith("VmHWM")), 0.0)
        time.sleep(0.05)
    wall = time.monotonic() - begin
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{process.stderr.read().decode()}")
    return wall, usage.ru_utime + usage.ru_stime, half, usage.ru_maxrss / 1024


alone = measured([], 1)
programs = measured(["--each-program"], sum(1 for _ in open(export / "exports/programs.csv")))
documents = written()
print(f"{documents} documents ({formats}), {os.cpu_count()} cores")
print(f"\n{'':16}{'wall s':>9}{'CPU s':>9}{'peak MB, half':>15}{'at the end':>12}")
for name, (wall, cpu, half, peak) in {"the agency": alone, "and each program": programs}.items():
    print(f"{name:16}{wall:9.2f}{cpu:9.2f}{half:15.0f}{peak:12.0f}")
more = documents - 1
print(f"\neach further document: {(programs[0] - alone[0]) / more * 1000:.0f} ms wall, {(programs[1] - alone[1]) / more * 1000:.0f} ms CPU")
