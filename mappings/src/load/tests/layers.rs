//! Layers: what lies over what, folders over built-in files, and the document that comes out.

use super::{SITE, lint_site, report, shown, site};
use crate::{
    EventEffect, MAX_PROFILE_BYTES, MbiCarrier, PlanClass, Profile, ProfileError, Sources, TriggerMode, example, load,
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A mappings folder of one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("access-mappings-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let full = self.0.join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
        self
    }

    fn sources(&self) -> Sources {
        Sources::embedded().with_folder(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn resolved(text: &str) -> Profile {
    let report = report(text);
    let shown = shown(&report.findings);
    report.profile.unwrap_or_else(|| panic!("{shown:#?}"))
}

#[test]
fn a_site_of_three_lines_and_a_participant_is_complete() {
    let report = report(SITE);
    assert_eq!(shown(&report.findings), Vec::<String>::new());
    let profile = report.profile.unwrap();
    assert_eq!((profile.name.as_str(), profile.default_charset.as_str()), ("site", "windows-1252"));
    assert!(!profile.mbi.allow_placeholders && profile.participants[0].states.is_empty());
}

#[test]
fn tables_are_merged_key_by_key_and_values_replaced() {
    let base = resolved(SITE);
    let profile = resolved(&format!(
        "{SITE}[events]\n\"ADT^A05\" = {{ screens = false }}\n\"BAR^Q99\" = {{ effect = \"snapshot\" }}\n\
         [triggers.screen]\nmode = \"hold\"\n[identity.sex]\n1 = \"male\"\n[coverage.codes]\nMC = \"original-medicare\"\n"
    ));
    assert_eq!(profile.events.get("ADT^A05").unwrap().effect, EventEffect::Snapshot);
    let screens = |event| profile.events.get(event).unwrap().screens;
    assert!(!screens("ADT^A05") && screens("ADT^A04"));
    assert_eq!(profile.events.len(), base.events.len() + 1);
    assert_eq!((profile.triggers.screen.mode, profile.triggers.screen.fresh_days), (TriggerMode::Hold, 30));
    assert_eq!(profile.identity.sex.len(), base.identity.sex.len() + 1);
    assert_eq!(profile.coverage.codes.get("MC"), Some(&PlanClass::OriginalMedicare));
}

#[test]
fn a_list_replaces_and_a_list_with_a_plus_adds() {
    let base = resolved(SITE);
    let profile = resolved(&format!(
        "{SITE}[mbi]\nlocal_types = [\"MBI\"]\n\"+carriers\" = [\"ZIN-4.1\", \"in2-medicare\"]\n\
         [[coverage.\"+plans\"]]\nplan = \"1001\"\nclass = \"original-medicare\"\n"
    ));
    assert_eq!(profile.mbi.local_types.iter().collect::<Vec<_>>(), ["MBI"]);
    let mut wanted = base.mbi.carriers;
    wanted.push(MbiCarrier::Path("ZIN-4.1".to_owned()));
    assert_eq!(profile.mbi.carriers, wanted);
    assert_eq!(profile.coverage.plans.rows().len(), 1);
    let both = resolved(&format!("{SITE}[mbi]\n\"+local_types\" = [\"XMC\"]\nlocal_types = [\"MBI\"]\n"));
    assert_eq!(both.mbi.local_types.iter().collect::<Vec<_>>(), ["MBI", "XMC"]);
}

#[test]
fn vendor_layers_lie_between_base_and_site_and_a_shared_one_lies_once() {
    let folder = Folder::new("vendor")
        .with(
            "profiles/clinic.toml",
            "extends = [\"base\"]\ntraining = \"submit\"\n[mbi]\n\"+local_types\" = [\"XCL\"]\n",
        )
        .with(
            "profiles/engine.toml",
            "extends = [\"base\"]\ndefault_charset = \"utf-8\"\n[mbi]\n\"+local_types\" = [\"XEN\"]\n",
        );
    let text = SITE.replace("[\"base\"]", "[\"clinic\", \"engine\"]") + "[mbi]\npositions = \"refuse\"\n";
    let report = lint_site(&folder.sources(), &site(&text));
    assert_eq!(report.findings.len(), 1, "{:#?}", shown(&report.findings));
    assert!(report.findings[0].file.ends_with("clinic.toml") && report.findings[0].line == 2);
    let profile = report.profile.unwrap();
    assert_eq!((profile.default_charset.as_str(), profile.training), ("utf-8", crate::TrainingRule::Submit));
    assert_eq!(profile.mbi.local_types.iter().rev().take(2).collect::<Vec<_>>(), ["XEN", "XCL"]);
}

#[test]
fn layers_that_extend_each_other_end() {
    let folder = Folder::new("circle")
        .with("profiles/one.toml", "extends = [\"two\"]\n")
        .with("profiles/two.toml", "extends = [\"one\", \"base\"]\n");
    let text = SITE.replace("\"base\"", "\"one\"");
    assert!(load(&folder.sources(), &site(&text)).is_ok());
}

#[test]
fn layers_are_limited_in_number() {
    let mut folder = Folder::new("many-layers");
    for number in 0..20 {
        let below = if number == 19 { "base".to_owned() } else { format!("l{}", number + 1) };
        folder = folder.with(&format!("profiles/l{number}.toml"), format!("extends = [\"{below}\"]\n"));
    }
    let report = lint_site(&folder.sources(), &site(&SITE.replace("\"base\"", "\"l0\"")));
    assert!(report.profile.is_none());
    assert!(shown(&report.findings).iter().any(|finding| finding.contains("more than 16 layers")));
}

#[test]
fn a_mistake_in_a_layer_is_shown_in_its_own_file() {
    let folder = Folder::new("layer-mistake").with("profiles/clinic.toml", "\n[mbi]\nposition = \"warn\"\n");
    let text = SITE.replace("[\"base\"]", "[\"base\", \"clinic\"]");
    let report = lint_site(&folder.sources(), &site(&text));
    assert!(report.profile.is_none());
    let path = folder.0.join("profiles/clinic.toml");
    let wanted = format!("{}:3:1: unknown key `position` in `mbi`\n  hint: did you mean `positions`?", path.display());
    assert_eq!(shown(&report.findings), [wanted]);
}

#[test]
fn a_folder_hides_built_in_files_one_by_one() {
    let folder = Folder::new("hide")
        .with("ig/0.9.12/reasons.toml", "[[reasons]]\ncode = \"x\"\ndisplay = \"X\"\nneeds_condition = false\n");
    let profile = load(&folder.sources(), &site(SITE)).unwrap();
    assert_eq!((profile.guide.reasons.len(), profile.guide.results.len()), (1, 30));
}

#[test]
fn events_that_cannot_be_told_apart_or_say_nothing_are_refused() {
    let row = |code: &str, more: &str| format!("[[events]]\ncode = \"{code}\"\ncoded = true\n{more}\n");
    let words = "severity = \"warning\"\nmeaning = \"It.\"\nnext_step = \"Do.\"";
    let text = [
        row("one", &format!("display = \"The One\"\n{words}")),
        row("two", &format!("display = \"Two\"\naliases = [\"the-one\"]\n{words}")),
        row("three", "display = \"Three\"\nseverity = \"fatal\"\nmeaning = \" \"\nnext_step = \"Do.\""),
    ];
    let folder = Folder::new("events").with("ig/0.9.12/events.toml", text.concat());
    let findings = load(&folder.sources(), &site(SITE)).unwrap_err();
    let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "event `two`: another event is called `the-one`, too",
            "event `three`: severity is information or warning",
            "event `three` has no meaning or no next step",
        ]
    );
}

#[test]
fn a_new_guide_version_is_a_new_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ig/0.9.12");
    let mut folder = Folder::new("version");
    for path in [
        "results.toml",
        "reasons.toml",
        "measures.toml",
        "instruments.toml",
        "events.toml",
        "qualifying/BH.txt",
        "qualifying/MSK.txt",
        "qualifying/CKM.txt",
        "qualifying/eCKM.txt",
    ] {
        folder = folder.with(&format!("ig/0.9.13/{path}"), fs::read(root.join(path)).unwrap());
    }
    for path in ["exclusions/BH.txt", "exclusions/MSK.txt", "exclusions/CKM.txt"] {
        folder = folder.with(&format!("ig/0.9.13/{path}"), fs::read(root.join(path)).unwrap());
    }
    let guide =
        fs::read_to_string(root.join("guide.toml")).unwrap().replace("version = \"0.9.12\"", "version = \"0.9.13\"");
    let folder = folder.with("ig/0.9.13/guide.toml", guide);
    assert_eq!(folder.sources().guides(), ["0.9.12", "0.9.13"]);
    let profile = load(&folder.sources(), &site(&SITE.replace("0.9.12", "0.9.13"))).unwrap();
    assert_eq!(profile.guide.version, "0.9.13");
}

