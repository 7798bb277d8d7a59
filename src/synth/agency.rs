//! The made-up agency: four programs, their people, partners and levels. Everything that is "true" stands here.

use super::curve::{Curve, Knot, Race};

/// A code and its weight among the others.
pub type Weights = &'static [(&'static str, i32)];

/// One program as it is written down. Shares in knots and probabilities are thousandths.
pub struct Program {
    pub id: &'static str,
    pub name: &'static str,
    pub setting: &'static str,
    pub site: &'static str,
    pub funder: &'static str,
    pub opened_on: &'static str,
    /// The program's own standard: days from referral to first service.
    pub service_start_days: i32,
    /// Weight among the programs that clients are first referred to.
    pub demand: i32,
    pub ages: (i32, i32),
    pub managers_per_thousand_clients: i32,
    pub round_the_clock: bool,
    /// Referral to first direct service, and to leaving before any.
    pub served: &'static [Knot],
    pub gone: &'static [Knot],
    /// The same from the planted improvement on.
    pub improved: Option<(&'static [Knot], &'static [Knot])>,
    /// Intake to first assessment, to first plan, to exit.
    pub assessed: &'static [Knot],
    pub planned: &'static [Knot],
    pub stay: &'static [Knot],
    /// Exit to the first counted return, and to death before it.
    pub returned: &'static [Knot],
    pub died: &'static [Knot],
    pub return_kinds: Weights,
    /// Of the people who return, how many are referred again.
    pub referred_again: i32,
    pub exit_reasons: Weights,
    pub destinations: Weights,
    pub goal_achieved: i32,
    pub goal_domains: Weights,
    pub connected: i32,
    pub referral_types: Weights,
    pub noted_in_time: i32,
    pub crisis_answered: i32,
    pub satisfied: i32,
    pub services: Weights,
    /// Days from one service to the next.
    pub service_gaps: &'static [(i32, i32)],
    pub recipients: Weights,
    pub partners: Weights,
    /// Days between contacts with other professionals, and between emergencies, on average.
    pub contact_gap: i32,
    pub incident_gap: i32,
    pub incident_kinds: Weights,
    pub referral_sources: Weights,
}

/// A program with its curves drawn.
pub struct Model {
    pub program: &'static Program,
    pub wait: Race,
    pub improved_wait: Option<Race>,
    pub assessed: Curve,
    pub planned: Curve,
    pub stay: Curve,
    pub after_exit: Race,
}

impl Model {
    pub fn of(program: &'static Program) -> Self {
        Self {
            program,
            wait: Race::between(program.served, program.gone),
            improved_wait: program.improved.map(|(served, gone)| Race::between(served, gone)),
            assessed: Curve::through(program.assessed),
            planned: Curve::through(program.planned),
            stay: Curve::through(program.stay),
            after_exit: Race::between(program.returned, program.died),
        }
    }
}

/// Exit reasons that count as success, and those that count neither way.
pub const SUCCESSFUL: [&str; 2] = ["completed", "partially_completed"];
pub const NEITHER: [&str; 3] = ["deceased", "transferred", "moved"];

/// Why people leave before any service.
pub const GONE_REASONS: Weights = &[("withdrew", 40), ("lost_contact", 27), ("ineligible", 27), ("other", 6)];

/// From the planted deterioration on, the partners marked as short of places connect this many thousandths of the
/// referrals they connected before.
pub const SHORT_CONNECTS: i32 = 240;

/// A partner organization.
pub struct Provider {
    pub name: &'static str,
    pub partner_type: &'static str,
    /// Weight among the partners referred to.
    pub referrals: i32,
    /// Short of places since the planted deterioration.
    pub short: bool,
}

const fn provider(name: &'static str, partner_type: &'static str, referrals: i32, short: bool) -> Provider {
    Provider { name, partner_type, referrals, short }
}

/// A kind of partner that the contract does not list; its list is open.
pub const NEW_PARTNER_TYPE: &str = "faith_community";

