"""Closed vocabularies of the tables, in the order in which a reader expects them.

Each enum becomes a `polars.Enum` column and a legal-values line in `docs/tables.md`.
"""

from enum import StrEnum


class Modality(StrEnum):
    """Kind of laboratory method."""

    PCR = "PCR"
    NGS = "NGS"
    FLOW = "FLOW"


class Basis(StrEnum):
    """What a level counts. RNA ratios, VAF and cell fractions are three axes, never merged."""

    RNA_RATIO_IS = "RNA_RATIO_IS"
    RNA_RATIO = "RNA_RATIO"
    CELLS_TNC = "CELLS_TNC"
    CELLS_CD45 = "CELLS_CD45"
    CELLS_MNC = "CELLS_MNC"
    CELLS_LEUKOCYTE = "CELLS_LEUKOCYTE"
    GDNA_CELLS = "GDNA_CELLS"
    VAF = "VAF"


class Disease(StrEnum):
    """Diseases that have a rule set slot."""

    CML = "CML"
    PH_ALL = "PH_ALL"
    B_ALL = "B_ALL"
    T_ALL = "T_ALL"
    AML = "AML"
    APL = "APL"
    MM = "MM"
    CLL = "CLL"


class Transcript(StrEnum):
    """BCR::ABL1 transcript found at diagnosis."""

    E13A2 = "e13a2"
    E14A2 = "e14a2"
    P210 = "p210"
    E1A2 = "e1a2"
    P190 = "p190"
    E19A2 = "e19a2"
    ATYPICAL = "atypical"
    UNKNOWN = "unknown"


class Tissue(StrEnum):
    """Peripheral blood or bone marrow."""

    PB = "PB"
    BM = "BM"


class Timepoint(StrEnum):
    """Protocol time points that guidelines name."""

    DIAGNOSIS = "DIAGNOSIS"
    AFTER_INDUCTION = "AFTER_INDUCTION"
    AFTER_CYCLE_2 = "AFTER_CYCLE_2"
    PRE_HCT = "PRE_HCT"
    END_OF_TREATMENT = "END_OF_TREATMENT"
    FOLLOW_UP = "FOLLOW_UP"
    TP1 = "TP1"
    TP2 = "TP2"
    OTHER = "OTHER"


class ControlGene(StrEnum):
    """Control gene of an RNA ratio."""

    ABL1 = "ABL1"
    GUSB = "GUSB"
    BCR = "BCR"


class LowCopyPolicy(StrEnum):
    """What a positive replicate with an estimate below three copies counts."""

    FLOOR_3 = "floor_3"
    AS_ESTIMATED = "as_estimated"


class ReportedUnit(StrEnum):
    """Unit of a value that arrives ready-made."""

    PCT_IS = "PCT_IS"
    PCT = "PCT"
    FRACTION = "FRACTION"
    MR = "MR"


class ReportedCall(StrEnum):
    """Call of the kit or the laboratory."""

    DETECTED = "DETECTED"
    NOT_DETECTED = "NOT_DETECTED"
    BELOW_LOD = "BELOW_LOD"
    BELOW_LOQ = "BELOW_LOQ"
    ABOVE_LOQ = "ABOVE_LOQ"
    INVALID = "INVALID"


class Denominator(StrEnum):
    """Which cells a flow denominator counts."""

    TNC = "TNC"
    CD45 = "CD45"
    MNC = "MNC"
    LEUKOCYTE = "LEUKOCYTE"


class MarkerClass(StrEnum):
    """Kind of sequencing marker."""

    CLONOTYPE = "CLONOTYPE"
    SNV = "SNV"
    INDEL = "INDEL"
    FLT3_ITD = "FLT3_ITD"


class CountKind(StrEnum):
    """What a sequencing count counts. Reads are not molecules."""

    MOLECULES = "MOLECULES"
    CELLS = "CELLS"
    READS = "READS"


