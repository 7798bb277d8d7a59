"""polars: each table's CSV, lazily, with the same types (what cannot be read becomes null), to Parquet (snappy).

Usage: EXPORTS OUT TABLE…
"""

import sys
import tomllib
from pathlib import Path

import polars as pl

TYPES = {
    "id": pl.String, "text": pl.String, "code": pl.String, "date": pl.Date, "timestamp": pl.Datetime("us"),
    "whole": pl.Int32, "number": pl.Float64, "money": pl.Decimal(14, 2), "yes_no": pl.Boolean,
}  # fmt: skip

exports, out, names = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
contract = tomllib.loads((Path(__file__).parent.parent / "src/contract/contract.toml").read_text())


def typed(name: str, kind: str) -> pl.Expr:
    column = pl.col(name)
    match kind:
        case "date":
            return column.str.to_date("%Y-%m-%d", strict=False)
        case "timestamp":
            return column.str.to_datetime("%Y-%m-%dT%H:%M", strict=False)
        case "yes_no":
            return column.replace_strict({"yes": True, "no": False}, default=None, return_dtype=pl.Boolean)
        case "money":
            return column.cast(TYPES[kind], strict=False)
        case _:
            return column


for table in contract["tables"]:
    if table["name"] not in names:
        continue
    path = exports / f"{table['name']}.csv"
    with open(path) as file:
        header = [name.strip("\ufeff\n\r ").lower().replace(" ", "_") for name in file.readline().split(",")]
    kinds = {column["name"]: column["type"] for column in table["columns"]}
    # Numbers are typed by the reader; dates and the rest as expressions, which is how polars reads them fastest.
    read_as = {name: TYPES[kinds[name]] if kinds.get(name) in ("number", "whole") else pl.String for name in header}
    # A quote that is never closed stops the reader unless quotes are taken as text.
    frame = pl.scan_csv(
        path, schema=read_as, has_header=False, skip_rows=1, ignore_errors=True, truncate_ragged_lines=True, encoding="utf8-lossy", quote_char=None
    )
    frame.with_columns([typed(name, kinds[name]) for name in header if name in kinds]).sink_parquet(
        out / f"{table['name']}.parquet", compression="snappy"
    )
