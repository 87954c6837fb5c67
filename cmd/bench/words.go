package main

// The vocabulary of the generated pages: German administration, put together into compounds as the language
// does. First parts carry their linking letters; second parts carry their gender, for articles.

type noun struct {
	word   string
	gender byte // m, f or n
}

var firstParts = []string{
	"Reisekosten", "Dienstreise", "Beschaffungs", "Vergabe", "Haushalts", "Personal", "Fortbildungs", "Datenschutz", "Akten", "Antrags",
	"Widerspruchs", "Zuwendungs", "Förder", "Umwelt", "Bau", "Verkehrs", "Melde", "Ausweis", "Gewerbe", "Steuer",
	"Gebühren", "Kassen", "Rechnungs", "Liegenschafts", "Gebäude", "Raum", "Fuhrpark", "Post", "Register", "Statistik",
	"Bürger", "Beschwerde", "Termin", "Wahl", "Ordnungs", "Brandschutz", "Katastrophenschutz", "Gesundheits", "Sozial", "Jugendhilfe",
	"Schul", "Kita", "Kultur", "Archiv", "Vermessungs", "Kataster", "Wasser", "Abfall", "Naturschutz", "Immissionsschutz",
	"Veterinär", "Lebensmittel", "Arbeitsschutz", "Arbeitszeit", "Urlaubs", "Eingruppierungs", "Stellen", "Ausschreibungs", "Vertrags", "Lizenz",
	"Netz", "Verfahrens", "Schnittstellen", "Formular", "Portal", "Identitäts", "Signatur", "Druck", "Wissens", "Projekt",
	"Ziel", "Kennzahlen", "Risiko", "Notfall", "Sicherheits", "Zugangs", "Geräte", "Software", "Telefon", "Sitzungs",
	"Gremien", "Protokoll", "Beteiligungs", "Anhörungs", "Normen", "Rechts", "Bußgeld", "Kosten", "Erstattungs", "Vollstreckungs",
	"Erlaubnis", "Genehmigungs", "Anzeige", "Prüf", "Qualitäts", "Nachweis", "Fristen", "Zustell", "Übersetzungs", "Barrierefreiheits",
	"Einkaufs", "Lager", "Inventar", "Energie", "Klima", "Mobilitäts", "Straßen", "Grünflächen", "Friedhofs", "Denkmal",
	"Einbürgerungs", "Standesamts", "Betreuungs", "Pflege", "Wohngeld", "Ausbildungs", "Praktikums", "Bewerbungs", "Übergabe", "Vertretungs",
}

var secondParts = []noun{
	{"antrag", 'm'}, {"prüfung", 'f'}, {"verfahren", 'n'}, {"ordnung", 'f'}, {"stelle", 'f'}, {"akte", 'f'}, {"bericht", 'm'}, {"plan", 'm'},
	{"konzept", 'n'}, {"richtlinie", 'f'}, {"vorlage", 'f'}, {"formular", 'n'}, {"liste", 'f'}, {"übersicht", 'f'}, {"frist", 'f'}, {"bescheid", 'm'},
	{"abrechnung", 'f'}, {"genehmigung", 'f'}, {"freigabe", 'f'}, {"auskunft", 'f'}, {"beratung", 'f'}, {"meldung", 'f'}, {"kontrolle", 'f'}, {"planung", 'f'},
	{"verwaltung", 'f'}, {"steuerung", 'f'}, {"bearbeitung", 'f'}, {"dokumentation", 'f'}, {"vereinbarung", 'f'}, {"vertrag", 'm'}, {"rechnung", 'f'}, {"nachweis", 'm'},
	{"unterlage", 'f'}, {"datei", 'f'}, {"system", 'n'}, {"portal", 'n'}, {"dienst", 'm'}, {"zugang", 'm'}, {"konto", 'n'}, {"register", 'n'},
	{"verzeichnis", 'n'}, {"protokoll", 'n'}, {"besprechung", 'f'}, {"schulung", 'f'}, {"einweisung", 'f'}, {"anleitung", 'f'}, {"entscheidung", 'f'}, {"bewertung", 'f'},
	{"auswertung", 'f'}, {"erhebung", 'f'}, {"umfrage", 'f'}, {"kennzahl", 'f'}, {"beauftragung", 'f'}, {"ausschuss", 'm'}, {"team", 'n'}, {"leitung", 'f'},
	{"budget", 'n'}, {"mittel", 'n'}, {"verordnung", 'f'}, {"satzung", 'f'},
}

