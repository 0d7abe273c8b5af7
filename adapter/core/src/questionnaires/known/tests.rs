//! Instruments by every name they come under.

use super::{Found, Known, Token};
use access_mappings::Profile;

fn name<'p>(found: Found<'p>) -> &'p str {
    match found {
        Found::One(found) => &found.code,
        Found::Several => "several",
        Found::Nothing => "",
    }
}

fn with<T>(change: impl FnOnce(&mut Profile), take: impl FnOnce(Known<'_>) -> T) -> T {
    let mut profile = access_mappings::example().unwrap();
    change(&mut profile);
    take(Known::new(&profile, profile.for_sender("", "")))
}

#[test]
fn canonicals_of_the_guide_and_of_others_name_their_instrument() {
    with(
        |_| (),
        |known| {
            let base = "http://example.org/Questionnaire/";
            for (url, wanted) in [
                ("PHQ9Questionnaire", "PHQ-9"),
                ("GAD7Questionnaire|0.9.12", "GAD-7"),
                ("WHODASQuestionnaire", "WHODAS"),
                ("BHPGICQuestionnaire", "PGIC-BH"),
                ("MSKPGICQuestionnaire", "PGIC-MSK"),
                ("PROMISPhysicalFunctionQuestionnaire", "PROMIS-PF"),
                ("PROMISPhysicalFunctionCATQuestionnaire", "PROMIS-PF-CAT"),
                ("PROMISPainInterferenceSFQuestionnaire", "PROMIS-PI"),
                ("PROMISPainInterferenceCATQuestionnaire", "PROMIS-PI-CAT"),
                ("PROMISNRSQuestionnaire", "PROMIS-NRS"),
                ("OswestryDisabilityIndexQuestionnaire", "ODI"),
                ("NeckDisabilityIndexQuestionnaire", "NDI"),
                ("QuickDASHQuestionnaire", "QuickDASH"),
                ("KOOSJRQuestionnaire", "KOOS-JR"),
                ("HOOSJRQuestionnaire", "HOOS-JR"),
                ("phq-9", "PHQ-9"),
                ("44249-1", "PHQ-9"),
                ("odi", "ODI"),
                ("promis-physical-function-6b", "PROMIS-PF"),
                ("promis-physical-function-8b", ""),
                ("promis-pain-interference-8a", ""),
                ("PROMIS-PF-10a", ""),
                ("phq-9-modified", ""),
                ("whodas-2.0-36", ""),
                ("understanding", ""),
                ("pgic", ""),
                ("17", ""),
            ] {
                assert_eq!(name(known.by_canonical(&format!("{base}{url}"))), wanted, "{url}");
            }
            assert_eq!(name(known.by_canonical("")), "");
        },
    );
}

#[test]
fn a_site_says_what_its_canonicals_are() {
    let configure = |profile: &mut Profile| {
        let canonical = "https://site.example/Questionnaire/17|2".to_owned();
        profile.reports.canonicals.insert("NDI".to_owned(), canonical);
    };
    with(configure, |known| assert_eq!(name(known.by_canonical("https://site.example/Questionnaire/17|1")), "NDI"));
}

#[test]
fn a_code_that_two_instruments_share_names_neither() {
    let system = "https://dsacms.github.io/cmmi-access-model/CodeSystem/ACCESSReportDataCompositionSectionCS";
    with(
        |_| (),
        |known| {
            assert_eq!(name(known.by_code(Token::local("PGIC", system))), "several");
            assert_eq!(name(known.by_code(Token::local("QuickDASH", system))), "QuickDASH");
            assert_eq!(name(known.by_code(Token::loinc("69737-5"))), "GAD-7");
            assert_eq!(name(known.by_code(Token::local("69737-5", "L"))), "");
            assert_eq!([known.by_name("koos jr"), known.by_name("PGIC")].map(name), ["KOOS-JR", ""]);
        },
    );
}

#[test]
fn items_name_their_instrument_where_only_one_has_most_of_them() {
    with(
        |_| (),
        |known| {
            let found = |codes: &[&'static str]| {
                let items: Vec<Vec<Token<'_>>> = codes.iter().map(|code| vec![Token::local(code, "")]).collect();
                name(known.by_items(None, &items))
            };
            assert_eq!(found(&["/44250-9", "/44249-1/44255-8", "44259-0"]), "PHQ-9");
            assert_eq!(found(&["69725-0", "68509-9"]), "GAD-7");
            // The short form and the bank share their items; the scores tell.
            assert_eq!(found(&["61758-9", "61769-6", "61773-8"]), "PROMIS-PI");
            assert_eq!(found(&["61758-9", "61769-6", "89924-5"]), "PROMIS-PI-CAT");
            assert_eq!(found(&["pgic-1"]), "several");
            assert_eq!(found(&["nothing", "total"]), "");
            // The ordinal of a LOINC code under another system is none.
            assert!(!known.is_known(Token::local("44250-9", "L")) && known.is_known(Token::loinc("44250-9")));
        },
    );
}
