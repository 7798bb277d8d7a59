//! Every rule in a sentence that is read here as it is printed, in English and in Spanish.
//! Long because both languages of every sentence stand beside the case that it is made from.

use super::*;

/// What a text is made from, and what stands after its label in English and in Spanish.
type Sentences = Vec<(Case, &'static str, &'static str)>;

#[test]
fn every_rule_is_said_as_a_reader_would_say_it() {
    let mut used: Vec<&str> = Vec::new();
    for (case, english, spanish) in [
        no_figure(),
        one_figure(),
        beside_an_earlier_one(),
        the_history(),
        against_the_history(),
        the_target(),
        still_open(),
        other_numbers(),
    ]
    .into_iter()
    .flatten()
    {
        for (case, expected) in [(case.clone(), english), (in_spanish(case), spanish)] {
            let told = case.told();
            let said = text(&told.phrases);
            // A percentage's sign does not leave its number at the end of a line.
            let expected = expected.replace(" %", "\u{a0}%");
            let after_label = said.strip_prefix(&format!("{}: ", case.label));
            assert_eq!(after_label, Some(expected.as_str()), "{:?}", told.rules);
            used.extend(told.rules);
        }
    }
    for rule in RULES {
        assert!(used.contains(&rule.id), "no sentence shows {}", rule.id);
    }
}

/// The same case as a Spanish report has it.
fn in_spanish(case: Case) -> Case {
    let of = |text: &str| {
        let known = [
            ("Exits to housing", "Salidas a una vivienda"),
            ("Clients served", "Personas atendidas"),
            ("Open cases per case manager", "Casos abiertos por gestor de casos"),
            ("Contacts per 100 client-months", "Contactos por cada 100 meses-persona"),
            ("Median length of stay", "Duración mediana de la estancia"),
            ("Change of need", "Cambio de la necesidad"),
            ("exits", "salidas"),
            ("enrollments", "inscripciones"),
            ("referrals", "derivaciones"),
            ("case managers", "gestores de casos"),
            ("client-months", "meses-persona"),
            ("intakes", "admisiones"),
            ("needs", "necesidades"),
            ("cases", "casos"),
            ("hours", "horas"),
            ("points", "puntos"),
            ("days", "días"),
            ("per 100 client-months", "por cada 100 meses-persona"),
            ("new intake team.", "nuevo equipo de admisión."),
        ];
        known.iter().find(|(english, _)| *english == text).map_or(text, |(_, spanish)| spanish).to_owned()
    };
    Case {
        words: Words::of_language("es").expect("Spanish is built in"),
        label: of(&case.label),
        counted: of(&case.counted),
        unit: match &case.unit {
            Unit::Number { decimals, of: unit } => Unit::Number { decimals: *decimals, of: of(unit) },
            other => other.clone(),
        },
        set_anew: case.set_anew.clone().map(|change| Change { why: of(&change.why), ..change }),
        ..case
    }
}

fn normal(case: Case) -> Case {
    Case { verdict: Now::Normal, ..case }
}

/// From 41% to 52%.
fn rose(verdict: Now) -> Case {
    Case { verdict, ..Case::after(23, 56) }
}

fn cohort() -> Period {
    Period::whole_months(12, date("2025-07-01"))
}

fn number(of: &str) -> Unit {
    Unit::Number { decimals: 1, of: of.into() }
}

fn no_figure() -> Sentences {
    vec![
        (
            Case { now: None, ..Case::exits() },
            "there is nothing to count in June 2026.",
            "no hay nada que contar en junio de 2026.",
        ),
        (noted(Note::NoData), "there is nothing to count in June 2026.", "no hay nada que contar en junio de 2026."),
        (
            Case { absent: vec!["exits.destination".into()], ..Case::after(23, 56) },
            "this is not collected, as the export has no exits.destination.",
            "este dato no se recoge, porque la exportación no tiene exits.destination.",
        ),
        (noted(Note::NotCollected), "this is not collected.", "este dato no se recoge."),
        (
            noted(Note::NotReached),
            "fewer than half have got there so far in June 2026, so there is no median yet.",
            "hasta ahora lo ha alcanzado menos de la mitad de los casos en junio de 2026, así que aún no hay mediana.",
        ),
        (
            noted(Note::TooFew),
            "there are too few to give a figure in June 2026.",
            "los casos son muy pocos para dar una cifra en junio de 2026.",
        ),
        (
            noted(Note::FollowUpIncomplete),
            "this cannot be told yet in June 2026, as not everybody has been followed long enough.",
            "esto aún no puede decirse en junio de 2026, porque no a todos los casos se les ha dado seguimiento el tiempo \
              suficiente.",
        ),
        (
            Case { audience: Audience::Public, ..rose(signal(Signal::Worse, false, Course::Lasting)) }
                .now(|e| *e = share(&month("2026-06"), 8, 60)),
            "the figure in June 2026 is withheld, to protect small groups of people.",
            "la cifra se reserva en junio de 2026, para proteger a los grupos pequeños.",
        ),
    ]
}

