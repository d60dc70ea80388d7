"""What amendments and merges come to, case by case."""

from tests.spec.amendments_drawn import Amended, Amendment, Merged, Result

W, R, K = "WITHDRAWN", "REASSIGNED", "KEPT"
CONTRADICTS = ("REASSIGNED_RESULT_CONTRADICTS",)
HELD = "MERGE_ON_HOLD"

AMENDED = (
    Amended("W1", (Result("a", 40, None), Result("b", 50, "b")), (Amendment(W, "a"),),
        "What was withdrawn counts nowhere; the row stays readable."),
    Amended("W2", (Result("a", 40, None), Result("a", 60, "a", version=2)), (Amendment(W, "a", up_to="1"),),
        "The corrected result has a higher version than the amendment reaches."),
    Amended("W3", (Result("a", 40, None), Result("a", 60, None, version=2)), (Amendment(W, "a"),),
        "Without a version everything is meant, also what comes later."),
    Amended("W4", (Result("a", 40, None, "R1"), Result("a", 60, "a", "R2")), (Amendment(W, "a", run="R1"),),
        "One run of a sample was withdrawn, the repeat stands."),
    Amended("W5", (Result("a", 40, None, "R1"), Result("a", 60, "a", "R2")),
        (Amendment(W, "a"), Amendment(K, "a", run="R2")),
        "The amendment that names the run is the closer one."),
    Amended("W6", (Result("a", 40, "a"),), (Amendment(W, "a"), Amendment(K, "a", is_correction=True)),
        "A correction takes the withdrawal back."),
    Amended("W7", (Result("a", 40, None), Result("a", 60, None, version=2), Result("a", 70, "a", version=3)),
        (Amendment(W, "a", up_to="1"), Amendment(W, "a", up_to="2")),
        "The corrected result was wrong too; each amendment stands for itself."),
    Amended("M1", (Result("a", 40, "b"),), (Amendment(R, "a", "b"),),
        "The name was wrong; `a` has no result now."),
    Amended("M2", (Result("a", 40, "b"), Result("b", 50, "a")), (Amendment(R, "a", "b"), Amendment(R, "b", "a")),
        "Exchanged tubes. Amendments speak of names as they are written, so none is followed twice."),
    Amended("M3", (Result("a", 40, "b"), Result("b", 50, "c")), (Amendment(R, "a", "b"), Amendment(R, "b", "c")),
        "A plate that slipped by one well."),
    Amended("M4", (Result("a", 40, None), Result("b", 40, "b")), (Amendment(R, "a", "b"),),
        "The laboratory has sent the result again under the right name: it counts once."),
    Amended("M5", (Result("a", 40, None), Result("b", 50, None)), (Amendment(R, "a", "b"),),
        "Two results of one key; which of them is right cannot be told.", CONTRADICTS),
    Amended("M6", (Result("a", 40, "b"), Result("b", 50, None)), (Amendment(R, "a", "b"), Amendment(W, "b")),
        "The other one was withdrawn, so there is nothing to choose."),
    Amended("M7", (Result("a", 40, None), Result("b", 50, "b", version=2)), (Amendment(R, "a", "b"),),
        "Under the right name a higher version supersedes it, as it would have from the start."),
    Amended("M8", (Result("a", 40, "b", "R1"), Result("b", 50, "b", "R2")), (Amendment(R, "a", "b"),),
        "Two runs of one sample are measured side by side, as ever."),
    Amended("M9", (Result("a", 40, "b"), Result("a", 60, "a", version=2)), (Amendment(R, "a", "b", up_to="1"),),
        "The first result was another sample's; the sample's own came later."),
)  # fmt: skip

MERGED = (
    Merged("I1", {"a": "CML e14a2", "b": "CML e14a2"}, (("a", "b"),), {"a": "b"},
        "One patient; everything of `a` counts for `b`."),
    Merged("I2", {"a": "CML", "b": "CML", "c": "CML"}, (("a", "b"), ("b", "c")), {"a": "c", "b": "c"},
        "A chain is followed to its end."),
    Merged("I3", {"a": "CML e1a2", "b": "CML e14a2"}, (("a", "b"),), {},
        "A p210 assay is blind for e1a2: whose transcript is right decides every negative.", (HELD,)),
    Merged("I4", {"a": "MM", "b": "CML"}, (("a", "b"),), {},
        "Two diseases have two rule sets; neither is guessed.", (HELD,)),
    Merged("I5", {"a": "CML e13a2", "b": "CML e14a2"}, (("a", "b"),), {"a": "b"},
        "The same assays see both transcripts; the row of `b` counts.", ("MERGED_ROWS_DIFFER",)),
    Merged("I6", {"a": "CML e1a2", "b": "CML"}, (("a", "b"),), {"a": "b"},
        "What `b` does not say, `a` does: taken as typical it would be a false negative."),
    Merged("I7", {"a": "CML", "b": ""}, (("a", "b"),), {"a": "b"},
        "`b` has no row yet; that of `a` is the same patient's."),
    Merged("I8", {"a": "CML", "b": "CML"}, (("a", "b"), ("b", "a")), {},
        "A ring names nobody who goes on.", (HELD, HELD)),
    Merged("I9", {"a": "MM", "b": "MM", "c": "CML"}, (("a", "b"), ("b", "c")), {"a": "b"},
        "The link that contradicts is held, the one before it stands.", (HELD,)),
    Merged("I10", {"a": "CML", "b": "CML"}, (("a", "b"),), {}, "A correction parts them again.",
        undone=(("a", "b"),)),
)  # fmt: skip