class Therapy(StrEnum):
    """Kind of treatment."""

    TKI = "TKI"
    INTENSIVE = "INTENSIVE"
    LOW_INTENSITY = "LOW_INTENSITY"
    IMMUNOTHERAPY = "IMMUNOTHERAPY"
    CAR_T = "CAR_T"
    HCT = "HCT"
    OTHER = "OTHER"


class ClinicalResponse(StrEnum):
    """Clinical response as the clinic stated it."""

    CR = "CR"
    CRH = "CRh"
    CRI = "CRi"
    MLFS = "MLFS"
    PR = "PR"
    NR = "NR"
    RELAPSE = "RELAPSE"


class Finding(StrEnum):
    """What the assay saw, nothing more."""

    DETECTED = "DETECTED"
    NOT_DETECTED = "NOT_DETECTED"
    NOT_EVALUABLE = "NOT_EVALUABLE"


class Censor(StrEnum):
    """Which side of a number is unknown."""

    NONE = "NONE"
    LEFT = "LEFT"
    RIGHT = "RIGHT"
    INTERVAL = "INTERVAL"


class LodKind(StrEnum):
    """What kind of limit `lod_fraction` is."""

    DECISION_EVENTS = "DECISION_EVENTS"
    LOD95 = "LOD95"
    KIT = "KIT"
    DILUTION = "DILUTION"
    LAB_STATED = "LAB_STATED"


class LoqKind(StrEnum):
    """What kind of limit `loq_fraction` is."""

    EVENTS = "EVENTS"
    QUANTITATIVE_RANGE = "QUANTITATIVE_RANGE"
    KIT = "KIT"
    LAB_STATED = "LAB_STATED"
    LOD = "LOD"


class Scale(StrEnum):
    """What the number of a result is relative to."""

    INTERNATIONAL = "INTERNATIONAL"
    LABORATORY_RATIO = "LABORATORY_RATIO"
    RELATIVE_TO_DIAGNOSIS = "RELATIVE_TO_DIAGNOSIS"
    READS = "READS"
    ABSOLUTE = "ABSOLUTE"


class RdfKind(StrEnum):
    """How a result came onto the common axis of clonal cells over all nucleated cells."""

    NUCLEATED_CELLS = "NUCLEATED_CELLS"
    SAME_TUBE = "SAME_TUBE"
    DIAGNOSTIC_BLASTS = "DIAGNOSTIC_BLASTS"
    VAF_ESTIMATE = "VAF_ESTIMATE"


class Status(StrEnum):
    """MRD status by a rule set."""

    NEGATIVE = "NEGATIVE"
    LOW_LEVEL = "LOW_LEVEL"
    POSITIVE = "POSITIVE"
    INDETERMINATE = "INDETERMINATE"
    NOT_EVALUABLE = "NOT_EVALUABLE"
    NO_CATEGORY = "NO_CATEGORY"


class Depth(StrEnum):
    """Deepest level proved, on the marker's own axis."""

    MR1 = "MR1"
    MR2 = "MR2"
    MR3 = "MR3"
    MR4 = "MR4"
    MR4_5 = "MR4.5"
    MR5 = "MR5"
    UMRD4 = "uMRD4"
    UMRD5 = "uMRD5"
    UMRD6 = "uMRD6"
    MRD_LT_1E3 = "MRD<1e-3"
    MRD_LT_1E4 = "MRD<1e-4"
    MRD_LT_1E5 = "MRD<1e-5"
    MRD_LT_1E6 = "MRD<1e-6"