fn one_figure() -> Sentences {
    vec![
        (
            normal(Case::exits()),
            "the share was 52% (31 of 60 exits) in June 2026; within its normal variation.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026; dentro de su variación normal.",
        ),
        (
            Case::exits(),
            "the share was 52% (31 of 60 exits) in June 2026. There are too few months yet to say what is normal.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026. Aún hay muy pocos meses para decir qué es lo \
             normal.",
        ),
        (
            normal(Case::exits().now(|e| *e = share(&month("2026-06"), 1, 1))),
            "the share was 100% (1 of 1) in June 2026, too few to say more.",
            "la proporción fue de 100 % (1 de 1) en junio de 2026, muy pocos casos para decir más.",
        ),
    ]
}

fn beside_an_earlier_one() -> Sentences {
    vec![
        (
            rose(Now::Normal),
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; within its \
             normal variation.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; dentro \
             de su variación normal.",
        ),
        (
            normal(Case::after(40, 56)),
            "the share fell from 71% (40 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; within its \
             normal variation.",
            "la proporción bajó de 71 % (40 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; dentro de \
              su variación normal.",
        ),
        (
            normal(Case::after(62, 120)),
            "the share was 52% (31 of 60 exits) in June 2026, the same as in June 2025 (62 of 120); within its normal variation.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026, igual que en junio de 2025 (62 de 120); \
             dentro de su variación normal.",
        ),
        (
            normal(Case::after(3, 9)),
            "the share was 52% (31 of 60 exits) in June 2026, after 33% (3 of 9) in June 2025, too few to \
             compare with; within its normal variation.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026, frente a 33 % (3 de 9) en junio de 2025, muy \
             pocos casos para comparar; dentro de su variación normal.",
        ),
        (
            normal(Case { audience: Audience::Funder, ..Case::after(3, 56) }),
            "the share was 52% (31 of 60 exits) in June 2026, the figure in June 2025 being withheld; within its \
             normal variation.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026; la cifra anterior, en junio de 2025, se \
             reserva; dentro de su variación normal.",
        ),
        (
            normal(Case {
                earlier: Some((Which::PeriodBefore, month("2026-05"), share(&month("2026-05"), 20, 50))),
                ..Case::exits()
            }),
            "the share rose from 40% (20 of 50 exits) in May 2026 to 52% (31 of 60) in June 2026; within its \
             normal variation.",
            "la proporción subió de 40 % (20 de 50 salidas) en mayo de 2026 a 52 % (31 de 60) en junio de 2026; dentro de \
              su variación normal.",
        ),
        (
            normal(Case {
                period: cohort(),
                now: Some(share(&cohort(), 110, 474)),
                earlier: Some((
                    Which::YearBefore,
                    cohort().months_before(12),
                    share(&cohort().months_before(12), 98, 391),
                )),
                ..Case::exits()
            }),
            "the share fell from 25% (98 of 391 exits) a year before to 23% (110 of 474) over July 2024 to June 2025; month by \
             month, within its normal variation.",
            "la proporción bajó de 25 % (98 de 391 salidas) un año antes a 23 % (110 de 474) en el período de julio de \
             2024 a junio de 2025; mes a mes, dentro de su variación normal.",
        ),
    ]
}

