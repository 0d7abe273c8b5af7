//! Profiles: any text as a site's file, and any text as a resolved profile.
#![no_main]

use access_mappings::{Profile, SiteFile, Sources, lint};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let site = SiteFile { name: "site.toml".to_owned(), text: text.to_owned() };
    let report = lint(&Sources::embedded(), &site);
    assert!(report.profile.is_some() || !report.findings.is_empty(), "a refused profile has a reason");
    if let Some(profile) = report.profile {
        let json = profile.to_json().expect("a profile can be written");
        assert_eq!(Profile::from_json(&json).expect("and read again"), profile);
    }
    let _ = Profile::from_json(text);
});