class Reason(StrEnum):
    """Why a status is what it is (`mrd_status.reason`), or why a result could not be evaluated."""

    NOT_DETECTED_ADEQUATE = "NOT_DETECTED_ADEQUATE"
    DETECTED_BELOW_THRESHOLD = "DETECTED_BELOW_THRESHOLD"
    DETECTED_AT_OR_ABOVE_THRESHOLD = "DETECTED_AT_OR_ABOVE_THRESHOLD"
    DETECTED_STRADDLES_THRESHOLD = "DETECTED_STRADDLES_THRESHOLD"
    DETECTED_WITHOUT_LEVEL = "DETECTED_WITHOUT_LEVEL"
    DETECTED_IN_REJECTED_REPLICATE = "DETECTED_IN_REJECTED_REPLICATE"
    LOD_NOT_REACHED = "LOD_NOT_REACHED"
    LOD_UNKNOWN = "LOD_UNKNOWN"
    HAEMODILUTE = "HAEMODILUTE"
    NO_CONVERSION_FACTOR = "NO_CONVERSION_FACTOR"
    NOT_ON_INTERNATIONAL_SCALE = "NOT_ON_INTERNATIONAL_SCALE"
    SPLIT_REPLICATES = "SPLIT_REPLICATES"
    ASSAY_ROWS_DIFFER = "ASSAY_ROWS_DIFFER"
    TRANSCRIPT_UNKNOWN = "TRANSCRIPT_UNKNOWN"
    TRANSCRIPT_NOT_COVERED = "TRANSCRIPT_NOT_COVERED"
    TRANSCRIPT_CONTRADICTED = "TRANSCRIPT_CONTRADICTED"
    CONTROL_GENE_NOT_DEFINED = "CONTROL_GENE_NOT_DEFINED"
    MARKER_EXCLUDED = "MARKER_EXCLUDED"
    INVESTIGATIONAL = "INVESTIGATIONAL"
    NO_BASELINE = "NO_BASELINE"
    TIMEPOINT_MISSING = "TIMEPOINT_MISSING"
    TIMEPOINT_NOT_IN_RULESET = "TIMEPOINT_NOT_IN_RULESET"
    MINIMUM_NOT_REACHED = "MINIMUM_NOT_REACHED"
    MINIMUM_UNKNOWN = "MINIMUM_UNKNOWN"
    MARKER_NOT_IN_RULESET = "MARKER_NOT_IN_RULESET"
    TISSUE_NOT_IN_RULESET = "TISSUE_NOT_IN_RULESET"
    RUN_INVALID = "RUN_INVALID"
    REPORTED_INVALID = "REPORTED_INVALID"
    NO_EVALUABLE_REPLICATE = "NO_EVALUABLE_REPLICATE"
    NO_COPIES = "NO_COPIES"
    NO_DENOMINATOR = "NO_DENOMINATOR"
    DENOMINATOR_MISMATCH = "DENOMINATOR_MISMATCH"
    MODALITY_MISMATCH = "MODALITY_MISMATCH"
    NO_ERROR_MODEL = "NO_ERROR_MODEL"
    TOO_FEW_EVENTS = "TOO_FEW_EVENTS"
    TOO_FEW_REPLICATES = "TOO_FEW_REPLICATES"
    NOT_TRACKED = "NOT_TRACKED"
    SATURATED = "SATURATED"
    FRACTION_ABOVE_1 = "FRACTION_ABOVE_1"
    VALUE_CONTRADICTS_COUNTS = "VALUE_CONTRADICTS_COUNTS"
    REPORTED_REPLICATES_DIFFER = "REPORTED_REPLICATES_DIFFER"


class MolecularRemission(StrEnum):
    """Statement on the assays of one sample, to a stated level. Never a clinical response."""

    REMISSION = "REMISSION"
    LOW_LEVEL = "LOW_LEVEL"
    RESPONSE = "RESPONSE"
    PERSISTENCE = "PERSISTENCE"
    RELAPSE_SUSPECTED = "RELAPSE_SUSPECTED"
    RELAPSE = "RELAPSE"
    NOT_ASSESSABLE = "NOT_ASSESSABLE"


class Milestone(StrEnum):
    """CML milestones of the guidelines."""

    M3 = "3 mo"
    M6 = "6 mo"
    M12 = "12 mo"
    ANY = "any time"