fn the_history() -> Sentences {
    vec![
        (
            Case {
                set_anew: Some(Change { from: date("2026-01-15"), why: "new intake team.".into() }),
                ..rose(Now::Normal)
            },
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; within its normal variation \
             since 15 January 2026, when it was set anew (new intake team).",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; dentro \
             de su variación normal desde el 15 de enero de 2026, cuando se fijó de nuevo (nuevo equipo de admisión).",
        ),
        (
            rose(signal(Signal::Better, true, Course::GoingOn)),
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; a real rise since February \
             2026, for the better.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; un \
             aumento real desde febrero de 2026, para mejor.",
        ),
        (
            rose(signal(Signal::Worse, true, Course::GoingOn)),
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; a real rise since February \
             2026, for the worse.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; un \
             aumento real desde febrero de 2026, para peor.",
        ),
        (
            rose(signal(Signal::None, true, Course::GoingOn)),
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; a real rise \
             since February 2026.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; un \
             aumento real desde febrero de 2026.",
        ),
        (
            rose(signal(Signal::Better, true, Course::OneMonth)),
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; above its expected range in \
             June 2026 only, for the better.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; por encima \
             de su intervalo esperado solo en junio de 2026, para mejor.",
        ),
        (
            rose(signal(Signal::Worse, false, Course::OneMonth)),
            "the share was 52% (31 of 60 exits) in June 2026, after 41% (23 of 56) in June 2025; below its expected range in \
             June 2026 only, for the worse.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026, frente a 41 % (23 de 56) en junio de 2025; por \
             debajo de su intervalo esperado solo en junio de 2026, para peor.",
        ),
        (
            rose(signal(Signal::None, true, Course::OneMonth)),
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; above its expected range in \
             June 2026 only.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; por encima \
             de su intervalo esperado solo en junio de 2026.",
        ),
        (
            rose(signal(Signal::Better, true, Course::Lasting)),
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; a lasting change for the \
             better since February 2026.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; un \
             cambio duradero para mejor desde febrero de 2026.",
        ),
        (
            rose(signal(Signal::Worse, true, Course::Lasting)),
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; a lasting change for the \
             worse since February 2026.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; un \
             cambio duradero para peor desde febrero de 2026.",
        ),
        (
            rose(signal(Signal::None, true, Course::Lasting)),
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026; a lasting change since \
             February 2026.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026; un \
             cambio duradero desde febrero de 2026.",
        ),
    ]
}

/// The numbers go up, the history says down: it is not about last June.
fn against_the_history() -> Sentences {
    vec![
        (
            rose(signal(Signal::Worse, false, Course::GoingOn)),
            "the share was 52% (31 of 60 exits) in June 2026, after 41% (23 of 56) in June 2025; against its usual range, a real \
             drop since February 2026, for the worse.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026, frente a 41 % (23 de 56) en junio de 2025; en \
              contra de lo habitual, un descenso real desde febrero de 2026, para peor.",
        ),
        (
            Case { verdict: signal(Signal::Worse, false, Course::Lasting), ..Case::after(62, 120) },
            "the share was 52% (31 of 60 exits) in June 2026, the same as in June 2025 (62 of 120); against its usual range, a lasting \
             change for the worse since February 2026.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026, igual que en junio de 2025 (62 de 120); en \
             contra de lo habitual, un cambio duradero para peor desde febrero de 2026.",
        ),
        // A single month is too small, several together are not.
        (
            rose(signal(Signal::Worse, true, Course::GoingOn)).now(|e| *e = share(&month("2026-06"), 4, 6)),
            "the share was 67% (4 of 6 exits) in June 2026, after 41% (23 of 56) in June 2025: too few to compare.",
            "la proporción fue de 67 % (4 de 6 salidas) en junio de 2026, frente a 41 % (23 de 56) en junio de 2025: muy \
             pocos casos para comparar.",
        ),
        (
            rose(signal(Signal::Worse, true, Course::Lasting)).now(|e| *e = share(&month("2026-06"), 4, 6)),
            "the share was 67% (4 of 6 exits) in June 2026, after 41% (23 of 56) in June 2025: too few to compare; but month by \
             month, a lasting change for the worse since February 2026.",
            "la proporción fue de 67 % (4 de 6 salidas) en junio de 2026, frente a 41 % (23 de 56) en junio de 2025: muy \
             pocos casos para comparar; pero mes a mes, un cambio duradero para peor desde febrero de 2026.",
        ),
        (
            Case { verdict: Now::Stock, ..Case::after(23, 56) },
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026. It has no expected range, as \
             the same people are counted month after month.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026. No tiene \
              intervalo esperado, porque se cuenta a las mismas personas mes tras mes.",
        ),
        (
            Case { verdict: Now::Withheld, ..Case::after(23, 56) },
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (31 of 60) in June 2026. Some of its months are \
             withheld, so whether it changed month by month cannot be told here.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (31 de 60) en junio de 2026. Algunos de \
             sus meses están reservados, así que aquí no puede decirse si ha cambiado mes a mes.",
        ),
    ]
}

