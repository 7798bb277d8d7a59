"""Cut Inter down to what the reports write: run once, by hand, when a glyph is missing.

    python3 subset.py FOLDER_WITH_INTER_OTF_FILES

Needs fonttools and brotli. The results are committed; building attain needs neither.
"""

import pathlib
import sys

from fontTools import subset

WEIGHTS = {"Regular": 400, "SemiBold": 600}

# Latin-1, Latin Extended-A, then what Vietnamese, Turkish, Welsh and Pan-Nigerian names need, then punctuation,
# currency, arrows, comparison signs and the marks of the scorecard.
UNICODES = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x149),
    *range(0x14A, 0x180),
    *[0x192, 0x1A0, 0x1A1, 0x1AF, 0x1B0, 0x218, 0x219, 0x21A, 0x21B, 0x2BC, 0x2C6, 0x2C7, 0x2D8, 0x2D9, 0x2DA, 0x2DB, 0x2DC, 0x2DD],
    *range(0x1EA0, 0x1EFA),
    *[0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x309, 0x30A, 0x30B, 0x30C, 0x323, 0x327, 0x328],
    *[0x394, 0x3A3, 0x3B1, 0x3B2, 0x3BA, 0x3BB, 0x3BC, 0x3C0, 0x3C1, 0x3C3, 0x3C4, 0x3C6, 0x3C7],
    *range(0x2009, 0x200B),
    0x202F,
    *range(0x2010, 0x2016),
    *range(0x2018, 0x201F),
    *[0x2020, 0x2021, 0x2022, 0x2026, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044, 0x20AC, 0x2116, 0x2122],
    *[0xBC, 0xBD, 0xBE, 0x2153],
    *[0x2190, 0x2191, 0x2192, 0x2193, 0x2194, 0x2195, 0x2196, 0x2197, 0x2198, 0x2199],
    *[0x2202, 0x2206, 0x220F, 0x2211, 0x2212, 0x221A, 0x221E, 0x222B, 0x2248, 0x2260, 0x2264, 0x2265],
    *[0x25A0, 0x25A1, 0x25B2, 0x25B6, 0x25BC, 0x25C0, 0x25C6, 0x25C7, 0x25CB, 0x25CF, 0x2713, 0x2717],
]

# Kerning, marks and language forms stay; so do tabular figures, fractions and capitals' punctuation.
# Contextual alternates go: they would turn typed characters into others ("->" into an arrow).
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "frac", "numr", "dnom", "case", "sups"]


# A font is stamped with its source's time, not with the time of cutting: the same source gives the same bytes.
def options(flavor=None):
    chosen = subset.Options()
    chosen.layout_features = FEATURES
    chosen.hinting = False
    chosen.desubroutinize = False
    chosen.notdef_outline = True
    chosen.recalc_timestamp = False
    chosen.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 16, 17]
    chosen.flavor = flavor
    return chosen


def cut(source, target, weight, flavor=None):
    chosen = options(flavor)
    font = subset.load_font(source, chosen)
    cutter = subset.Subsetter(chosen)
    cutter.populate(unicodes=UNICODES)
    cutter.subset(font)
    # The style in one word, so that every reader takes the files for two weights of one family.
    for record in font["name"].names:
        if record.nameID == 17:
            record.string = "SemiBold"
    font["OS/2"].usWeightClass = weight
    missing = sorted(set(UNICODES) - set(font.getBestCmap()))
    if missing:
        print(f"{target.name}: the source has no", " ".join(f"U+{code:04X}" for code in missing))
    subset.save_font(font, target, chosen)
    print(f"{target.name}: {target.stat().st_size:,} bytes, {len(font.getGlyphOrder())} glyphs")


def main():
    folder = pathlib.Path(sys.argv[1])
    here = pathlib.Path(__file__).parent
    for name, weight in WEIGHTS.items():
        source = str(folder / f"Inter-{name}.otf")
        cut(source, here / f"Inter-{name}.otf", weight)
        cut(source, here / f"Inter-{name}.woff2", weight, "woff2")


if __name__ == "__main__":
    main()