#[test]
fn a_damaged_guide_is_refused_with_the_line_that_is_wrong() {
    let folder = Folder::new("damaged")
        .with("ig/0.9.12/qualifying/BH.txt", "# codes\nF32.9\nF329\nF32.9\nis_a F33\n")
        .with("ig/0.9.12/exclusions/BH.txt", "is-a F01\n");
    let findings = load(&folder.sources(), &site(SITE)).unwrap_err();
    let guide = crate::load::embedded::text("ig/0.9.12/guide.toml").unwrap();
    let stated = guide.lines().position(|line| line.contains("qualifying/BH.txt")).unwrap() + 1;
    let messages: Vec<(usize, &str)> =
        findings.iter().map(|finding| (finding.line, finding.message.as_str())).collect();
    for wanted in [
        (3, "`F329` is not an ICD-10-CM code"),
        (4, "`F32.9` is there twice"),
        (5, "not a rule"),
        (stated, "the file has 1 codes, 69 are stated here"),
        (stated + 1, "the file has 1 is-a rules, 90 are stated here"),
        (stated + 1, "the file has 0 exact codes, 7 are stated here"),
    ] {
        assert!(messages.contains(&wanted), "{wanted:?} in {messages:#?}");
    }
    assert_eq!(findings.len(), 6);
}