fn the_target() -> Sentences {
    vec![
        (
            with_status(Case::exits().now(|e| *e = share(&month("2026-06"), 40, 60)), Status::Met),
            "the share was 67% (40 of 60 exits) in June 2026; within its normal variation. The target of at least \
             65% is met.",
            "la proporción fue de 67 % (40 de 60 salidas) en junio de 2026; dentro de su variación normal. La \
             meta (mínimo 65 %) se cumple.",
        ),
        (
            Case { direction: Direction::Lower, ..with_status(Case::exits(), Status::Met) },
            "the share was 52% (31 of 60 exits) in June 2026; within its normal variation. The target of at most \
             65% is met.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026; dentro de su variación normal. La \
             meta (máximo 65 %) se cumple.",
        ),
        (
            Case { direction: Direction::Neutral, ..with_status(Case::exits(), Status::NotMet) },
            "the share was 52% (31 of 60 exits) in June 2026; within its normal variation. The target of 65% is not met.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026; dentro de su variación normal. La \
             meta (65 %) no se cumple.",
        ),
        (
            with_status(Case::exits().now(|e| *e = share(&month("2026-06"), 37, 60)), Status::Near),
            "the share was 62% (37 of 60 exits) in June 2026; within its normal variation. It is near the target of at least 65% \
             without meeting it.",
            "la proporción fue de 62 % (37 de 60 salidas) en junio de 2026; dentro de su variación normal. Está \
             cerca de la meta (mínimo 65 %), sin cumplirla.",
        ),
        (
            with_status(Case::exits().now(|e| *e = share(&month("2026-06"), 647, 1000)), Status::Near),
            "the share was 65% (647 of 1,000 exits) in June 2026; within its normal variation. The target of at least 65% is \
             missed by a hair.",
            "la proporción fue de 65 % (647 de 1,000 salidas) en junio de 2026; dentro de su variación normal. La \
             meta (mínimo 65 %) no se cumple por muy poco.",
        ),
        (
            Case { beyond_chance: true, ..with_status(Case::exits(), Status::NotMet) },
            "the share was 52% (31 of 60 exits) in June 2026; within its normal variation. The target of at least 65% is not \
             met, by more than chance would explain.",
            "la proporción fue de 52 % (31 de 60 salidas) en junio de 2026; dentro de su variación normal. La \
             meta (mínimo 65 %) no se cumple, por un margen mayor del que explicaría el azar.",
        ),
        (
            Case {
                at_length: Some((cohort(), share(&cohort(), 667, 1130))),
                ..with_status(Case::exits().now(|e| *e = share(&month("2026-06"), 75, 115)), Status::Met)
            },
            "the share was 65% (75 of 115 exits) in June 2026; within its normal variation. The target of at least 65% is met. \
             Over July 2024 to June 2025, though, it is missed by more than chance would explain, with 59% (667 of 1,130 exits).",
            "la proporción fue de 65 % (75 de 115 salidas) en junio de 2026; dentro de su variación normal. La \
             meta (mínimo 65 %) se cumple. En el período de julio de 2024 a junio de 2025, sin embargo, no se \
             cumple, por un margen mayor del que explicaría el azar: 59 % (667 de 1,130 salidas).",
        ),
        (
            Case {
                at_length: Some((cohort(), share(&cohort(), 31, 97))),
                ..with_status(Case::exits().now(|e| *e = share(&month("2026-06"), 3, 6)), Status::TooFew)
            },
            "the share was 50% (3 of 6 exits) in June 2026, too few to say more. Over July 2024 to June 2025, the target of at \
             least 65% is missed by more than chance would explain, with 32% (31 of 97 exits).",
            "la proporción fue de 50 % (3 de 6 salidas) en junio de 2026, muy pocos casos para decir más. En el \
             período de julio de 2024 a junio de 2025, la meta (mínimo 65 %) no se cumple, por un margen mayor del que explicaría el azar: 32 % (31 de \
             97 salidas).",
        ),
        (
            with_status(Case::exits().now(|e| *e = share(&month("2026-06"), 3, 6)), Status::TooFew),
            "the share was 50% (3 of 6 exits) in June 2026, too few to say more. That is too few to hold against the target of at \
             least 65%.",
            "la proporción fue de 50 % (3 de 6 salidas) en junio de 2026, muy pocos casos para decir más. Son muy \
             pocos casos para medirlos frente a la meta (mínimo 65 %).",
        ),
    ]
}

