# Deutsch. Jede Sprache hat dieselben Texte mit denselben Lücken; ein Test achtet darauf.

# Zahlen, Geld, Daten.
group-separator = .
decimal-separator = ,
percent = { $number }{"\u00A0"}%
money = { $amount }{"\u00A0"}{ $symbol }
money-of-code = { $amount }{"\u00A0"}{ $code }
date = { $day }. { $month } { $year }
moment = { $date }, { $time } { $zone }
month-1 = Jan.
month-2 = Feb.
month-3 = März
month-4 = Apr.
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = Aug.
month-9 = Sept.
month-10 = Okt.
month-11 = Nov.
month-12 = Dez.

# Jede Seite.
skip-to-content = Zum Inhalt springen
problem-title = Das hat nicht geklappt
back-to-billing = Zurück zur Abrechnung

# Anmelden.
sign-in = Anmelden
sign-up = Konto anlegen
sign-out = Abmelden
email = E-Mail-Adresse
password = Passwort
password-hint = Mindestens 8 Zeichen.
name-optional = Name (freiwillig)
no-account = Neu hier?
have-account = Sie haben ein Konto?
session-over = Ihre Sitzung ist zu Ende. Bitte melden Sie sich neu an, oder öffnen Sie die Abrechnung noch einmal von dort, wo Sie herkamen.
registration-closed = Neue Konten gibt es nur auf Einladung.
enter-title = Abrechnung öffnen
enter-button = Weiter
signed-in-as = Angemeldet als
billing-for = Abrechnung für
just-me = Nur ich

# Die Abrechnungsseite.
billing-title = Abrechnung
your-plan = Ihr Tarif
no-plan = Kein Tarif
no-plan-hint = Wählen Sie unten einen aus, um zu beginnen.
usage = Nutzung
no-usage = Noch gibt es nichts zu zählen.
used-of = { $used } von { $limit }
used-unlimited = { $used } genutzt, ohne Grenze
resets = neu am { $date }
left =
    { $count ->
        [0] Nichts mehr übrig
       *[other] { $number } übrig
    }
left-of = { $left } von { $limit } übrig
held =
    { $count ->
        [one] { $number } für laufende Arbeit zurückgelegt
       *[other] { $number } für laufende Arbeit zurückgelegt
    }
unlimited = Unbegrenzt
see-plans = Zu den Tarifen
buy-more = Mehr kaufen
source-plan = Tarif
source-rollover = Übertrag
source-top-up = Gekauft
source-granted = Gutschrift
extra-quota = Zusätzliches Kontingent
quantity = Menge
quantity-range = Von { $min } bis { $max }.
price-each = je { $amount }
never-expires = verfällt nie
expires-after =
    { $count ->
        [one] { $number } Tag lang nutzbar
       *[other] { $number } Tage lang nutzbar
    }
buy = Kaufen
plans = Tarife
how-to-pay = Zahlungsweise
price-free = Kostenlos
price-per-month = { $amount } im Monat
price-per-year = { $amount } im Jahr
billed-yearly = { $amount } im Jahr auf einmal
months-free =
    { $count ->
        [one] { $number } Monat geschenkt
       *[other] { $number } Monate geschenkt
    }
save-percent = { $percent } gespart
units-once = { $units } einmalig
units-per-minute = { $units } in der Minute
units-per-hour = { $units } in der Stunde
units-per-day = { $units } am Tag
units-per-week = { $units } in der Woche
units-per-month = { $units } im Monat
units-per-year = { $units } im Jahr
with-carry-over = { $units }, Ungenutztes bleibt erhalten
yours-now = haben Sie jetzt
you-gain = Sie gewinnen:
you-lose = Sie verlieren:
trial-days =
    { $count ->
        [one] { $number } Tag kostenlos
       *[other] Die ersten { $number } Tage kostenlos
    }
subscribe = Abschließen
see-change = Änderung ansehen
change-term = Zahlungsweise ändern
go-back-to-free = Zurück zu diesem Tarif
next-charge = Nächste Abbuchung
purchases = Einmalige Käufe
payment-paid = bezahlt
payment-refunded = erstattet
payment-partly-refunded = { $amount } erstattet
payment-disputed = angefochten
payment-lost = zurückgebucht
invoices = Rechnungen
invoice-paid = bezahlt
invoice-open = offen
invoice-uncollectible = nicht bezahlt
invoice-void = ungültig
stripe-silent = Rechnungen lassen sich gerade nicht anzeigen. Alles andere auf dieser Seite ist aktuell.
manage = Zahlung und Kündigung
payment-details = Zahlungsmittel und Rechnungsangaben
cancel-link = Tarif kündigen
times-are-in = Daten in der Zeitzone

# Die Zeile zum Tarif.
status-renews = Verlängert sich am { $date }
status-ends = Endet am { $date }
status-changes = Wechselt am { $date } zu { $plan }
status-trial-ends = Probezeit bis { $date }
badge-trial = Probezeit
badge-past-due = Zahlung überfällig
badge-unpaid = unbezahlt
badge-paused = ruht
badge-ending = endet