#[test]
fn a_damaged_site_file_is_not_replaced_by_the_built_in_one() {
    for (name, bytes, why) in [
        ("not-text", b"\xff\xfe".as_slice(), "is not UTF-8"),
        ("too-long", &vec![b'#'; (1 << 20) + 1], "is longer than 1048576 bytes"),
    ] {
        let folder = Folder::new(name).with("profiles/base.toml", bytes);
        let findings = load(&folder.sources(), &site(SITE)).unwrap_err();
        assert!(findings[0].message.ends_with(why), "{}", findings[0]);
        assert_eq!((findings[0].line, findings[0].file.as_str()), (2, "site.toml"));
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let sources = Sources::embedded().with_folder("/nowhere/mappings");
    let findings = load(&sources, &site(SITE)).unwrap_err();
    assert_eq!(shown(&findings), ["/nowhere/mappings:1:1: there is no such mappings folder"]);
}

#[test]
fn a_feed_belongs_to_the_strongest_claim() {
    let text = SITE.replace("tracks = [\"CKM\"]", "tracks = [\"CKM\"]\nsenders = [{ facility = \"EAST\" }]")
        + "[[participants]]\nid = \"ACCES00002\"\npayer = \"00831\"\ntracks = [\"BH\"]\n\
           senders = [{ application = \"LAB\", facility = \"EAST\" }, { application = \"WARD\" }]\n\
           [[participants]]\nid = \"ACCES00003\"\npayer = \"00831\"\ntracks = [\"BH\"]\n";
    let profile = lint_site(&Sources::embedded(), &site(&text)).profile.unwrap();
    let owner = |application, facility| profile.participant_of(application, facility).unwrap().id.as_str();
    assert_eq!(owner("ADT", "EAST"), "ACCES00001");
    assert_eq!(owner("LAB", "EAST"), "ACCES00002");
    assert_eq!(owner("WARD", "WEST"), "ACCES00002");
    // Two equal claims: the first in the file.
    assert_eq!(owner("WARD", "EAST"), "ACCES00001");
    assert_eq!(owner("ADT", "WEST"), "ACCES00003");
    assert_eq!(
        resolved(&SITE.replace("tracks", "senders = [{ facility = \"X\" }]\ntracks")).participant_of("A", "B"),
        None
    );
}

#[test]
fn a_sender_has_its_own_zone_and_codes() {
    let profile = resolved(&format!(
        "{SITE}[times]\nzone = \"America/Chicago\"\n\
         senders = [{{ facility = \"WEST\", zone = \"MST7\" }}, {{ application = \"LAB\", facility = \"WEST\", zone = \"\" }}]\n\
         [[patient.senders]]\nrace = {{ W = \"2106-3\" }}\n[[patient.senders]]\nfacility = \"WEST\"\n"
    ));
    let zone = |application, facility| profile.times.zone_of(application, facility);
    assert_eq!(zone("ADT", "EAST"), Some("CST6CDT,M3.2.0,M11.1.0"));
    assert_eq!(zone("ADT", "WEST"), Some("MST7"));
    assert_eq!(zone("LAB", "WEST"), None);
    let races = |facility| profile.patient.codes_of("ADT", facility).unwrap().race.len();
    assert_eq!((races("EAST"), races("WEST")), (1, 0));
}

#[test]
fn the_document_goes_into_the_component_and_back_unchanged() {
    let profile = example().unwrap();
    let json = profile.to_json().unwrap();
    assert_eq!(Profile::from_json(&json).unwrap(), profile);
    assert_eq!(Profile::from_json(&json).unwrap().to_json().unwrap(), json);
    let compact = profile.to_compact().unwrap();
    let restored = Profile::from_compact(&compact).unwrap();
    // Once as it lies, once after every part was looked at.
    assert_eq!(restored.to_compact().unwrap(), compact);
    assert_eq!(restored.to_json().unwrap(), json);
    assert_eq!(restored, profile);
    assert!(json.len() < 150_000, "{}", json.len());
}

#[test]
fn what_a_document_leaves_out_is_empty_in_the_component_too() {
    let mut document: serde_json::Value = serde_json::from_str(&example().unwrap().to_json().unwrap()).unwrap();
    for key in ["account", "reports"] {
        document.as_object_mut().unwrap().remove(key).unwrap();
    }
    let profile = Profile::from_json(&document.to_string()).unwrap();
    let restored = Profile::from_compact(&profile.to_compact().unwrap()).unwrap();
    assert_eq!(restored, profile);
    assert!(restored.reports.needs.is_empty());
}

#[test]
fn a_document_of_another_version_is_refused_by_its_number() {
    let json = example().unwrap().to_json().unwrap();
    let newer = json.replacen("{\"schema\":1,", "{\"schema\":2,", 1);
    assert!(matches!(Profile::from_json(&newer), Err(ProfileError::Schema { found: 2 })));
    let with_new_keys = json.replacen("{\"schema\":1,", "{\"schema\":2,\"colour\":\"red\",", 1);
    assert!(matches!(Profile::from_json(&with_new_keys), Err(ProfileError::Schema { found: 2 })));
    let unknown_key = json.replacen("{\"schema\":1,", "{\"schema\":1,\"colour\":\"red\",", 1);
    assert!(matches!(Profile::from_json(&unknown_key), Err(ProfileError::Json(_))));
    assert!(matches!(Profile::from_json(""), Err(ProfileError::Json(_))));
    let long = " ".repeat(crate::MAX_PROFILE_BYTES + 1);
    assert!(matches!(Profile::from_json(&long), Err(ProfileError::TooLong { .. })));
}

#[test]
fn the_file_schema_has_every_field_of_the_profile() {
    let profile = resolved(&format!(
        "{SITE}states = [\"IL\"]\nsenders = [{{ application = \"A\", facility = \"B\" }}]\n\
         author = {{ npi = \"1234567893\", family = \"A\", given = \"B\" }}\n\
         [[coverage.plans]]\nplan = \"1\"\ncompany = \"2\"\nclass = \"other\"\n\
         [[patient.senders]]\nfacility = \"B\"\n[[times.senders]]\nfacility = \"B\"\nzone = \"UTC\"\n\
         [[charsets]]\nfacility = \"B\"\ncharset = \"utf-8\"\n\
         [[senders]]\napplication = \"A\"\nfacility = \"B\"\nstrict = true\nmbi_paths = [\"ZIN-4\"]\n\
         plans = [{{ plan = \"1\", company = \"2\", class = \"other\" }}]\n\
         [[senders.codes.observations]]\ncode = \"A\"\nsystem = \"L\"\nunit = \"x\"\nloinc = \"4548-4\"\nucum = \"%\"\n\
         [[senders.codes.questionnaires]]\ncode = \"A\"\nsystem = \"L\"\ninstrument = \"NDI\"\nlink = \"ndi-1\"\n\
         [[senders.codes.answers]]\ncode = \"A\"\nof = \"ndi-1\"\nordinal = 0\n\
         [codes]\nobservations = [{{ code = \"A\", loinc = \"4548-4\" }}]\n\
         [[codes.questionnaires]]\ncode = \"A\"\ninstrument = \"NDI\"\n[[codes.answers]]\ncode = \"A\"\nordinal = 0\n\
         [reports.canonicals]\nNDI = \"https://site.example/ndi\"\n[reports.may_miss]\nNDI = 1\n\
         [reports.questions.NDI]\nndi-1 = \"A\"\n[reports.answers.LL358-3]\n0 = \"A\"\n\
         [[reports.needs]]\ntracks = [\"BH\"]\nkinds = [\"baseline\"]\nany = [\"PHQ-9\"]\n\
         [reports.ranges.weight]\nlow = \"20\"\nhigh = \"300\"\nbeyond = \"warn\"\nbelow = \"refuse\"\n[reports.readings]\nweight = 1\n[reports.decimals]\nweight = 1\n\
         [[fhir.enrol_consents]]\ncategory = \"urn:x|ENROL\"\n\
         [rules.r]\nwhen = {{ present = \"PV1-16\" }}\ndo = \"enroll\"\nprovider_referral = true\nswitch_consent = true\n"
    ));
    let mut document = serde_json::to_value(&profile).unwrap();
    document["guide"] = "0.9.12".into();
    let mut in_types = BTreeSet::new();
    collect(&document, "", &mut in_types);
    // Set by programs only.
    assert!(in_types.remove("inspects"));
    let mut in_schema = BTreeSet::new();
    collect_fields(crate::load::schema::PROFILE, "", &mut in_schema);
    in_schema.remove("extends");
    // The loader takes these to other tables.
    for moved in ["charset", "zone", "race", "ethnicity", "languages", "sex"] {
        assert!(in_schema.remove(&format!("senders.{moved}")));
    }
    assert_eq!(in_schema, in_types);
}

/// Paths of all keys; tables whose keys a site chooses count as one.
fn collect(value: &serde_json::Value, path: &str, found: &mut BTreeSet<String>) {
    const FREE: [&str; 30] = [
        "events",
        "identity.sex",
        "identity.states",
        "coverage.codes",
        "coverage.typology",
        "coverage.financial_classes",
        "patient.race",
        "patient.ethnicity",
        "patient.languages",
        "patient.birth_sex",
        "patient.senders.race",
        "patient.senders.ethnicity",
        "patient.senders.languages",
        "patient.senders.sex",
        "times.zones",
        "codes.units",
        "senders.codes.units",
        "tables",
        "rules",
        "senders.rules",
        "reports.readings",
        "reports.decimals",
        "reports.ranges",
        "reports.canonicals",
        "reports.may_miss",
        "reports.questions",
        "reports.questions.*",
        "reports.answers",
        "reports.answers.*",
        "reports.questionnaires",
    ];
    match value {
        // A condition is checked by a module of its own.
        _ if path.ends_with(".when") => {}
        serde_json::Value::Object(object) if FREE.contains(&path) => {
            object.values().for_each(|value| collect(value, &format!("{path}.*"), found));
        }
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                found.insert(place.clone());
                collect(value, &place, found);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, path, found)),
        _ => {}
    }
}