pub static PROVIDERS: [Provider; 12] = [
    provider("Bayside Housing Trust", "housing", 26, true),
    provider("Lakeview Counseling Center", "mental_health", 19, true),
    provider("Northgate Recovery", "substance_use_treatment", 10, false),
    provider("Community Health Clinic", "medical", 10, false),
    provider("WorkFirst Job Center", "job_search", 9, false),
    provider("County Legal Aid, Inc.", "legal", 6, false),
    provider("St. Anne's Pantry", NEW_PARTNER_TYPE, 8, false),
    provider("Unified School District", "school", 4, false),
    provider("Superior Court", "court", 0, false),
    provider("Harbor Police Department", "law_enforcement", 0, false),
    provider("Meals and Rides for Seniors", "other", 5, false),
    provider("Family Resource Network", "family", 3, false),
];

pub static PROGRAMS: [Program; 4] = [
    Program {
        id: "PRG1",
        name: "Harbor Housing",
        setting: "homeless_services",
        site: "Pier Street",
        funder: "City Housing Department",
        opened_on: "2012-03-01",
        service_start_days: 14,
        demand: 42,
        ages: (18, 70),
        managers_per_thousand_clients: 4,
        round_the_clock: false,
        served: &[(0, 20), (3, 100), (7, 240), (14, 440), (30, 670), (60, 790), (120, 820)],
        gone: &[(0, 0), (7, 30), (14, 60), (30, 100), (60, 140), (120, 180)],
        improved: Some((
            &[(0, 90), (3, 380), (7, 640), (14, 860), (30, 895), (60, 905), (120, 910)],
            &[(0, 0), (7, 20), (14, 35), (30, 55), (60, 75), (120, 90)],
        )),
        assessed: &[(0, 240), (7, 600), (14, 770), (30, 910), (60, 960), (90, 975)],
        planned: &[(0, 120), (7, 360), (14, 610), (30, 860), (60, 950), (90, 970)],
        stay: &[(30, 0), (60, 110), (90, 250), (180, 560), (365, 890), (540, 1000)],
        returned: &[(0, 0), (30, 35), (90, 90), (182, 155), (365, 245), (730, 340), (1095, 390)],
        died: &[(0, 0), (365, 6), (730, 12), (1095, 18)],
        return_kinds: &[("return_to_homelessness", 1)],
        referred_again: 450,
        exit_reasons: &[
            ("completed", 44),
            ("partially_completed", 12),
            ("lost_contact", 17),
            ("withdrew", 9),
            ("noncompliance", 5),
            ("moved", 5),
            ("transferred", 4),
            ("incarcerated", 2),
            ("deceased", 1),
            ("other", 1),
        ],
        destinations: &[("rental_subsidized", 38), ("rental", 22), ("family", 18), ("shelter", 14), ("street", 8)],
        goal_achieved: 560,
        goal_domains: &[("housing", 38), ("income", 20), ("employment", 18), ("health", 12), ("benefits", 12)],
        connected: 560,
        referral_types: &[("housing", 45), ("mental_health", 20), ("employment", 20), ("health", 15)],
        noted_in_time: 930,
        crisis_answered: 880,
        satisfied: 800,
        services: &[
            ("case_management", 50),
            ("counseling", 9),
            ("advocacy", 14),
            ("transport", 10),
            ("home_visit", 10),
            ("group", 6),
            ("other", 1),
        ],
        service_gaps: &[(1, 23), (2, 27), (3, 21), (4, 13), (5, 7), (6, 4), (7, 3), (10, 2)],
        recipients: &[("client", 82), ("family", 6), ("both", 12)],
        partners: &[("housing", 50), ("medical", 15), ("job_search", 15), ("mental_health", 20)],
        contact_gap: 26,
        incident_gap: 620,
        incident_kinds: &[("eviction", 40), ("medical", 25), ("violence", 15), ("overdose", 10), ("suicide_risk", 10)],
        referral_sources: &[("shelter", 35), ("self", 30), ("hospital", 12), ("outreach", 23)],
    },
    Program {
        id: "PRG2",
        name: "Fresh Start",
        setting: "probation",
        site: "Court Square",
        funder: "County Probation Department",
        opened_on: "2016-09-01",
        service_start_days: 10,
        demand: 26,
        ages: (18, 60),
        managers_per_thousand_clients: 2,
        round_the_clock: true,
        served: &[(0, 40), (7, 340), (14, 590), (30, 790), (60, 865), (120, 880)],
        gone: &[(0, 0), (7, 20), (14, 40), (30, 70), (60, 100), (120, 120)],
        improved: None,
        assessed: &[(0, 300), (7, 680), (14, 830), (30, 940), (60, 970), (90, 980)],
        planned: &[(0, 150), (7, 420), (14, 660), (30, 890), (60, 960), (90, 975)],
        stay: &[(30, 0), (60, 50), (90, 120), (180, 450), (365, 880), (540, 1000)],
        returned: &[(0, 0), (30, 20), (90, 75), (182, 150), (365, 280), (730, 410), (1095, 480)],
        died: &[(0, 0), (365, 3), (730, 7), (1095, 10)],
        return_kinds: &[("arrest", 82), ("conviction", 18)],
        referred_again: 350,
        exit_reasons: &[
            ("completed", 55),
            ("partially_completed", 7),
            ("noncompliance", 15),
            ("incarcerated", 9),
            ("lost_contact", 5),
            ("transferred", 5),
            ("moved", 2),
            ("deceased", 1),
            ("other", 1),
        ],
        destinations: &[("own_home", 55), ("family", 30), ("jail", 9), ("other", 6)],
        goal_achieved: 560,
        goal_domains: &[("employment", 30), ("substance_use", 25), ("legal", 20), ("education", 10), ("housing", 15)],
        connected: 580,
        referral_types: &[("substance_use_treatment", 35), ("employment", 30), ("housing", 20), ("mental_health", 15)],
        noted_in_time: 950,
        crisis_answered: 920,
        satisfied: 760,
        services: &[
            ("case_management", 52),
            ("counseling", 14),
            ("group", 14),
            ("court_report", 6),
            ("transport", 5),
            ("advocacy", 5),
            ("home_visit", 4),
        ],
        service_gaps: &[(1, 21), (2, 27), (3, 22), (4, 14), (5, 7), (6, 4), (7, 3), (10, 2)],
        recipients: &[("client", 92), ("family", 3), ("both", 5)],
        partners: &[("probation", 40), ("court", 20), ("law_enforcement", 10), ("substance_use_treatment", 30)],
        contact_gap: 20,
        incident_gap: 900,
        incident_kinds: &[("violence", 35), ("overdose", 30), ("suicide_risk", 15), ("medical", 20)],
        referral_sources: &[("court", 70), ("probation_officer", 25), ("self", 5)],
    },
    Program {
        id: "PRG3",
        name: "Safe at Home",
        setting: "child_protection",
        site: "Maple Avenue",
        funder: "State Child Welfare Agency",
        opened_on: "2009-07-01",
        service_start_days: 7,
        demand: 18,
        ages: (0, 17),
        managers_per_thousand_clients: 2,
        round_the_clock: false,
        served: &[(0, 80), (3, 260), (7, 430), (14, 630), (30, 800), (60, 875), (120, 890)],
        gone: &[(0, 0), (7, 20), (14, 30), (30, 60), (60, 90), (120, 110)],
        improved: None,
        assessed: &[(0, 350), (7, 720), (14, 850), (30, 950), (60, 980)],
        planned: &[(0, 140), (7, 400), (14, 650), (30, 880), (60, 960), (90, 980)],
        stay: &[(30, 0), (60, 80), (120, 330), (180, 580), (270, 820), (420, 1000)],
        returned: &[(0, 0), (30, 15), (90, 40), (182, 80), (365, 140), (730, 210), (1095, 250)],
        died: &[(0, 0), (1095, 2)],
        return_kinds: &[("substantiated_maltreatment", 1)],
        referred_again: 350,
        exit_reasons: &[
            ("completed", 56),
            ("partially_completed", 11),
            ("withdrew", 12),
            ("transferred", 7),
            ("moved", 6),
            ("noncompliance", 5),
            ("lost_contact", 2),
            ("other", 1),
        ],
        destinations: &[("own_home", 74), ("kin", 16), ("foster_care", 10)],
        goal_achieved: 620,
        goal_domains: &[("safety", 35), ("family", 30), ("education", 15), ("mental_health", 20)],
        connected: 620,
        referral_types: &[("mental_health", 35), ("family_support", 30), ("health", 20), ("housing", 15)],
        noted_in_time: 940,
        crisis_answered: 940,
        satisfied: 770,
        services: &[
            ("home_visit", 34),
            ("case_management", 30),
            ("counseling", 18),
            ("advocacy", 8),
            ("court_report", 4),
            ("transport", 6),
        ],
        service_gaps: &[(1, 22), (2, 27), (3, 21), (4, 14), (5, 7), (6, 4), (7, 3), (10, 2)],
        recipients: &[("client", 22), ("family", 38), ("both", 40)],
        partners: &[("school", 30), ("child_welfare", 30), ("court", 15), ("medical", 10), ("family", 15)],
        contact_gap: 18,
        incident_gap: 800,
        incident_kinds: &[("abuse_report", 55), ("missing", 15), ("violence", 20), ("suicide_risk", 10)],
        referral_sources: &[("hotline", 45), ("school", 30), ("police", 15), ("hospital", 10)],
    },
    Program {
        id: "PRG4",
        name: "Golden Years",
        setting: "elder_care",
        site: "Elm House",
        funder: "Area Agency on Aging",
        opened_on: "2005-01-01",
        service_start_days: 14,
        demand: 14,
        ages: (62, 94),
        managers_per_thousand_clients: 2,
        round_the_clock: false,
        served: &[(0, 20), (7, 240), (14, 500), (30, 720), (60, 820), (120, 850)],
        gone: &[(0, 0), (7, 20), (14, 50), (30, 85), (60, 120), (120, 150)],
        improved: None,
        assessed: &[(0, 220), (7, 580), (14, 760), (30, 900), (60, 960), (90, 975)],
        planned: &[(0, 100), (7, 330), (14, 590), (30, 850), (60, 940), (90, 970)],
        stay: &[(30, 0), (90, 130), (180, 370), (365, 740), (540, 920), (720, 1000)],
        returned: &[(0, 0), (30, 40), (90, 100), (182, 175), (365, 270), (730, 380), (1095, 450)],
        died: &[(0, 0), (182, 25), (365, 50), (730, 95), (1095, 130)],
        return_kinds: &[("hospital_admission", 1)],
        referred_again: 250,
        exit_reasons: &[
            ("completed", 46),
            ("partially_completed", 15),
            ("withdrew", 11),
            ("hospitalized", 10),
            ("deceased", 7),
            ("moved", 5),
            ("transferred", 4),
            ("other", 2),
        ],
        destinations: &[("own_home", 62), ("assisted_living", 20), ("nursing_home", 12), ("family", 6)],
        goal_achieved: 590,
        goal_domains: &[("health", 40), ("life_skills", 20), ("social_support", 25), ("benefits", 15)],
        connected: 570,
        referral_types: &[("health", 45), ("meals", 25), ("transport", 20), ("mental_health", 10)],
        noted_in_time: 910,
        crisis_answered: 900,
        satisfied: 870,
        services: &[
            ("case_management", 38),
            ("home_visit", 30),
            ("transport", 14),
            ("counseling", 6),
            ("advocacy", 8),
            ("group", 4),
        ],
        service_gaps: &[(1, 20), (2, 26), (3, 22), (4, 15), (5, 8), (6, 4), (7, 3), (10, 2)],
        recipients: &[("client", 70), ("family", 8), ("both", 22)],
        partners: &[("medical", 60), ("mental_health", 10), ("family", 15), ("other", 15)],
        contact_gap: 24,
        incident_gap: 700,
        incident_kinds: &[("medical", 70), ("missing", 15), ("abuse_report", 15)],
        referral_sources: &[("hospital", 40), ("family", 35), ("self", 15), ("physician", 10)],
    },
];
