"""Every table: its grain, its columns, how an input file of it is recognised.

`required` columns are never null. Input tables carry the source of each row. Tables with a sample
are stored by the year of collection, pending rows under year 0.
"""

from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from schemas.fields import FIELDS, Field

Kind = Literal["measurement", "reference", "derived", "record"]


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: table name.
        grain: what one row is, in words.
        kind: measurement and reference tables are inputs; derived ones are recomputed; records log.
        columns: columns in their stored order.
        key: columns that identify a row.
        required: columns that are never null.
        recognised_all: header names that must all be present to recognise a file.
        recognised_any: header names of which at least one must be present.
        recognised_instead: header names that also recognise a file which no table's own do; what is
            required then need not be in the header, because these cells fill it.
        is_by_year: stored by year of collection.
        overrides: fields that mean something else in this table than in the dictionary.
    """

    name: str
    grain: str
    kind: Kind
    columns: tuple[str, ...]
    key: tuple[str, ...]
    required: tuple[str, ...]
    recognised_all: tuple[str, ...] = ()
    recognised_any: tuple[str, ...] = ()
    recognised_instead: tuple[str, ...] = ()
    is_by_year: bool = False
    overrides: dict[str, Field] = field(default_factory=dict)

    def field(self, column: str) -> Field:
        """Return the field of a column."""
        return self.overrides.get(column, FIELDS[column])

    @property
    def is_input(self) -> bool:
        """Whether files of this table can be loaded."""
        return self.kind in ("measurement", "reference")

    @property
    def stored_columns(self) -> tuple[str, ...]:
        """Columns in Parquet: those of the table and, for inputs, where a row came from and whether it counts."""
        measured = ("counts_for_sample_id",) if self.kind == "measurement" else ()
        return self.columns + measured + (SOURCE_COLUMNS if self.is_input else ())

    @property
    def polars_schema(self) -> dict[str, pl.DataType]:
        """Stored columns with their polars types."""
        return {c: self.field(c).dtype for c in self.stored_columns}

    @property
    def input_columns(self) -> tuple[str, ...]:
        """Columns that a canonical file of this table may have."""
        derived = (
            "is_target_undetermined",
            "is_control_undetermined",
            "reported_number",
            "reported_operator",
        )
        return tuple(c for c in self.columns if c not in derived)

    @property
    def content(self) -> tuple[str, ...]:
        """Columns that are compared when two rows have one key."""
        left_out = {*self.key, "is_correction", "result_version"}
        return tuple(c for c in self.columns if c not in left_out)

    def is_never_null(self, column: str) -> bool:
        """Tell whether a stored column has a value in every row."""
        return column in self.required or (self.is_input and column in SOURCE_COLUMNS)

    def empty(self) -> pl.DataFrame:
        """Return a frame of this table without rows."""
        return pl.DataFrame(schema=self.polars_schema)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SOURCE_COLUMNS = ("source_sha256", "source_line", "is_current")

_COMMON_RESULT = ("sample_id", "patient_id", "disease", "collected_on", "tissue", "timepoint")

_ALL = (
    # in the order in which a file's table is decided
    Table(
        "flow_measurements",
        "sample × assay × run × tube",
        "measurement",
        _names(
            """
            sample_id assay_id run_id tube mrd_events denominator_events denominator tnc_events
            cd45_events mnc_events viable_blast_events result_version
            """
        ),
        _names("sample_id assay_id run_id tube result_version"),
        _names("sample_id assay_id mrd_events denominator_events result_version"),
        recognised_all=("mrd_events", "denominator_events"),
        is_by_year=True,
    ),
    Table(
        "ngs_measurements",
        "sample × assay × run × marker × clone",
        "measurement",
        _names(
            """
            sample_id assay_id run_id marker clone marker_class gene marker_count total_count
            count_kind input_ng error_rate is_tracked is_germline is_complete_list spike_cells spike_reads
            library_conversion_fraction mutant_copies_per_cell total_copies_per_cell
            normal_copies_per_cell result_version
            """
        ),
        _names("sample_id assay_id run_id marker clone result_version"),
        _names("sample_id assay_id marker marker_count total_count result_version"),
        recognised_all=("marker_count", "total_count"),
        is_by_year=True,
    ),
    Table(
        "pcr_measurements",
        "sample × assay × run × replicate",
        "measurement",
        _names(
            """
            sample_id assay_id run_id shared_run_id replicate target_copies control_copies target_cq
            is_target_undetermined control_cq is_control_undetermined reported_value
            reported_operator reported_number reported_unit reported_call qr_fraction
            sensitivity_fraction positive_partitions total_partitions
            control_positive_partitions partition_volume_nl reaction_volume_ul input_ng
            nominal_input_ng result_version
            """
        ),
        _names("sample_id assay_id run_id replicate result_version"),
        ("sample_id", "assay_id", "result_version"),
        recognised_any=_names(
            "target_copies target_cq reported_value reported_call positive_partitions"
        ),
        is_by_year=True,
    ),
    Table(
        "assays",
        "assay × valid_from",
        "reference",
        _names(
            """
            assay_id modality marker basis lab_id control_gene conversion_factor is_reported
            valid_from valid_to lod_fraction loq_fraction lod_events loq_events error_rate
            min_count low_copy_policy target_name control_name kit is_correction
            """
        ),
        ("assay_id", "valid_from"),
        _names("assay_id modality marker basis"),
        recognised_all=("modality", "basis"),
        recognised_instead=("assay_id", "kit"),
    ),
    Table(
        "treatments",
        "patient × therapy × start",
        "reference",
        _names("patient_id therapy started_on stopped_on line agent is_correction"),
        ("patient_id", "therapy", "started_on"),
        ("patient_id", "therapy", "started_on"),
        recognised_all=("therapy",),
    ),
    Table(
        "clinical_responses",
        "patient × date",
        "reference",
        _names(
            """
            patient_id assessed_on response bm_blasts_pct baseline_bm_blasts_pct anc_10e9_per_l
            platelets_10e9_per_l has_circulating_blasts has_extramedullary_disease
            has_imaging_residual is_correction
            """
        ),
        ("patient_id", "assessed_on"),
        ("patient_id", "assessed_on"),
        recognised_all=("assessed_on",),
        overrides={
            "response": Field(
                FIELDS["clinical_response"].dtype,
                "Response as the clinic stated it. Null when only counts are given.",
                values=FIELDS["clinical_response"].values,
            )
        },
    ),
    Table(
        "tracked_markers",
        "patient × marker",
        "reference",
        _names("patient_id marker marker_class gene identified_on is_tracked is_correction"),
        ("patient_id", "marker"),
        ("patient_id", "marker"),
        recognised_all=("identified_on",),
        overrides={
            "marker": Field(
                FIELDS["marker"].dtype,
                "Marker exactly as the files of the assay write it: `mrd explain` of the diagnostic sample shows it.",
            ),
            "is_tracked": Field(
                FIELDS["is_tracked"].dtype,
                "False in a correction withdraws the marker. Null = tracked.",
            ),
        },
    ),
    Table(
        "patient_aliases",
        "patient identity that was given up",
        "reference",
        _names("patient_id merged_into_patient_id merged_on is_merged is_correction"),
        ("patient_id",),
        _names("patient_id merged_into_patient_id merged_on"),
        recognised_all=("merged_on",),
        overrides={
            "patient_id": Field(
                FIELDS["patient_id"].dtype, "Identity that is given up.", names="patient"
            )
        },
    ),
    Table(
        "amendments",
        "sample × assay × run × highest version",
        "reference",
        _names(
            """
            sample_id assay_id run_id up_to_version action correct_sample_id amended_on
            amendment_reason is_correction
            """
        ),
        _names("sample_id assay_id run_id up_to_version"),
        _names("sample_id assay_id action amended_on"),
        recognised_all=("amended_on",),
        overrides={
            "sample_id": Field(
                FIELDS["sample_id"].dtype, "Sample as the results are written.", names="sample"
            ),
            "run_id": Field(FIELDS["run_id"].dtype, "Run of the results. Null = every run."),
        },
    ),
    Table(
        "manifest",
        "file",
        "reference",
        _names("file_name sample_id assay_id is_correction"),
        ("file_name",),
        ("file_name", "sample_id"),
        recognised_all=("file_name",),
    ),
    Table(
        "runs",
        "run × assay",
        "reference",
        _names(
            """
            run_id assay_id performed_on target_slope target_intercept target_r_squared
            control_slope control_intercept control_r_squared is_ntc_clean is_valid
            is_correction
            """
        ),
        ("run_id", "assay_id"),
        ("run_id", "assay_id"),
        recognised_all=("run_id", "assay_id"),
        recognised_any=_names(
            """
            performed_on target_slope target_intercept target_r_squared control_slope
            control_intercept control_r_squared is_ntc_clean is_valid
            """
        ),
    ),
    Table(
        "samples",
        "sample",
        "reference",
        _names(
            """
            sample_id patient_id collected_on tissue timepoint pull received_on blast_fraction
            blood_dilution_fraction bm_rbc_10e12_per_l pb_rbc_10e12_per_l pb_wbc_10e9_per_l
            bm_nucleated_10e9_per_l is_correction
            """
        ),
        ("sample_id",),
        _names("sample_id patient_id collected_on tissue"),
        recognised_all=("sample_id", "collected_on"),
        is_by_year=True,
    ),
    Table(
        "patients",
        "patient",
        "reference",
        _names("patient_id disease transcript diagnosed_on is_correction"),
        ("patient_id",),
        ("patient_id", "disease"),
        recognised_all=("disease",),
    ),
    # recomputed
    Table(
        "assay_results",
        "sample × assay × marker",
        "derived",
        (
            *_COMMON_RESULT,
            *_names(
                """
            assay_id lab_id modality marker basis control_gene conversion_factor numerator
            denominator n_replicates n_evaluable finding finding_reason is_quantifiable
            level_fraction estimate_fraction censor upper_fraction ci_low_fraction
            ci_high_fraction ci_method lod_fraction lod_kind lod95_fraction loq_fraction
            loq_kind claimed_lod_fraction poisson_floor_fraction effective_denominator
            decision_count background_probability pg_per_cell reported_fraction
            summed_vaf_fraction blood_dilution_fraction undiluted_fraction
            occupancy_fraction target_copies_per_ul rdf_fraction rdf_upper_fraction rdf_kind depth_proved scale series
            flags
            """
            ),
        ),
        ("sample_id", "assay_id", "marker"),
        _names(
            """
            sample_id patient_id disease collected_on tissue assay_id modality marker basis
            n_replicates n_evaluable finding is_quantifiable censor scale series flags
            """
        ),
        is_by_year=True,
        overrides={"denominator": FIELDS["denominator_count"]},
    ),
    Table(
        "mrd_status",
        "sample × assay × marker",
        "derived",
        (
            *_COMMON_RESULT,
            *_names(
                """
            assay_id modality marker basis finding level_fraction ruleset status depth reason
            rule_id explanation required_lod_fraction is_sensitivity_adequate is_low_confidence
            baseline_fraction
            log10_reduction is_log10_reduction_bound nadir_fraction log10_rise_from_nadir
            doubling_time_days days_at_depth status_at_1e_5 status_at_1e_6
            """
            ),
        ),
        ("sample_id", "assay_id", "marker"),
        _names(
            """
            sample_id patient_id disease collected_on tissue assay_id modality marker basis
            finding ruleset status reason rule_id explanation
            """
        ),
        is_by_year=True,
    ),
    Table(
        "sample_remission",
        "sample",
        "derived",
        (
            *_COMMON_RESULT,
            *_names(
                """
            ruleset status depth molecular_remission milestone response clinical_response
            combined_response modalities discordance derived_from is_incomplete held_days
            """
            ),
        ),
        ("sample_id",),
        _names(
            """
            sample_id patient_id disease collected_on tissue ruleset status molecular_remission
            modalities derived_from
            """
        ),
        is_by_year=True,
    ),
    Table(
        "molecular_events",
        "patient × marker × event × sample",
        "derived",
        _names(
            """
            patient_id disease marker event sample_id occurred_on is_confirmed
            confirmed_by_sample_id ruleset rule_id explanation
            """
        ),
        _names("patient_id marker event sample_id"),
        _names("patient_id disease marker event sample_id occurred_on ruleset rule_id explanation"),
        is_by_year=True,
    ),
    Table(
        "patient_summary",
        "patient",
        "derived",
        _names(
            """
            patient_id disease ruleset n_samples last_sample_id last_collected_on last_status
            last_depth best_depth best_depth_on sustained_since sustained_days tfr_eligible
            tfr_unmet next_due_on monitoring
            """
        ),
        ("patient_id",),
        _names("patient_id disease ruleset n_samples"),
    ),
    # kept by loads
    Table(
        "source_files",
        "load × file",
        "record",
        _names(
            """
            load_id sha256 name format reader outcome reason rows_read rows_accepted
            rows_rejected rows_ignored folder_assay_id settings_sha256 told
            layout_sha256 sheet source_columns
            """
        ),
        ("load_id", "name"),
        _names("load_id name outcome rows_read rows_accepted rows_rejected rows_ignored"),
        overrides={"reason": FIELDS["outcome_reason"]},
    ),
    Table(
        "findings",
        "file × line × code",
        "record",
        _names(
            """
            load_id source_sha256 source_name source_line source_place code severity column value
            message raw_row
            """
        ),
        _names("load_id source_name source_line code column value message"),
        _names("load_id source_name code severity message"),
    ),
    Table(
        "loads",
        "load, published or tried in vain",
        "record",
        _names(
            """
            load_id started_at finished_at kind rulesets code_version files rows_read
            rows_accepted rows_rejected rows_ignored rows_pending outcome reason
            """
        ),
        ("load_id",),
        _names("load_id started_at finished_at kind rulesets code_version outcome"),
        overrides={"outcome": FIELDS["load_outcome"], "reason": FIELDS["load_reason"]},
    ),
)

TABLES: dict[str, Table] = {t.name: t for t in _ALL}
INPUT_TABLES = tuple(t for t in _ALL if t.is_input)
MEASUREMENT_TABLES = tuple(t for t in _ALL if t.kind == "measurement")
REFERENCE_TABLES = tuple(t for t in _ALL if t.kind == "reference")
DERIVED_TABLES = tuple(t for t in _ALL if t.kind == "derived")

INLINE_TABLES = (TABLES["samples"], TABLES["patients"])
"""Tables whose columns a measurement file may carry."""
