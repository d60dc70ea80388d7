"""Headings and words that laboratories use, as data: English, German, French, Spanish, Italian.

Only for proposing a layout; nothing is read by them. A word that means two things in two laboratories
(`n.d.`: not detected, not done, non déterminé) is not here: the laboratory says what it means.
"""

HEADINGS: dict[str, tuple[str, ...]] = {
    "sample_id": (
        "sample", "sample id", "sample no", "sample number", "sample name", "specimen", "specimen id",
        "accession", "accession number", "lab number", "lab id", "barcode",
        "probe", "proben id", "probennummer", "proben-nr", "probe nr", "proben nr", "labornummer", "auftragsnummer",
        "auftragsnr", "auftrags nr", "labornr", "labor nr", "probennr", "tagebuchnummer", "journalnummer", "einsendenummer",
        "échantillon", "numéro échantillon", "n° échantillon", "id échantillon", "numéro de prélèvement",
        "muestra", "número de muestra", "nº muestra", "id muestra", "código de muestra",
        "campione", "numero campione", "n. campione", "id campione", "codice campione",
        "file", "filename", "data set", "dataset",
    ),
    "patient_id": (
        "patient", "patient id", "patient no", "patient number", "mrn", "case", "case id",
        "patienten id", "patientennummer", "patienten-nr", "fallnummer",
        "pat id", "patid", "pat nr", "patnr", "patientennr", "fallnr", "fall nr",
        "numéro patient", "id patient", "ipp", "n° patient",
        "paciente", "id paciente", "número de paciente", "historia clínica",
        "paziente", "id paziente", "numero paziente", "codice paziente",
    ),
    "collected_on": (
        "collected", "collected on", "collection date", "date collected", "sampling date", "sample date", "date of collection",
        "entnahme", "entnahmedatum", "abnahme", "abnahmedatum", "probenentnahme", "entnommen am",
        "prélèvement", "date de prélèvement", "date prélèvement", "date du prélèvement",
        "fecha de toma", "fecha de extracción", "fecha toma", "fecha de la muestra", "toma de muestra",
        "data prelievo", "data di prelievo", "prelievo",
    ),
    "received_on": (
        "received", "received on", "date received", "receipt date",
        "eingang", "eingangsdatum", "probeneingang",
        "date de réception", "réception", "fecha de recepción", "recepción", "data ricezione", "data di ricezione", "arrivo",
    ),
    "tissue": (
        "material", "tissue", "specimen type", "sample type", "source",
        "probenmaterial", "probenart", "untersuchungsmaterial",
        "matériel", "nature du prélèvement", "type de prélèvement", "tissu",
        "tipo de muestra", "tejido", "materiale", "tipo campione", "tessuto",
    ),
    "timepoint": ("timepoint", "time point", "zeitpunkt", "point de suivi", "punto temporal", "punto de control", "punto di controllo"),
    "disease": (
        "disease", "diagnosis", "diagnose", "erkrankung", "krankheit", "maladie", "diagnostic",
        "enfermedad", "diagnóstico", "malattia", "diagnosi",
    ),
    "diagnosed_on": (
        "date of diagnosis", "diagnosis date", "diagnosed on", "diagnosedatum", "erstdiagnose", "date de diagnostic",
        "date du diagnostic", "fecha de diagnóstico", "data diagnosi", "data di diagnosi",
    ),
    "transcript": ("transcript", "transkript", "fusion type", "transcrit", "transcrito", "trascritto"),
    "run_id": ("run", "run id", "run no", "plate", "plate id", "lauf", "laufnummer", "platte", "série", "plaque", "corrida", "placa", "seduta", "piastra"),
    "replicate": ("replicate", "well", "replikat", "position", "wiederholung", "réplicat", "puits", "réplica", "pocillo", "replica", "pozzetto"),
    "target_copies": (
        "target copies", "bcr-abl copies", "bcr-abl1 copies", "bcr::abl1 copies", "copies bcr-abl", "copies bcr-abl1", "copies",
        "bcr-abl kopien", "bcr-abl1 kopien", "bcr::abl1 kopien", "kopien bcr-abl", "kopien bcr-abl1", "kopien", "zielkopien",
        "copies bcr::abl1", "nombre de copies bcr-abl", "nombre de copies bcr-abl1", "copias bcr-abl", "copias bcr-abl1", "copias",
        "copie bcr-abl", "copie bcr-abl1", "copie",
    ),
    "control_copies": (
        "control copies", "abl copies", "abl1 copies", "copies abl", "copies abl1", "gusb copies", "bcr copies", "reference copies",
        "abl kopien", "abl1 kopien", "kopien abl", "kopien abl1", "gusb kopien", "kontrollkopien", "referenzkopien",
        "copies du gène contrôle", "copies contrôle", "copias abl", "copias abl1", "copias control", "copie abl", "copie abl1", "copie controllo",
    ),
    "target_cq": ("target cq", "target ct", "bcr-abl ct", "bcr-abl1 ct", "bcr-abl cq", "bcr-abl1 cq", "ct bcr-abl", "ct bcr-abl1", "cq", "ct"),
    "control_cq": ("control cq", "control ct", "abl ct", "abl1 ct", "abl cq", "abl1 cq", "ct abl", "ct abl1"),
    "reported_value": (
        "result", "value", "ratio", "bcr-abl/abl", "bcr-abl1/abl1", "% is", "is", "is %", "ratio is", "bcr-abl1 % is", "result % is",
        "ratio % is", "ratio is %", "is ratio", "bcr-abl % is", "bcr-abl1 is %", "bcr::abl1 % is", "bcr::abl1 is %", "bcr::abl1/abl1",
        "ergebnis % is", "messwert % is", "ergebnis", "messwert", "wert", "quotient", "resultat", "résultat", "valeur", "rapport", "resultado", "valor", "cociente",
        "risultato", "valore", "rapporto",
    ),
    "reported_unit": ("unit", "units", "einheit", "unité", "unidad", "unità", "unità di misura"),
    "reported_call": (
        "call", "interpretation", "qualitative result", "detection", "befund", "beurteilung", "bewertung", "interprétation",
        "conclusion", "interpretación", "interpretazione", "giudizio", "esito",
    ),
    "sensitivity_fraction": ("sensitivity", "lod", "limit of detection", "sensitivität", "nachweisgrenze", "sensibilité", "limite de détection", "sensibilidad", "límite de detección", "sensibilità", "limite di rilevazione"),
    "qr_fraction": ("quantitative range", "qr", "quantifizierbarer bereich"),
    "positive_partitions": ("positive partitions", "positive droplets", "positives", "positive partitionen", "partitions positives", "particiones positivas", "partizioni positive"),
    "total_partitions": ("total partitions", "accepted droplets", "total droplets", "partitionen gesamt", "partitions totales", "particiones totales", "partizioni totali"),
    "input_ng": ("input", "dna input", "dna-menge", "dna menge", "quantité d'adn", "cantidad de adn", "quantità dna"),
    "tube": ("tube", "röhrchen", "tubo", "provetta"),
    "mrd_events": (
        "mrd events", "mrd cells", "abnormal events", "laip events", "aberrant events", "mrd-events", "mrd ereignisse", "mrd zellen", "événements mrd",
        "cellules mrd", "eventos emr", "eventos mrd", "células emr", "eventi mrd", "cellule mrd",
    ),
    "denominator_events": (
        "total events", "denominator", "nucleated cells", "leukocytes", "leucocytes", "total cells", "wbc events",
        "gesamtereignisse", "ereignisse gesamt", "leukozyten", "kernhaltige zellen", "événements totaux", "cellules nucléées",
        "eventos totales", "leucocitos", "células nucleadas", "eventi totali", "leucociti", "cellule nucleate",
    ),
    "gate": ("gate", "population", "gate name", "population name", "gate path", "region", "tor", "porte", "población", "popolazione"),
    "events": ("events", "count", "#events", "# events", "number of events", "cells", "ereignisse", "anzahl", "événements", "nombre", "eventos", "recuento", "eventi", "conteggio"),
    "marker": ("marker", "mutation", "variant", "clonotype", "klonotyp", "marqueur", "marcador", "marcatore", "variante"),
    "marker_count": ("mutant reads", "mutant molecules", "variant reads", "alt reads", "marker reads", "mutierte reads", "lectures mutées", "lecturas mutadas", "letture mutate"),
    "total_count": ("total reads", "depth", "coverage", "total molecules", "reads gesamt", "lectures totales", "lecturas totales", "letture totali"),
    "therapy": ("therapy", "treatment", "therapie", "behandlung", "traitement", "tratamiento", "terapia"),
    "started_on": ("start", "start date", "started on", "beginn", "therapiebeginn", "début", "date de début", "inicio", "fecha de inicio", "inizio", "data inizio"),
    "stopped_on": ("stop", "end", "end date", "stop date", "ende", "therapieende", "fin", "date de fin", "fecha de fin", "fine", "data fine"),
    "agent": ("drug", "agent", "medikament", "wirkstoff", "médicament", "fármaco", "farmaco"),
    "assay_id": ("assay", "assay id", "test", "test code", "methode", "méthode", "método", "metodo"),
}  # fmt: skip

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "reported_call": {
        "DETECTED": (
            "detected", "positive", "pos", "positiv", "nachweisbar", "nachgewiesen", "détecté", "positif", "detectado",
            "positivo", "rilevato",
        ),
        "NOT_DETECTED": (
            "not detected", "undetected", "negative", "neg", "negativ", "nicht nachweisbar", "nicht nachgewiesen", "non détecté",
            "négatif", "no detectado", "negativo", "non rilevato",
        ),
        "INVALID": ("invalid", "ungültig", "nicht auswertbar", "non valide", "invalide", "no válido", "inválido", "non valido"),
    },
    "reported_unit": {
        "PCT_IS": ("% is", "%is", "% (is)", "%(is)", "pct_is"),
        "FRACTION": ("fraction",),
        "MR": ("mr",),
    },
    "tissue": {
        "PB": (
            "pb", "blood", "peripheral blood", "blut", "peripheres blut", "edta-blut", "sang", "sang périphérique", "sangre",
            "sangre periférica", "sangue", "sangue periferico",
        ),
        "BM": (
            "bm", "marrow", "bone marrow", "km", "knochenmark", "moelle", "moelle osseuse", "médula", "médula ósea",
            "midollo", "midollo osseo",
        ),
    },
    "disease": {
        "CML": ("cml", "lmc"),
        "AML": ("aml", "lam", "lma"),
        "APL": ("apl",),
        "MM": ("mm", "multiple myeloma", "multiples myelom"),
        "CLL": ("cll", "llc"),
        "B_ALL": ("b-all",),
        "T_ALL": ("t-all",),
        "PH_ALL": ("ph+ all", "ph-all"),
    },
    "timepoint": {
        "DIAGNOSIS": ("diagnosis", "diagnose", "erstdiagnose", "diagnostic", "diagnóstico", "diagnosi"),
        "FOLLOW_UP": ("follow-up", "follow up", "verlauf", "verlaufskontrolle", "suivi", "seguimiento"),
    },
}  # fmt: skip
"""Words whose meaning is the same in every laboratory, by column and canonical value."""

YES_NO: dict[str, tuple[str, ...]] = {
    "true": ("true", "yes", "y", "ja", "oui", "sí", "sì", "si"),
    "false": ("false", "no", "n", "nein", "non"),
}
CONTROLS: tuple[str, ...] = (
    "standard", "std", "ntc", "nrt", "control", "positive control", "negative control", "kontrolle", "positivkontrolle",
    "negativkontrolle", "leerwert", "blank", "contrôle", "témoin", "control positivo", "control negativo", "controllo",
)  # fmt: skip
"""Words of rows that are no results, in a column of a few words."""
