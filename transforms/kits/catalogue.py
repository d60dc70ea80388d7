"""The catalogue itself: data, no logic. `docs/kits.md` is generated from it.

Fractions are fractions of 1: 0.003 % (IS) is 0.00003. Of several published limits the shallower one is
taken, because a limit that is too deep turns "cannot tell" into a remission. `primary` = read where the
source says; `provisional` = recalled, or told by somebody else.
"""

from transforms.kits.kit import Kit, Stated

_P210, _P190 = "BCR::ABL1 p210", "BCR::ABL1 p190"

_XPERT_RANGE = (
    "reportable range 0.0030 to 55.00 % (IS), which the cartridge writes into each of its messages"
)
_QUANTIDEX = (
    "Brown JT et al., Analytical validation of a highly sensitive, multiplexed CML monitoring system targeting "
    "BCR-ABL1 RNA (the maker's validation; abstract read): LOD MR4.7 (0.002 %IS), linear from MR0.3 (50 %IS)"
)
_MRDX = "maker's device description, GUDID B60290100280: includes MR4.5, to enable quantification to 0.0032 %IS"
_CLONOSEQ = "Ching 2020, BMC Cancer 20:612, doi 10.1186/s12885-020-07077-9; the number is recalled"

_ALL = (
    Kit(
        id="xpert-bcr-abl-ultra",
        title="Xpert BCR-ABL Ultra",
        maker="Cepheid",
        modality="PCR", marker=_P210, basis="RNA_RATIO_IS", control_gene="ABL1", is_reported=True,
        source="FDA K190076, intended use: e13a2 and e14a2 to ABL1, percent on the International Scale",
        evidence="primary",
        note="The LOD is the lower end of the reportable range. No ABL1 copies are exported: depth rests on this claim alone.",
        lod_fraction=Stated(
            0.00003,
            f"{_XPERT_RANGE}; an abstract by its makers on its development gives 0.003 % for LOD and LOQ",
            "primary",
        ),
        loq_fraction=Stated(0.00003, _XPERT_RANGE, "primary"),
        upper_fraction=Stated(0.55, _XPERT_RANGE, "primary"),
    ),
    Kit(
        id="xpert-bcr-abl-ultra-p190",
        title="Xpert BCR-ABL Ultra p190",
        maker="Cepheid",
        modality="PCR", marker=_P190, basis="RNA_RATIO", control_gene="ABL1", is_reported=True,
        source="recalled: percent p190 to ABL1, not on the International Scale",
        evidence="provisional",
        note="Never on the International Scale. Words and numbers of its files were never seen: compare the first results with the printed report.",
        lod_fraction=Stated(0.000065, "recalled, low confidence: 0.0065 %", "provisional"),
        upper_fraction=Stated(0.25, "recalled, low confidence: 25 %", "provisional"),
    ),
    Kit(
        id="quantidex-qpcr-bcr-abl-is",
        title="QuantideX qPCR BCR-ABL IS Kit",
        maker="Asuragen",
        modality="PCR", marker=_P210, basis="RNA_RATIO_IS", control_gene="ABL1", is_reported=True,
        source="FDA DEN160003, intended use: e13a2 and e14a2 to ABL1, MR value on the International Scale",
        evidence="primary",
        note="Its own software makes the value on the scale from calibrators: load that value, not the copies of the thermocycler.",
        lod_fraction=Stated(0.00002, _QUANTIDEX, "primary"),
        loq_fraction=Stated(0.00002, f"lower end of the linear range: {_QUANTIDEX}", "primary"),
        upper_fraction=Stated(0.5, _QUANTIDEX, "primary"),
    ),
    Kit(
        id="qxdx-bcr-abl-is",
        title="QXDx BCR-ABL %IS Kit",
        maker="Bio-Rad",
        modality="PCR", marker=_P210, basis="RNA_RATIO_IS", control_gene="ABL1", is_reported=True,
        source="FDA K181661, intended use: e13a2 and e14a2 to ABL1, MR value on the International Scale",
        evidence="primary",
        note="Its own software makes the value on the scale: load that value, not the droplets.",
        lod_fraction=Stated(0.00002, "recalled: MR4.7 (0.002 %IS)", "provisional"),
    ),
    Kit(
        id="mrdx-bcr-abl",
        title="MRDx BCR-ABL Test",
        maker="MolecularMD",
        modality="PCR", marker=_P210, basis="RNA_RATIO_IS", control_gene="ABL1", is_reported=True,
        source="FDA K173492, intended use: e13a2 and e14a2, reported on the International Scale",
        evidence="primary",
        note="The lower end of quantification stands for the LOD, which may be deeper and was not read.",
        lod_fraction=Stated(0.000032, _MRDX, "primary"),
        loq_fraction=Stated(0.000032, _MRDX, "primary"),
    ),
    Kit(
        id="ipsogen-bcr-abl1-mbcr-is-mmr",
        title="ipsogen BCR-ABL1 Mbcr IS-MMR Kit",
        maker="QIAGEN",
        modality="PCR", marker=_P210, basis="RNA_RATIO_IS", control_gene="ABL1", is_reported=True,
        source="recalled: normalised copies put on the International Scale by the kit's calibrator",
        evidence="provisional",
        note="Load the value after the kit's calibrator, not the copies.",
        lod_fraction=Stated(
            0.000069,
            "recalled: 0.0069 %; one laboratory reports `IS result <0.0069 %` when nothing is detected",
            "provisional",
        ),
    ),
    Kit(
        id="clonoseq",
        title="clonoSEQ Assay",
        maker="Adaptive Biotechnologies",
        modality="NGS", marker="IG/TR", basis="GDNA_CELLS",
        source="FDA K200009, device description: rearranged receptors over total nucleated cells, by diploid reference regions",
        evidence="primary",
        note="Limits are cells: over the cells of the sample they give its LOD and LOQ. They rest on several markers of a clone and may lie below the Poisson floor of one.",
        lod_events=Stated(1.903, _CLONOSEQ, "provisional"),
        loq_events=Stated(2.390, _CLONOSEQ, "provisional"),
    ),
    Kit(
        id="lymphotrack-mrd",
        title="LymphoTrack MRD",
        maker="Invivoscribe",
        modality="NGS", marker="IG/TR", basis="GDNA_CELLS",
        source="recalled: reads of tracked IG/TR sequences, cells by a spike-in and the DNA that went in",
        evidence="provisional",
        note="No limit of the maker was found: the DNA that went in decides what a sample could have shown. Reads without a spike-in are no cells.",
    ),
    Kit(
        id="euroflow-ngf-mm",
        title="EuroFlow next-generation flow, multiple myeloma",
        maker="EuroFlow (a protocol)",
        modality="FLOW", marker="LAIP", basis="CELLS_TNC",
        source="Flores-Montero 2017, Leukemia 31:2094, doi 10.1038/leu.2017.29: events over nucleated cells",
        evidence="primary",
        note="Limits are events: 20 of 10 million cells are 0.000002.",
        lod_events=Stated(
            20, "numerically Roshal 2017, Blood Adv 1:728: 2 in a million at 10 million cells", "primary"
        ),
        loq_events=Stated(50, "recalled: 50 of 10 million cells", "provisional"),
    ),
)  # fmt: skip

KITS: dict[str, Kit] = {kit.id: kit for kit in _ALL}
"""Kits by id."""