var verbs = []string{
	"prüfen", "bearbeiten", "beantragen", "ablegen", "abstimmen", "freigeben", "vorbereiten", "auswerten", "erneuern", "übergeben",
	"veröffentlichen", "beenden", "planen", "dokumentieren",
}

var audiences = []string{
	"", "in Außenstellen", "für neue Beschäftigte", "im Referat", "ohne Papier", "mit zwei Unterschriften", "bei Eilbedarf", "für Führungskräfte",
	"im Haushaltsjahr", "mit externer Beteiligung",
}

var adverbs = []string{
	"innerhalb von zehn Arbeitstagen", "schriftlich", "elektronisch", "im Vier-Augen-Prinzip", "vor Beginn der Maßnahme", "spätestens zum Quartalsende",
	"nach Aktenlage", "unverzüglich", "in der Regel am selben Tag", "stichprobenweise", "nur auf Anforderung", "gemeinsam mit der Fachabteilung",
	"bis zum Ende des Monats", "ohne gesonderten Antrag", "unter Beteiligung des Personalrats", "auf Grundlage der Dienstanweisung",
}

var adjectives = []string{
	"vollständige", "zuständige", "aktuelle", "gesonderte", "gemeinsame", "verbindliche", "vorläufige", "fachliche", "interne", "jährliche",
	"geänderte", "unterschriebene", "digitale", "kurze",
}

var sectionTitles = []string{
	"Worum es geht", "Zuständig", "Voraussetzungen", "So gehen Sie vor", "Fristen", "Unterlagen", "Häufige Fehler", "Ausnahmen", "Kosten",
	"Datenschutz", "Ablage", "Vertretung", "Was sich geändert hat", "Beispiele", "Hintergrund", "Ansprechstellen", "Werkzeuge", "Nachbereitung",
	"Prüfschritte", "Kennzahlen und Ziele", "Rechtsgrundlagen", "Offene Fragen",
}

var tagWords = []string{
	"reise", "personal", "haushalt", "vergabe", "datenschutz", "akte", "antrag", "frist", "formular", "bescheid", "gremium", "schulung", "technik",
	"sicherheit", "bau", "umwelt", "soziales", "gesundheit", "verkehr", "kultur", "archiv", "wahl", "register", "statistik", "projekt", "ziel",
	"kennzahl", "risiko", "vertrag", "lizenz", "portal", "zugang", "notfall", "beschwerde", "termin", "gebühr", "förderung", "prüfung", "kommunikation", "einkauf",
}

// sentences are filled with nouns in the nominative (N), accusative (A) and dative (D), an adverbial (v), an
// adjective (j), a verb (t) and a number (n).
var sentences = []string{
	"{N} wird {v} geprüft, bevor {N} abgeschlossen ist.",
	"Die zuständige Stelle legt {A} in der elektronischen Akte ab und informiert {A}.",
	"Für {A} gilt {v}, dass {N} vorliegen muss.",
	"Wer {A} braucht, wendet sich {v} an {A}.",
	"{N} ersetzt {A}; die {j} Fassung gilt seit {n} Monaten.",
	"Ohne {A} lässt sich {N} nicht {t}.",
	"Nach {D} folgt {v} {N}.",
	"Die {j} Angabe steht in {D} und nicht in {D}.",
	"Bei {D} entstehen Kosten von höchstens {n} Euro, die {N} trägt.",
	"Fehlt {N}, geht der Vorgang {v} an {A} zurück.",
	"Das Referat kann {A} {v} {t}, wenn {N} zustimmt.",
	"{N} und {N} greifen hier ineinander; deshalb lohnt sich ein Blick auf {A}.",
	"In {n} von hundert Fällen reicht {N} aus.",
	"Bitte {t} Sie {A} nicht, solange {N} offen ist.",
	"Die Erfahrung zeigt, dass {N} {v} am besten gelingt.",
	"Eine {j} Begründung gehört zu {D}.",
	"Im Zweifel entscheidet {N} über {A}.",
	"{N} ist {v} zu erledigen; danach beginnt {N}.",
	"Vor {D} steht {N}, die Reihenfolge ist verbindlich.",
	"Zu {D} gibt es {n} Rückfragen im Jahr, meist wegen {D}.",
}