fn still_open() -> Sentences {
    vec![
        (
            Case { tested: Some(month("2026-05")), ..with_status(Case::after(23, 56), Status::NotMet) }
                .now(|e| e.period.partial = true),
            "the share was 52% (31 of 60 exits) so far in June 2026, after 41% (23 of 56) in June 2025; up to May 2026, within its \
             normal variation. The target of at least 65% is not met so far. The period is not over, so this may still change.",
            "la proporción fue de 52 % (31 de 60 salidas) en lo que va de junio de 2026, frente a 41 % (23 de 56) \
             en junio de 2025; hasta mayo de 2026, dentro de su variación normal. La meta (mínimo 65 %) no se \
             cumple por ahora. El período no ha terminado, así que esto aún puede cambiar.",
        ),
        (
            Case { provisional: true, ..rose(Now::Normal) }.now(|e| {
                e.numerator = None;
                e.censored = Some(3);
            }),
            "the share rose from 41% (23 of 56 exits) in June 2025 to 52% (of 60) in June 2026; within its normal variation. Not \
             all of them have been followed long enough, so this may still change.",
            "la proporción subió de 41 % (23 de 56 salidas) en junio de 2025 a 52 % (de 60) en junio de 2026; dentro de \
             su variación normal. No a todos los casos se les ha dado seguimiento el tiempo suficiente, así que esto aún \
             puede cambiar.",
        ),
    ]
}

fn other_numbers() -> Sentences {
    let (june, before) = (month("2026-06"), month("2025-06"));
    vec![
        (
            other(
                "Clients served",
                Unit::Count,
                "enrollments",
                value(&june, Statistic::Clients, 1325.0, None),
                value(&before, Statistic::Clients, 269.0, None),
            ),
            "the number rose from 269 in June 2025 to 1,325 in June 2026; within its normal variation.",
            "el número subió de 269 en junio de 2025 a 1,325 en junio de 2026; dentro de su variación normal.",
        ),
        (
            other(
                "Open cases per case manager",
                number("cases"),
                "case managers",
                value(&june, Statistic::Mean, 20.04, Some(15.0)),
                value(&before, Statistic::Mean, 16.2, Some(14.0)),
            ),
            "the mean rose from 16.2 cases (14 case managers) in June 2025 to 20.0 (15 case managers) in June 2026; within its \
             normal variation.",
            "la media subió de 16.2 casos (14 gestores de casos) en junio de 2025 a 20.0 (15 gestores de casos) en junio \
             de 2026; dentro de su variación normal.",
        ),
        (
            other(
                "Contacts per 100 client-months",
                number("per 100 client-months"),
                "client-months",
                Estimate { numerator: Some(404.0), ..value(&june, Statistic::Rate, 139.6, Some(289.4)) },
                Estimate { numerator: Some(412.0), ..value(&before, Statistic::Rate, 150.1, Some(274.4)) },
            ),
            "the rate fell from 150.1 (412 in 274 client-months) in June 2025 to 139.6 (404 in 289) in June 2026; within its \
             normal variation.",
            "la tasa bajó de 150.1 (412 en 274 meses-persona) en junio de 2025 a 139.6 (404 en 289) en junio de 2026; \
             dentro de su variación normal.",
        ),
        (
            other(
                "Median length of stay",
                Unit::Number { decimals: 0, of: "days".into() },
                "intakes",
                value(&june, Statistic::MedianDays, 101.0, Some(44.0)),
                value(&before, Statistic::MedianDays, 95.0, Some(51.0)),
            ),
            "the median rose from 95 days (51 intakes) in June 2025 to 101 (44 intakes) in June 2026; within its \
             normal variation.",
            "la mediana subió de 95 días (51 admisiones) en junio de 2025 a 101 (44 admisiones) en junio de 2026; dentro \
             de su variación normal.",
        ),
        (
            other(
                "Change of need",
                number("points"),
                "needs",
                value(&june, Statistic::MeanChange, -0.31, Some(44.0)),
                value(&before, Statistic::MeanChange, 0.2, Some(51.0)),
            ),
            "the mean change fell from 0.2 points (51 needs) in June 2025 to −0.3 (44 needs) in June 2026; within its normal \
             variation.",
            "el cambio medio bajó de 0.2 puntos (51 necesidades) en junio de 2025 a −0.3 (44 necesidades) en junio de \
             2026; dentro de su variación normal.",
        ),
        (
            Case {
                unit: number("hours"),
                now: Some(value(&june, Statistic::Mean, 1.9, Some(1.0))),
                ..normal(Case::exits())
            },
            "the mean was 1.9 hours (one alone) in June 2026, too few to say more.",
            "la media fue de 1.9 horas (un solo caso) en junio de 2026, muy pocos casos para decir más.",
        ),
        (
            Case {
                now: Some(Estimate {
                    events: Some(30),
                    censored: Some(0),
                    ..value(&june, Statistic::ShareByDay, 0.731_7, Some(41.0))
                }),
                counted: "referrals".into(),
                ..normal(Case::exits())
            },
            "the share was 73% (30 of 41 referrals) in June 2026; within its normal variation.",
            "la proporción fue de 73 % (30 de 41 derivaciones) en junio de 2026; dentro de su variación normal.",
        ),
    ]
}