class Response(StrEnum):
    """Response classes of the rule sets."""

    OPTIMAL = "OPTIMAL"
    FAVORABLE = "FAVORABLE"
    WARNING = "WARNING"
    FAILURE = "FAILURE"
    UNFAVORABLE = "UNFAVORABLE"
    HIGH_RISK = "HIGH_RISK"
    MRD_RELAPSE = "MRD_RELAPSE"
    MRD_CR = "MRD_CR"
    MRD_INTERMEDIATE = "MRD_INTERMEDIATE"
    MRD_FAILURE = "MRD_FAILURE"
    SR = "SR"
    MR = "MR"
    HR = "HR"
    SUSTAINED_NEGATIVE = "SUSTAINED_NEGATIVE"


class Monitoring(StrEnum):
    """Why the next test of a patient with CML is due when it is."""

    REPEAT = "REPEAT"
    UNTIL_MMR = "UNTIL_MMR"
    MMR = "MMR"
    TFR = "TFR"


class TfrUnmet(StrEnum):
    """Criteria of treatment-free remission that are not met, or cannot be told."""

    TRANSCRIPT_NOT_TYPICAL = "TRANSCRIPT_NOT_TYPICAL"
    TRANSCRIPT_UNKNOWN = "TRANSCRIPT_UNKNOWN"
    LINE_NOT_FIRST = "LINE_NOT_FIRST"
    LINE_UNKNOWN = "LINE_UNKNOWN"
    TKI_TOO_SHORT = "TKI_TOO_SHORT"
    DEEP_RESPONSE_TOO_SHORT = "DEEP_RESPONSE_TOO_SHORT"
    LAST_NOT_DEEP_ENOUGH = "LAST_NOT_DEEP_ENOUGH"
    PRIOR_FAILURE = "PRIOR_FAILURE"
    PRIOR_FAILURE_UNKNOWN = "PRIOR_FAILURE_UNKNOWN"
    LAST_SAMPLE_UNKNOWN = "LAST_SAMPLE_UNKNOWN"


class Discordance(StrEnum):
    """How several assays of one sample agree."""

    CONCORDANT = "CONCORDANT"
    WITHIN_UNCERTAINTY = "WITHIN_UNCERTAINTY"
    SENSITIVITY_EXPLAINED = "SENSITIVITY_EXPLAINED"
    DISCORDANT = "DISCORDANT"


class Event(StrEnum):
    """Molecular events in a patient's course."""

    MMR_ACHIEVED = "MMR_ACHIEVED"
    LOSS_OF_MMR = "LOSS_OF_MMR"
    MR4_ACHIEVED = "MR4_ACHIEVED"
    LOSS_OF_MR4 = "LOSS_OF_MR4"
    TFR_RELAPSE = "TFR_RELAPSE"
    NEGATIVITY_ACHIEVED = "NEGATIVITY_ACHIEVED"
    BECAME_DETECTABLE = "BECAME_DETECTABLE"
    LOG_RISE = "LOG_RISE"
    MOLECULAR_PERSISTENCE = "MOLECULAR_PERSISTENCE"
    MOLECULAR_RELAPSE = "MOLECULAR_RELAPSE"


class AmendmentAction(StrEnum):
    """What an amendment says of the results that it names."""

    WITHDRAWN = "WITHDRAWN"
    REASSIGNED = "REASSIGNED"
    KEPT = "KEPT"


class FileOutcome(StrEnum):
    """What became of a file in a load."""

    LOADED = "LOADED"
    REJECTED = "REJECTED"
    DUPLICATE = "DUPLICATE"
    PENDING = "PENDING"


class Severity(StrEnum):
    """REJECTED: the row or file is not used. REVIEW: used, a person should look. NOTE: for the record."""

    REJECTED = "REJECTED"
    REVIEW = "REVIEW"
    NOTE = "NOTE"


class LoadOutcome(StrEnum):
    """What became of a load. PUBLISHED: its rows are in the tables. FAILED: a try that left the tables as they were."""

    PUBLISHED = "PUBLISHED"
    FAILED = "FAILED"


class LoadKind(StrEnum):
    """What made a snapshot."""

    LOAD = "LOAD"
    RERUN = "RERUN"
    FORGET = "FORGET"
