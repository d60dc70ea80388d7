"""VCF of variant callers (`formats.md` §8a): one row for each record, sample column and alternative allele.

Read as text with polars: cyvcf2 and pysam open files on disk, which this room must not, and write
warnings of their own for what callers leave undeclared; `tests/oracles` compares with pysam. Columns are
bound by the names of the header, values by the FORMAT keys of each row.
"""

import re
from collections import Counter

import polars as pl

from transforms.places import Place, Places
from transforms.problems import FileRefusedError, one_finding, row_findings
from transforms.readers.content import Content
from transforms.readers.delimited import text_lines
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.sequencing import (
    GENERIC_SAMPLES,
    Format,
    Rows,
    ignored_finding,
    text_rows,
    without_generic,
)
from transforms.readers.vcf_counts import counted
from transforms.worded import worded

_NAMED = Format("VCF", "vcf/2", "load the VCF that the caller writes for the sample")
_FIXED = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
_RECORDS = 100_000
_BASES = r"^[ACGTNacgtnRYSWKMBDHVryswkmbdhv]+$"
_GENE_KEYS = r"(?:^|;)(?:GENE|Gene|SYMBOL|Gene\.refGene|Gene_refGene)=([^;,|]+)"
_SNPEFF = r"(?:^|;)ANN=[^|;]*\|[^|;]*\|[^|;]*\|([^|;]+)\|"


def recognise(content: Content) -> bool:
    """Return whether a text says that it is VCF."""
    return content.head.startswith("##fileformat=VCF")


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a VCF.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, DUPLICATE_HEADER or FILE_EMPTY.
    """
    lines = text_lines(content.text)
    header, header_line = _header(lines)
    meta = lines.filter(pl.col("source_line") < header_line)["line"].drop_nulls()
    samples = header[len(_FIXED) :]
    normals = _normals(samples, meta)
    _require_names([s for s in samples if s not in normals], header_line)
    records, bad, findings = _records(lines, header_line, len(header))
    variants, unsaid, ignored, in_normal = _calls(records, samples, normals, _gene(meta))
    if ignored.height:
        words = "structural variants, breakends and positions without an alternative allele"
        findings.append(ignored_finding("IGNORED_NO_MARKER", ignored, words))
    if unsaid.height and variants.is_empty():
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "no record has read counts (AD, AD with RD, AO with RO, or AC of umiVar2); "
            "call with allele depths",
            line=header_line,
        )
    findings += [_unsaid_findings(unsaid), *_said(variants, in_normal)]
    places = _places([s for s in samples if s not in normals], samples)
    rows = Rows(_measured(variants), ignored.height, bad + unsaid.height, tuple(findings), places)
    return text_rows(rows, _NAMED, assay, settings)


def _places(own: list[str], samples: list[str]) -> Places:
    """Return where the columns stand; a column is called by the sample only where there are several."""
    fixed = {c.lstrip("#"): Place(c, i) for i, c in enumerate(_FIXED, start=1)}
    one = len(_FIXED) + 1 + samples.index(own[0]) if len(own) == 1 else None
    counts = Place("depths by FORMAT", one)
    become = {
        "marker": fixed["POS"],
        "marker_count": counts,
        "total_count": counts,
        "gene": fixed["INFO"],
    }
    return Places(fixed | become)


def _calls(
    records: pl.DataFrame, samples: list[str], normals: list[str], gene: pl.Expr
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return variants of the sample, those without depths, its other rows, and rows of the normal that have reads.

    Records are taken in parts: all cells of a large file, split and exploded at once, do not fit in memory.
    """
    is_variant = (
        pl.col("ref").str.contains(_BASES)
        & pl.col("alt").str.contains(_BASES)
        & pl.col("pos").str.contains(r"^[0-9]+$")
    ).fill_null(False)
    is_normal = pl.col("sample").is_in(normals)
    has_reads = pl.col("marker_count").cast(pl.Int64, strict=False) > 0
    is_said = pl.all_horizontal(pl.col(c).is_not_null() for c in ("marker_count", "total_count"))
    cell = ("format", "written")
    parts = [
        (
            long.filter(~is_normal & is_variant & is_said).drop(cell),
            long.filter(~is_normal & is_variant & ~is_said),
            long.filter(~is_normal & ~is_variant).drop(cell),
            long.filter(is_normal & has_reads).drop(cell),
        )
        for part in [*records.iter_slices(_RECORDS)] or [records]
        for long in [counted(part, samples, gene)]
    ]  # fmt: skip
    variants, unsaid, ignored, in_normal = (
        pl.concat(frames) for frames in zip(*parts, strict=True)
    )
    return variants, unsaid, ignored, in_normal


def _unsaid_findings(unsaid: pl.DataFrame) -> pl.DataFrame:
    """Say of each allele without depths why; a sample beside it on the same line keeps its own."""
    return row_findings(
        unsaid.with_columns(pl.lit(0).alias("file_no")),
        "VALUE_MISSING",
        worded(
            "sample {}, {}>{}: the cell {} of FORMAT {} does not give the reads of this allele and in all; call again with "
            "one depth for REF and one for each ALT (AD)",
            "sample", "ref", "alt", pl.col("written").str.slice(0, 60), "format",
        ),
        column="marker_count",
        value=pl.col("written"),
    )  # fmt: skip


