"""The scoring standards: they depend on the assay, never on the clinical rule set."""

from collections.abc import Mapping
from dataclasses import dataclass

from transforms.guidelines.rule_file import DepthBound, Level, RuleFile


@dataclass(frozen=True)
class Standards:
    """The scoring standards: they depend on the assay, never on the clinical rule set.

    Attributes:
        levels: molecular response levels, shallow to deep (`eutos-2015`).
        mr_markers: markers they hold for.
        cell_depths: depths on cell axes, shallow to deep.
        min_replicate_copies: control copies that each replicate needs, by control gene.
        low_copies: what a positive replicate counts at least under `floor_3`.
        linear_max_fraction: above this a conversion factor is not reliable.
        deepest_without_claim: depth that a bare reported value proves at most.
        two_positive_markers: markers whose assay needs several positive replicates.
        min_positive: how many.
        positive_below_cq: Cq below which such a replicate is positive.
        lod_events: default events for a detection by flow.
        loq_events: default events for a number by flow.
        detection_probability: of the 95 % limit.
        pg_per_cell: DNA of one diploid cell.
        rna_lod_copies: copies seen with 95 %.
        max_blood_dilution: share of blood above which a marrow negative is insufficient.
        max_days_to_receipt: days after collection up to which cells for flow are fresh.
        dpcr_min_positive: positive partitions that a detection by digital PCR needs.
        max_occupancy: share of positive partitions above which a digital PCR is saturated.
        value_agreement_factor: how far a stated value may be from its counts.
        curves: accepted slope magnitudes (smallest, largest) by `RNA` and `DNA`.
        min_r_squared: smallest R² of a standard curve.
        max_cq_spread: Cq between replicates inside the quantitative range of an IG/TR assay.
        error_alpha: tail probability against the background error, over all sites.
        clonal_haematopoiesis_genes: genes whose variants are annotated as clonal haematopoiesis.
        germline_genes: genes in which a VAF near one half may be germline.
        signalling_genes: genes whose variants say little when they are not seen.
        germline_vaf: that band of VAF, smallest and largest.
        concordant_log10: distance up to which two levels of one sample are the same.
        clinical: numbers of the clinical response, by key.
        titles: title of each standard by id.
        citations: citation of each standard by id.
        evidence: `primary` or `provisional` by id.
        provisional: sentences on numbers that were not read in the publication.
    """

    levels: tuple[Level, ...]
    mr_markers: tuple[str, ...]
    cell_depths: tuple[DepthBound, ...]
    min_replicate_copies: Mapping[str, int]
    low_copies: float
    linear_max_fraction: float
    deepest_without_claim: str
    two_positive_markers: tuple[str, ...]
    min_positive: int
    positive_below_cq: float
    lod_events: float
    loq_events: float
    detection_probability: float
    pg_per_cell: float
    rna_lod_copies: float
    max_blood_dilution: float
    max_days_to_receipt: float
    dpcr_min_positive: float
    max_occupancy: float
    value_agreement_factor: float
    curves: Mapping[str, tuple[float, float]]
    min_r_squared: float
    max_cq_spread: float
    error_alpha: float
    clonal_haematopoiesis_genes: tuple[str, ...]
    germline_genes: tuple[str, ...]
    signalling_genes: tuple[str, ...]
    germline_vaf: tuple[float, float]
    concordant_log10: float
    clinical: Mapping[str, float]
    titles: Mapping[str, str]
    citations: Mapping[str, str]
    evidence: Mapping[str, str]
    provisional: tuple[str, ...]


def parse_standards(by_id: Mapping[str, RuleFile]) -> Standards:
    """Parse the scoring standards.

    Args:
        by_id: rule files by their id.

    Raises:
        RuleFileError: naming file, key and value.
    """
    mr, replicates, limits = by_id["eutos-2015"], by_id["rna-replicates"], by_id["sensitivity"]
    depths, curves, variants = by_id["cell-depths"], by_id["standard-curves"], by_id["variants"]
    clinical = by_id["clinical-response"]
    concordance = by_id["concordance"]
    files = (mr, replicates, limits, depths, curves, variants, clinical, concordance)
    return Standards(
        levels=mr.levels(),
        mr_markers=mr.words("markers"),
        cell_depths=depths.bounds(),
        min_replicate_copies=mr.entry("replicate")["min_control_copies"],
        low_copies=mr.number("low_copy").value,
        linear_max_fraction=mr.number("linear_max_pct_is").value / 100,
        deepest_without_claim=mr.text("deepest_without_claim"),
        two_positive_markers=replicates.words("markers"),
        min_positive=int(replicates.number("min_positive").value),
        positive_below_cq=replicates.number("positive_below_cq").value,
        lod_events=limits.number("lod_events").value,
        loq_events=limits.number("loq_events").value,
        detection_probability=limits.number("detection_probability").value,
        pg_per_cell=limits.number("pg_per_cell").value,
        rna_lod_copies=limits.number("rna_lod_copies").value,
        max_blood_dilution=limits.number("max_blood_dilution_fraction").value,
        max_days_to_receipt=limits.number("max_days_to_receipt").value,
        dpcr_min_positive=limits.number("dpcr_min_positive").value,
        max_occupancy=limits.number("max_occupancy_fraction").value,
        value_agreement_factor=limits.number("value_agreement_factor").value,
        curves={
            acid: (
                curves.number(f"{acid.lower()}_slope_min").value,
                curves.number(f"{acid.lower()}_slope_max").value,
            )
            for acid in ("RNA", "DNA")
        },
        min_r_squared=curves.number("min_r_squared").value,
        max_cq_spread=curves.number("max_cq_spread").value,
        error_alpha=variants.number("error_alpha").value,
        clonal_haematopoiesis_genes=tuple(variants.entry("clonal_haematopoiesis")["genes"]),
        germline_genes=tuple(variants.entry("germline")["genes"]),
        signalling_genes=tuple(variants.entry("signalling")["genes"]),
        germline_vaf=(
            variants.number("germline_vaf_min").value,
            variants.number("germline_vaf_max").value,
        ),
        concordant_log10=concordance.number("concordant_log10").value,
        clinical={
            k: clinical.number(k).value for k, v in clinical.data.items() if isinstance(v, dict)
        },
        titles={f.text("id"): f.text("title") for f in files},
        citations={f.text("id"): f.text("citation") for f in files},
        evidence={f.text("id"): f.text("evidence") for f in files},
        provisional=tuple(f"{f.text('id')}, {s}" for f in files for s in f.provisional()),
    )
