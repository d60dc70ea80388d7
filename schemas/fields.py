"""One dictionary of fields: type, unit, description, bounds and legal values, once per name.

The same quantity has the same name in every table. Tables (`schemas.tables`) only list names; the
pandera models, the Parquet types and `docs/tables.md` are generated from here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import polars as pl

from schemas import enums as e


@dataclass(frozen=True)
class Field:
    """One field.

    Attributes:
        dtype: polars type of the column in Parquet.
        description: what the value means, and why it may be null.
        unit: unit of the number, or `` for none.
        ge: smallest legal value, inclusive.
        gt: bound that the value must exceed.
        le: largest legal value, inclusive.
        values: enum of legal words.
        names: whom a text identifies: a `patient`, or a `sample` of one.
    """

    dtype: pl.DataType
    description: str
    unit: str = ""
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    values: type[StrEnum] | None = None
    names: Literal["patient", "sample"] | None = None


def _text(description: str, *, names: Literal["patient", "sample"] | None = None) -> Field:
    return Field(pl.String(), description, names=names)


def _choice(values: type[StrEnum], description: str) -> Field:
    return Field(pl.Enum([v.value for v in values]), description, values=values)


def _fraction(description: str, *, ge: float | None = 0, le: float | None = None) -> Field:
    return Field(pl.Float64(), description, unit="fraction of 1", ge=ge, le=le)


def _limit(description: str) -> Field:
    return Field(pl.Float64(), description, unit="fraction of 1", gt=0, le=1)


def _number(
    description: str,
    unit: str = "",
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
) -> Field:
    return Field(pl.Float64(), description, unit=unit, ge=ge, gt=gt, le=le)


def _count(description: str, unit: str = "", *, ge: float | None = 0) -> Field:
    return Field(pl.Int64(), description, unit=unit, ge=ge)


def _day(description: str) -> Field:
    return Field(pl.Date(), description, unit="date")


def _flag(description: str) -> Field:
    return Field(pl.Boolean(), description)


def _texts(description: str) -> Field:
    return Field(pl.List(pl.String()), description)


def _time(description: str) -> Field:
    return Field(pl.Datetime("us", "UTC"), description, unit="UTC")


FIELDS: dict[str, Field] = {
    # identity
    "sample_id": _text("Sample as the laboratory writes it.", names="sample"),
    "patient_id": _text(
        "Patient as the laboratory writes it. Null in results while pending.", names="patient"
    ),
    "assay_id": _text("Assay; for instrument files the name of the folder they lie in."),
    "run_id": _text("Run of the instrument. Null when the laboratory does not number runs."),
    "shared_run_id": _text(
        "Run whose channels lie in several files, each a run_id of its own: rows of the target and of the control alone that "
        "agree in sample, assay, shared_run_id and replicate are one measurement. Null where a row holds both."
    ),
    "replicate": _text("Replicate or well. Null for a single measurement."),
    "tube": _text("Flow tube. Null when the sample has one."),
    "clone": _text("One of several ITDs or clonotypes of a marker. Null when there is one."),
    "lab_id": _text("Laboratory that runs the assay. Null when not given."),
    "file_name": _text("Name of a file that does not name its sample."),
    "last_sample_id": _text("Most recent sample.", names="sample"),
    "confirmed_by_sample_id": _text(
        "Sample that confirmed. Null while open, when refuted, and where none is needed.",
        names="sample",
    ),
    # provenance
    "source_sha256": _text("SHA-256 of the input file; `inputs/<sha256>` holds its bytes."),
    "source_line": _count(
        "Line in the input file, counted from 1. Null for a finding about a file."
    ),
    "source_place": _text(
        "Where on the line: sheet and cell, column, or segment, as the file calls it. Null where nothing more "
        "than the line is known."
    ),
    "source_name": _text("Name of the input file."),
    "is_current": _flag(
        "False when a correction, a higher version or an amendment superseded the row."
    ),
    "is_correction": _flag("The row supersedes the stored row of its key."),
    "result_version": _count("Version of the result; a higher one supersedes.", ge=1),
    "counts_for_sample_id": _text(
        "Sample whose result the row is: another than `sample_id` when an amendment reassigned it. Null when one "
        "withdrew it.",
        names="sample",
    ),
    # amendments and merged identities
    "action": _choice(
        e.AmendmentAction,
        "WITHDRAWN: the results count no more. REASSIGNED: they are of another sample. KEPT: they count as written.",
    ),
    "correct_sample_id": _text(
        "Sample that REASSIGNED results are of. Null elsewhere.", names="sample"
    ),
    "up_to_version": _count(
        "Highest `result_version` that is meant, so that a corrected result counts. Null = every one.",
        ge=1,
    ),
    "amended_on": _day("Date of the amendment."),
    "amendment_reason": _text("Why, in words that identify nobody. Null when not given."),
    "merged_into_patient_id": _text("Identity that goes on.", names="patient"),
    "merged_on": _day("Date on which the identities were found to be one patient's."),
    "is_merged": _flag("False in a correction undoes the merge. Null = merged."),
    # sample and patient
    "disease": _choice(e.Disease, "Disease."),
    "transcript": _choice(e.Transcript, "BCR::ABL1 transcript at diagnosis. Null when not given."),
    "diagnosed_on": _day("Date of diagnosis. Null when not given."),
    "collected_on": _day("Date on which the sample was taken."),
    "received_on": _day("Date on which the laboratory received it. Null when not given."),
    "tissue": _choice(e.Tissue, "Blood or marrow."),
    "timepoint": _choice(e.Timepoint, "Protocol time point. Null when not given."),
    "pull": _count("Pull of the marrow aspirate, 1 = first. Null when not given.", ge=1),
    "blast_fraction": _fraction("Blasts in the sample. Null when not counted.", le=1),
    "blood_dilution_fraction": _fraction(
        "Share of the marrow sample that is peripheral blood. Null when not measured.", le=1
    ),
    "bm_rbc_10e12_per_l": _number(
        "Red cells of the marrow sample. Null when not counted.", "10¹²/L", ge=1e-3, le=1e6
    ),
    "pb_rbc_10e12_per_l": _number(
        "Red cells of the blood. Null when not counted.", "10¹²/L", ge=1e-3, le=1e6
    ),
    "pb_wbc_10e9_per_l": _number(
        "White cells of the blood. Null when not counted.", "10⁹/L", ge=0, le=1e6
    ),
    "bm_nucleated_10e9_per_l": _number(
        "Nucleated cells of the marrow sample. Null when not counted.", "10⁹/L", ge=1e-3, le=1e6
    ),
    # treatment and clinic
    "therapy": _choice(e.Therapy, "Kind of treatment."),
    "started_on": _day("First day of the treatment."),
    "stopped_on": _day("Last day of the treatment. Null while it goes on."),
    "line": _count("Line of treatment. Null when not given.", ge=1),
    "agent": _text("Drug. Null when not given."),
    "assessed_on": _day("Date of the clinical assessment."),
    "response": _choice(e.Response, "The rule set's own class. Null where the rule set has none."),
    "clinical_response": _choice(
        e.ClinicalResponse, "Clinical response nearest to the sample. Null when none was given."
    ),
    "bm_blasts_pct": _number("Marrow blasts. Null when not counted.", "percent", ge=0, le=100),
    "baseline_bm_blasts_pct": _number(
        "Marrow blasts before treatment. Null when not given.", "percent", ge=0, le=100
    ),
    "anc_10e9_per_l": _number("Neutrophils. Null when not counted.", "10⁹/L", ge=0),
    "platelets_10e9_per_l": _number("Platelets. Null when not counted.", "10⁹/L", ge=0),
    "has_circulating_blasts": _flag("Blasts in blood. Null when not assessed."),
    "has_extramedullary_disease": _flag("Disease outside the marrow. Null when not assessed."),
    "has_imaging_residual": _flag("Residual uptake on imaging. Null when not assessed."),
    # assay
    "modality": _choice(e.Modality, "Kind of method."),
    "marker": _text("Marker by its field name, such as `BCR::ABL1 p210` or `IG/TR`."),
    "basis": _choice(e.Basis, "What the level counts."),
    "control_gene": _choice(e.ControlGene, "Control gene. Null where none is used."),
    "conversion_factor": _number(
        "Factor from the laboratory's ratio to the International Scale. Null when none is in force.",
        gt=0,
        le=100,
    ),
    "is_reported": _flag("The kit reports %IS itself; no factor is applied."),
    "valid_from": _day("First day of the assay row. Null = since ever."),
    "valid_to": _day("Last day of the assay row. Null = until further notice."),
    "lod_fraction": _limit(
        "Limit of detection. In `assays` the claim; in results the limit that decides for this "
        "sample. Null when nothing supports one."
    ),
    "loq_fraction": _limit("Limit of quantification. Null when none is known."),
    "lod_events": _number("Events that a detection needs; may be decimal.", "events", ge=1),
    "loq_events": _number("Events that a number needs; may be decimal.", "events", ge=1),
    "error_rate": _number(
        "Background errors per molecule. Null when not known.", "per molecule", ge=0, le=1
    ),
    "min_count": _count("Smallest count called positive. Null = the method's default.", ge=1),
    "low_copy_policy": _choice(e.LowCopyPolicy, "Null = floor_3."),
    "kit": _text(
        "Known kit (`docs/kits.md`) that fills the cells which are empty. Null when none is named."
    ),
    "target_name": _text("Target as the instrument writes it. Null when not needed."),
    "control_name": _text("Control gene as the instrument writes it. Null when not needed."),
    # run
    "performed_on": _day("Date of the run. Null when not known; then the collection date counts."),
    "target_slope": _number(
        "Slope of the target's standard curve.", "Cq per log10 copies", ge=-10, le=-1
    ),
    "target_intercept": _number("Intercept of the target's standard curve.", "Cq", ge=0, le=100),
    "target_r_squared": _number("R² of the target's standard curve.", ge=0, le=1),
    "control_slope": _number(
        "Slope of the control's standard curve.", "Cq per log10 copies", ge=-10, le=-1
    ),
    "control_intercept": _number("Intercept of the control's standard curve.", "Cq", ge=0, le=100),
    "control_r_squared": _number("R² of the control's standard curve.", ge=0, le=1),
    "is_ntc_clean": _flag("No-template controls gave no signal. Null when there were none."),
    "is_valid": _flag("The run was valid. Null = not stated, taken as valid."),
    # PCR measurement
    "target_copies": _number(
        "Copies of the target; 0 = not detected. Null = not read.", "copies", ge=0, le=1e12
    ),
    "control_copies": _number(
        "Copies of the control gene. Null = not read.", "copies", ge=0, le=1e12
    ),
    "target_cq": _number(
        "Cq of the target. Null when undetermined or not read.", "cycles", gt=0, le=100
    ),
    "control_cq": _number(
        "Cq of the control gene. Null when undetermined or not read.", "cycles", gt=0, le=100
    ),
    "is_target_undetermined": _flag("The instrument wrote `Undetermined` for the target."),
    "is_control_undetermined": _flag("The instrument wrote `Undetermined` for the control."),
    "reported_value": _text("Value as the kit or laboratory wrote it."),
    "reported_number": _number(
        "Number in `reported_value`, in the unit given. Null when it has none.", "see reported_unit"
    ),
    "reported_operator": _text(
        "`<`, `≤`, `>` or `≥` in `reported_value`. Null when there is none."
    ),
    "reported_unit": _choice(
        e.ReportedUnit, "Unit of `reported_value`. Null when there is no value."
    ),
    "reported_call": _choice(
        e.ReportedCall, "Call of the kit or laboratory. Null when there is none."
    ),
    "qr_fraction": _limit("Quantitative range of an IG/TR assay. Null when not given."),
    "sensitivity_fraction": _limit("Sensitivity stated for this result. Null when not given."),
    "positive_partitions": _count("Positive partitions of the target.", "partitions"),
    "total_partitions": _count("Accepted partitions.", "partitions", ge=1),
    "control_positive_partitions": _count("Positive partitions of the control.", "partitions"),
    "partition_volume_nl": _number("Volume of a partition.", "nL", ge=1e-6, le=1e6),
    "reaction_volume_ul": _number(
        "Volume of the reaction of which the partitions are a part. Null when not given.",
        "µL",
        ge=1e-3,
        le=1e6,
    ),
    "input_ng": _number(
        "DNA that went into the test, as measured. Null when not measured.", "ng", ge=1e-6, le=1e9
    ),
    "nominal_input_ng": _number(
        "DNA that the standard curve assumes. When given, value, range and sensitivity are raw and "
        "are multiplied by nominal over measured. Null when there is nothing to correct.",
        "ng",
        ge=1e-6,
        le=1e9,
    ),
    # flow measurement
    "mrd_events": _count("Clustered MRD events.", "events"),
    "denominator_events": _count("Events of the denominator; 0 = not evaluable.", "events"),
    "denominator": _choice(
        e.Denominator, "Which cells the denominator counts. Null = as the basis."
    ),
    "tnc_events": _count("All nucleated cells of the same tube.", "events"),
    "cd45_events": _count("CD45-positive cells of the same tube.", "events"),
    "mnc_events": _count("Mononuclear cells of the same tube.", "events"),
    "viable_blast_events": _count("Viable cells in the blast compartment.", "events"),
    # NGS measurement
    "marker_count": _count("Molecules, cells or reads with the marker.", "see count_kind"),
    "total_count": _count("Molecules, cells or reads in all; 0 = not evaluable.", "see count_kind"),
    "marker_class": _choice(e.MarkerClass, "Kind of marker. Null when not given."),
    "gene": _text("Gene. Null when not given."),
    "count_kind": _choice(e.CountKind, "What the counts count. Null = READS, the weakest."),
    "spike_cells": _number(
        "Cells of the spike-in added. Null without a spike-in.", "cells", ge=1e-3, le=1e12
    ),
    "spike_reads": _number(
        "Reads of the spike-in (over several: their median). Null without.",
        "reads",
        ge=1,
        le=1e15,
    ),
    "library_conversion_fraction": Field(
        pl.Float64(),
        "Share of the DNA that became readable molecules. Null = taken as 1.",
        unit="fraction of 1",
        ge=1e-6,
        le=1,
    ),
    "mutant_copies_per_cell": _count(
        "Mutant copies in a mutant cell. Null = taken as 1.", "copies per cell", ge=1
    ),
    "total_copies_per_cell": _count(
        "Copies of the locus in a mutant cell. Null = taken as 2.", "copies per cell", ge=1
    ),
    "normal_copies_per_cell": _count(
        "Copies of the locus in a normal cell. Null = taken as 2.", "copies per cell", ge=1
    ),
    "is_tracked": _flag("The marker was known from diagnosis. Null when not stated."),
    "is_germline": _flag("The marker is germline. Null when not stated."),
    "is_complete_list": _flag(
        "The rows of this sample, assay and run are all that was found, of each locus that they name. Null "
        "when not known."
    ),
    "identified_on": _day("Date on which the marker was identified. Null when not given."),
    # result
    "numerator": _number(
        "As counted; RNA: copies after the low-copy policy. Null without counts.",
        "copies, events or molecules",
        ge=0,
    ),
    "denominator_count": _number("Denominator.", "copies, events or molecules", ge=0),
    "n_replicates": _count("Replicates, tubes or clones read."),
    "n_evaluable": _count("Those of them that count."),
    "finding": _choice(e.Finding, "What the assay saw, nothing more."),
    "finding_reason": _choice(
        e.Reason, "Why a result is not evaluable or has no level. Null otherwise."
    ),
    "is_quantifiable": _flag("The level is a number at or above the LOQ."),
    "level_fraction": _fraction("Level when quantified. Null when not detected or censored."),
    "estimate_fraction": _fraction(
        "Numerator over denominator (times factor) or the reported value, also below the LOQ: an "
        "estimate, not a level. Null without counts or value, or when not detected."
    ),
    "censor": _choice(e.Censor, "Which side of the level is unknown."),
    "upper_fraction": _fraction(
        "Level when quantified, LOQ when detected below it, LOD when not detected. Null when "
        "nothing bounds the level from above."
    ),
    "ci_low_fraction": _fraction(
        "Lower end of the two-sided 95 % interval. Null without counts, and for reads."
    ),
    "ci_high_fraction": _fraction("Upper end of the 95 % interval. Null as above."),
    "ci_method": _text("How the interval was computed. Null when there is none."),
    "lod_kind": _choice(
        e.LodKind, "What kind of limit `lod_fraction` is. Null when there is none."
    ),
    "lod95_fraction": _limit("95 % detection limit of this sample. Null when not computable."),
    "claimed_lod_fraction": _limit(
        "Limit of detection that assay, maker or laboratory claim. Null when none does."
    ),
    "poisson_floor_fraction": _limit(
        "2.996 (3 copies on RNA axes) over the effective denominator: no method sees deeper. Null "
        "when not computable."
    ),
    "effective_denominator": _number(
        "Cells, molecules or copies that were really interrogated. Null when not known.",
        "cells, molecules or copies",
        ge=0,
    ),
    "decision_count": _number(
        "Smallest count that is called detected. Null where no count decides.",
        "events, molecules or partitions",
        gt=0,
    ),
    "background_probability": _number(
        "P of at least this count by errors alone. Null without an error rate.", ge=0, le=1
    ),
    "pg_per_cell": _number(
        "DNA of a diploid cell that was assumed. Null where no mass was turned into cells.",
        "pg",
        gt=0,
    ),
    "loq_kind": _choice(
        e.LoqKind, "What kind of limit `loq_fraction` is. Null when there is none."
    ),
    "reported_fraction": _fraction(
        "Value that kit or laboratory stated beside the counts that decide. Null without both."
    ),
    "summed_vaf_fraction": _fraction(
        "VAFs of all detected clones of an FLT3-ITD, for the record; the level is the major "
        "clone's. Null elsewhere."
    ),
    "undiluted_fraction": _fraction(
        "Estimate over 1 − blood dilution, an annotation that nothing else uses. Null without both."
    ),
    "occupancy_fraction": _fraction(
        "Share of positive partitions, of target or control, whichever is higher. Null elsewhere.",
        le=1,
    ),
    "target_copies_per_ul": _number(
        "Concentration in the digital PCR reaction. Null elsewhere.", "copies/µL", ge=0
    ),
    "rdf_fraction": _fraction(
        "Residual disease fraction, clonal over nucleated cells, for display. Null where the axis "
        "cannot be converted."
    ),
    "rdf_upper_fraction": _fraction("`upper_fraction` on that axis. Null as above."),
    "rdf_kind": _choice(e.RdfKind, "How it was converted. Null where it was not."),
    "scale": _choice(
        e.Scale,
        "What the number is relative to: the International Scale, the laboratory's own ratio, the "
        "diagnostic sample, all reads, or what was counted.",
    ),
    "series": _text("Results of one patient may be compared where this is the same."),
    "depth_proved": _number("−log10 of `upper_fraction`.", "log10"),
    "flags": _texts("Remarks in fixed words, sorted."),
    # status
    "ruleset": _text("Rule set that spoke."),
    "status": _choice(e.Status, "MRD status."),
    "depth": _choice(e.Depth, "Deepest level proved on the marker's axis. Null when none is."),
    "reason": _choice(e.Reason, "Why the status is what it is."),
    "rule_id": _text("Rule that decided."),
    "explanation": _text("One sentence with the numbers."),
    "required_lod_fraction": _limit(
        "LOD that a negative needs under the rule set. Null where none is required."
    ),
    "is_low_confidence": _flag(
        "The status stands on less than the rule set asks: detected though the sample misses a minimum, "
        "or negative by a marker whose absence says little."
    ),
    "is_sensitivity_adequate": _flag(
        "The sample reached what is required. Null where nothing is required."
    ),
    "baseline_fraction": _fraction(
        "Level of the series at diagnosis, else on or before the first treatment. Null when there "
        "is none, and before it."
    ),
    "log10_reduction": _number(
        "log10 of baseline over level, or over the bound where the level is censored. Null without "
        "baseline.",
        "log10",
    ),
    "is_log10_reduction_bound": _flag("The reduction is at least this. Null without one."),
    "nadir_fraction": _fraction("Lowest level of the series so far. Null when none was measured."),
    "log10_rise_from_nadir": _number(
        "log10 of level over the lowest level before. Null where either is censored, or where an "
        "earlier result may have been lower than that.",
        "log10",
    ),
    "days_at_depth": _count(
        "From the first specimen of the unbroken run at this depth or deeper, in the series, to this one. "
        "Null without a depth or where not judged.",
        "days",
    ),
    "status_at_1e_5": _choice(
        e.Status, "Myeloma: the result held against 10⁻⁵, as trials report it. Null elsewhere."
    ),
    "status_at_1e_6": _choice(
        e.Status, "Myeloma: the result held against 10⁻⁶, as trials report it. Null elsewhere."
    ),
    "held_days": _count(
        "A molecular remission: days from this sample to the last one of the unbroken run that still shows "
        "it; 0 while no later sample does. Null elsewhere.",
        "days",
    ),
    "is_incomplete": _flag(
        "Detected, while another assay of the sample could not be evaluated or not be decided, or a list did "
        "not mention every tracked marker."
    ),
    "doubling_time_days": _number(
        "ln 2 × days / ln of the fold change since the result before; negative = halving. Null where "
        "either is censored.",
        "days",
    ),
    # sample, events, patient
    "molecular_remission": _choice(
        e.MolecularRemission, "Statement on the sample's assays, to the stated depth."
    ),
    "milestone": _choice(e.Milestone, "CML milestone that the sample is for. Null elsewhere."),
    "combined_response": _text(
        "Clinical response with MRD suffix, such as `CR_MRD-`. Null without both."
    ),
    "modalities": _texts("Modalities that were used, sorted."),
    "discordance": _choice(
        e.Discordance,
        "How several assays of cells agree, the worst pair. Null where no two can be compared.",
    ),
    "derived_from": _texts("Assays that were used, sorted."),
    "event": _choice(e.Event, "Molecular event."),
    "occurred_on": _day("Date of the sample that showed the event."),
    "is_confirmed": _flag("Null = open, false = refuted."),
    "n_samples": _count("Samples of the patient."),
    "last_collected_on": _day("Date of the most recent sample."),
    "last_status": _choice(e.Status, "Status of the most recent sample."),
    "last_depth": _choice(e.Depth, "Depth of the most recent sample. Null when none was proved."),
    "best_depth": _choice(e.Depth, "Deepest level in any sample. Null when none was proved."),
    "best_depth_on": _day("First date of the deepest level. Null as above."),
    "sustained_since": _day(
        "First sample of the unbroken run at `NEGATIVE`, in CML at MR4 or deeper. Null when there is none."
    ),
    "sustained_days": _count(
        "From `sustained_since` to the last sample of that run: 0 where one sample stands alone. Null "
        "without a run.",
        "days",
    ),
    "tfr_eligible": _flag(
        "CML on a TKI: whether the criteria of treatment-free remission that can be seen here are met, as of "
        "the last judged sample. Null where one cannot be told, and elsewhere."
    ),
    "tfr_unmet": _texts(
        "Criteria of treatment-free remission that are not met, or (`_UNKNOWN`) cannot be told. Null elsewhere."
    ),
    "next_due_on": _day("CML: when the next test is due. Null elsewhere."),
    "monitoring": _choice(
        e.Monitoring, "CML: by which schedule the next test is due. Null elsewhere."
    ),
    # record keeping
    "load_id": _text("Load."),
    "sha256": _text("SHA-256 of the file. Null when the file could not be read."),
    "name": _text("Path of the file below the folder that was loaded."),
    "folder_assay_id": _text("Assay of the folder. Null for formats that name their assay."),
    "format": _text("Format recognised. Null when none was."),
    "reader": _text("Reader and its version. Null when no format was recognised."),
    "sheet": _text("Sheet that source lines count in. Null for files without sheets."),
    "source_columns": _texts(
        "Where columns of the tables stand in the file, such as `target_cq = column 9 (CT)`. Null where not known."
    ),
    "settings_sha256": _text("Hash of the settings that a reader depends on."),
    "layout_sha256": _text(
        "Hash of the layout that the file was read with, which is kept in `inputs`. Null for formats of our own."
    ),
    "told": _text(
        "What the reader was told: names of the assay, and the sample of a file that does not say its own. The file is "
        "read again when that changes."
    ),
    "outcome": _choice(e.FileOutcome, "What became of the file."),
    "outcome_reason": _text("Finding code that explains the outcome. Null for LOADED."),
    "rows_read": _count("Data rows.", "rows"),
    "rows_accepted": _count("Rows used, pending ones included.", "rows"),
    "rows_rejected": _count("Rows not used, each with a finding.", "rows"),
    "rows_ignored": _count("Rows that are no results, or were given before.", "rows"),
    "rows_pending": _count("Accepted rows in the warehouse that wait for reference rows.", "rows"),
    "code": _text("Finding code; see `docs/findings.md`."),
    "severity": _choice(e.Severity, "REJECTED, REVIEW or NOTE."),
    "column": _text("Column. Null when the finding is about the row or file."),
    "value": _text("Value as written. Null when the finding is about the row or file."),
    "message": _text("What is wrong and what would be right."),
    "raw_row": _text("The row as it came. Null unless rejected."),
    "started_at": _time("Start of the load."),
    "finished_at": _time("End of the load, before the swap."),
    "kind": _choice(e.LoadKind, "LOAD, RERUN, or FORGET when a patient was taken out."),
    "rulesets": _texts("Active rule sets. Empty for a try that failed."),
    "code_version": _text("Version of the program, with a hash of its code."),
    "files": _count("Files offered. Null for a try that failed before they were counted.", "files"),
    "load_outcome": _choice(
        e.LoadOutcome,
        "PUBLISHED; or FAILED: a try since the publishing before it, that left the tables as they were.",
    ),
    "load_reason": _text(
        "Why a try failed: the kind of the error, without its words, such as `LockedError` (another load held the "
        "warehouse), `DamagedError` or `OSError`; `Killed` when the try could not say so itself. Null when published."
    ),
}