def _header(lines: pl.DataFrame) -> tuple[list[str], int]:
    found = lines.filter(pl.col("line").str.starts_with("#CHROM")).head(1)
    if found.is_empty():
        raise FileRefusedError("NO_RESULTS_SECTION", f"the VCF has no line #CHROM; {_NAMED.advice}")
    line = int(found.item(0, "source_line"))
    header = [c.strip() for c in str(found.item(0, "line")).split("\t")]
    if header[: len(_FIXED)] != _FIXED or len(header) == len(_FIXED):
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the VCF header has {len(header)} columns and no FORMAT with a sample: a list of variants to look "
            "for is no result; load the VCF with counts that the caller writes for the sample",
            line=line,
            value=f"{len(header)} columns",
        )
    samples = header[len(_FIXED) :]
    twice = sorted(s for s, times in Counter(samples).items() if times > 1)
    if twice:
        raise FileRefusedError(
            "DUPLICATE_HEADER", f"two sample columns are called {twice[0]!r}; rename one", line=line, value=twice[0]
        )  # fmt: skip
    return header, line


def _normals(samples: list[str], meta: pl.Series) -> list[str]:
    """Return the columns of matched normal tissue, which are no samples of the patient's disease."""
    if len(samples) == 1:
        return []
    said = [m.group(1) for x in meta if (m := re.match(r"##normal_sample=(\S+)", x))]
    return [s for s in samples if s.lower() == "normal" or s in said]


def _require_names(samples: list[str], line: int) -> None:
    """Refuse columns that stand for any sample, where there are several: one manifest row names one."""
    unnamed = [s for s in samples if s.lower() in GENERIC_SAMPLES]
    if len(unnamed) > 1:
        raise FileRefusedError(
            "DUPLICATE_HEADER",
            f"the columns {', '.join(unnamed)} do not say whose they are, and one manifest row cannot name both; call them "
            "by their samples",
            line=line,
            value=", ".join(unnamed),
        )


def _gene(meta: pl.Series) -> pl.Expr:
    """Return the gene that an annotation names: a key of its own, SnpEff or VEP."""
    info = pl.col("info")
    found = [info.str.extract(_GENE_KEYS), info.str.extract(_SNPEFF)]
    fields = next(
        (m.group(1).split("|") for x in meta if (m := re.match(r'##INFO=<ID=CSQ,.*Format: ([^">]*)', x))),
        [],
    )  # fmt: skip
    if "SYMBOL" in fields:
        first = info.str.extract(r"(?:^|;)CSQ=([^;,]*)").str.split("|")
        found.append(first.list.get(fields.index("SYMBOL"), null_on_oob=True).replace("", None))
    return pl.coalesce(*found).replace(".", None)


def _records(
    lines: pl.DataFrame, header_line: int, width: int
) -> tuple[pl.DataFrame, int, list[pl.DataFrame]]:
    body = lines.filter(
        pl.col("source_line") > header_line,
        pl.col("line").str.strip_chars().str.len_bytes().fill_null(0) > 0,
        ~pl.col("line").str.starts_with("#"),
    )
    if body.is_empty():
        raise FileRefusedError(
            "FILE_EMPTY", "the VCF holds no record; an absent row means: not tested"
        )
    split = body.select(
        pl.col("source_line").cast(pl.Int64), pl.col("line").str.split("\t").alias("cells")
    ).with_columns(pl.col("cells").list.len().alias("n_cells"))
    findings = [
        row_findings(
            wrong.with_columns(pl.lit(0).alias("file_no")),
            code,
            worded("the record has {} cells, the header {}; write the VCF again", "n_cells", pl.lit(width)),
        )
        for code, wrong in (
            ("ROW_TOO_LONG", split.filter(pl.col("n_cells") > width)),
            ("ROW_TOO_SHORT", split.filter(pl.col("n_cells") < width)),
        )
        if wrong.height
    ]  # fmt: skip
    good = split.filter(pl.col("n_cells") == width)
    return good.drop("n_cells"), split.height - good.height, findings


def _said(variants: pl.DataFrame, in_normal: pl.DataFrame) -> list[pl.DataFrame]:
    findings = []
    filtered = variants.filter(~pl.col("filter").is_in(["PASS", "."]))
    if filtered.height:
        findings.append(
            one_finding(
                0,
                "FILTERED_CALLS_KEPT",
                f"{filtered.height} of {variants.height} rows have a FILTER other than PASS; their counts are "
                "kept, the rules judge them",
                column="FILTER",
                value=", ".join(filtered["filter"].drop_nulls().unique().sort().to_list()[:5]),
            )
        )
    silent = variants.filter(pl.col("filter") == "PASS", pl.col("marker_count") == "0")
    swapped = silent.join(in_normal, on=["source_line", "nth"], how="semi")
    if swapped.height:
        findings.append(
            one_finding(
                0,
                "ALT_READS_IN_NORMAL",
                f"{swapped.height} rows pass, and only the normal column has their reads; "
                "check which column is the sample",
                line=swapped.item(0, "source_line"),
                value=str(swapped.height),
            )
        )
    return findings


def _measured(variants: pl.DataFrame) -> pl.DataFrame:
    return variants.select(
        without_generic(pl.col("sample")).alias("sample_id"),
        pl.concat_str("chrom", "pos", "ref", "alt", separator="-").alias("marker"),
        "marker_count",
        "total_count",
        pl.when(pl.col("ref").str.len_chars() == pl.col("alt").str.len_chars())
        .then(pl.lit("SNV"))
        .otherwise(pl.lit("INDEL"))
        .alias("marker_class"),
        "gene",
        "count_kind",
        "source_line",
        pl.lit(1, dtype=pl.Int64).alias("source_rows"),
    )


READER = Reader(
    _NAMED.reader, _NAMED.title, "line 1 `##fileformat=VCF`", False, recognise, read, modality="NGS"
)