fn collect_fields(fields: &'static [crate::load::shape::Field], path: &str, found: &mut BTreeSet<String>) {
    use crate::load::shape::Shape;
    fn inner(shape: &'static Shape, path: &str, found: &mut BTreeSet<String>) {
        match shape {
            Shape::List(shape) => inner(shape, path, found),
            Shape::Map(shape) => inner(shape, &format!("{path}.*"), found),
            Shape::Table(fields) => collect_fields(fields, path, found),
            _ => {}
        }
    }
    for field in fields {
        let place = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
        found.insert(place.clone());
        inner(&field.shape, &place, found);
    }
}

#[test]
fn a_compact_form_that_was_cut_or_lengthened_is_refused() {
    let compact = example().unwrap().to_compact().unwrap();
    for end in (0..compact.len()).step_by(97) {
        assert!(matches!(Profile::from_compact(&compact[..end]), Err(ProfileError::Compact(_))), "{end} bytes");
    }
    assert!(matches!(Profile::from_compact(&[&compact[..], &[0]].concat()), Err(ProfileError::Compact(_))));
    let newer = [&[2], &compact[1..]].concat();
    assert!(matches!(Profile::from_compact(&newer), Err(ProfileError::Schema { found: 2 })));
    assert!(matches!(Profile::from_compact(&vec![0; MAX_PROFILE_BYTES + 1]), Err(ProfileError::TooLong { .. })));
}