# Hinweise.
notice-processing = Ihre Zahlung wird bearbeitet. Sobald sie bestätigt ist, steht es hier; Sie müssen nicht noch einmal zahlen.
notice-past-due = Die letzte Zahlung ist fehlgeschlagen. Ihr Tarif bleibt bis { $date }: Bitte zahlen Sie vorher, oder ändern Sie das Zahlungsmittel.
notice-past-due-open = Die letzte Zahlung ist fehlgeschlagen. Bitte zahlen Sie, oder ändern Sie das Zahlungsmittel.
notice-unpaid = Eine Zahlung fehlt, deshalb ist Ihr Tarif abgeschaltet. Er kommt zurück, sobald sie da ist.
notice-incomplete = Die erste Zahlung ist noch nicht bestätigt. Ihr Tarif beginnt, sobald sie es ist.
notice-paused = Ihr Abonnement ruht.
notice-ending = { $plan } endet am { $date }. Bis dahin können Sie alles nutzen.
notice-scheduled = { $from } wechselt am { $date } zu { $to }.
notice-disputed =
    { $count ->
        [one] Eine Zahlung ist angefochten: { $number } Einheit ist gesperrt, bis darüber entschieden ist.
       *[other] Eine Zahlung ist angefochten: { $number } Einheiten sind gesperrt, bis darüber entschieden ist.
    }
notice-owed =
    { $count ->
        [one] { $number } Einheit war schon genutzt, als sie erstattet wurde.
       *[other] { $number } Einheiten waren schon genutzt, als sie erstattet wurden.
    }
notice-no-billing = Zahlungen sind hier noch nicht eingerichtet; Tarife lassen sich auf dieser Seite nicht ändern.
notice-looking = Sie sehen die Seite, wie dieser Kunde sie sieht. Ändern lässt sich hier nichts.
pay-now = Zahlung begleichen
resume-in-portal = Abonnement verwalten
undo-cancel = Tarif behalten
undo-change = Jetzigen Tarif behalten
ask-an-admin = Bitten Sie jemanden aus der Verwaltung Ihrer Organisation, den Tarif zu ändern oder mehr zu kaufen.
ask-these-admins = Den Tarif ändern oder mehr kaufen kann: { $names }

# Auf dem Weg zur Zahlungsseite.
away-title = Einen Moment
away-text = Sie werden zur sicheren Zahlungsseite gebracht.
away-link = Weiter

# Den Tarif ändern.
change-to = Wechsel zu { $plan }
due-today = { $amount } heute fällig.
due-nothing = Heute ist nichts fällig.
holds-at-once = Der neue Tarif gilt sofort.
holds-from = Der neue Tarif gilt ab { $date }; bis dahin ändert sich nichts.
meter = Kontingent
before = Jetzt
after = Dann
change-confirm = Änderung bestätigen
change-keep = Jetzigen Tarif behalten

# Kündigen.
cancel-title = { $plan } kündigen
cancel-until = Sie behalten { $plan } bis { $date }. Abgebucht wird nichts mehr.
cancel-then = Danach haben Sie { $plan }.
cancel-then-nothing = Danach haben Sie keinen Tarif.
cancel-keeps-bought = Was Sie einmalig gekauft haben, bleibt Ihnen.
cancel-can-be-undone = Bis dahin können Sie es sich auf der Abrechnungsseite anders überlegen.
why-leave = Warum gehen Sie? (freiwillig)
comment = Möchten Sie uns noch etwas sagen? (freiwillig)
cancel-confirm = Tarif kündigen
cancel-keep = Tarif behalten
reason-customer-service = Der Kundendienst
reason-low-quality = Die Qualität
reason-missing-features = Etwas fehlt
reason-other = Ein anderer Grund
reason-switched-service = Ich wechsle zu etwas anderem
reason-too-complex = Es ist zu kompliziert
reason-too-expensive = Es ist zu teuer
reason-unused = Ich nutze es nicht

# Was schiefgeht.
problem-forged = Das Formular wurde nicht angenommen, denn die Seite, auf der es steht, ist veraltet. Bitte öffnen Sie sie neu.
problem-link-over = Dieser Link wurde schon benutzt, oder seine Zeit ist um. Bitte lassen Sie sich einen neuen geben.
problem-forbidden = Das dürfen Sie hier nicht.
problem-not-found = Unter dieser Adresse gibt es nichts.
problem-rate-limited = Das war zu oft. Bitte warten Sie ein paar Minuten und versuchen Sie es dann noch einmal.
problem-unavailable = Das ist gerade nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.
problem-request = Das wurde nicht verstanden. Bitte versuchen Sie es noch einmal.
problem-internal = Bei uns ist etwas schiefgegangen. Es ist notiert.
problem-unauthenticated = E-Mail-Adresse oder Passwort stimmt nicht.
problem-email-taken = Zu dieser E-Mail-Adresse gibt es schon ein Konto.
problem-invalid-quantity = Diese Menge lässt sich nicht kaufen. Bitte wählen Sie eine andere.
problem-already-subscribed = Sie haben schon einen Tarif.
problem-same-plan = Diesen Tarif haben Sie schon.
problem-not-subscribed = Es gibt keinen Tarif, der sich kündigen oder ändern ließe.
problem-payment-overdue = Eine Zahlung ist überfällig. Bitte begleichen Sie sie zuerst.
problem-nothing-to-undo = Es gibt nichts mehr rückgängig zu machen.
problem-no-billing-account = Es wurde noch nichts bezahlt; deshalb gibt es noch keine Zahlungsangaben.
problem-not-set-up = Dieser Tarif lässt sich noch nicht bezahlen.
problem-not-configured = Zahlungen sind hier noch nicht eingerichtet.
problem-stripe-unavailable = Der Zahlungsdienst ist gerade nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.
problem-invalid-email = Das ist keine E-Mail-Adresse.
problem-invalid-password = Das Passwort muss 8 bis 128 Zeichen haben.
problem-invalid-name = Der Name muss 1 bis 100 Zeichen haben.
problem-registration-closed = Neue Konten gibt es nur auf Einladung.
