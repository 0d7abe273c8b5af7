//! What US Core Patient has beyond what CMS matches by.

use super::address::Homes;
use super::context::Context;
use super::groups::Group;
use super::{birth, birth_sex, death::Death, heritage, language, names::Named, telecom};
use crate::facts::{Demographics, Stated};

/// Reads it. Address, death and name are read with the facts that rules need, and handed in.
pub(super) fn read(
    context: &Context<'_>,
    group: &Group<'_, '_>,
    homes: &mut Homes,
    death: &mut Death,
    named: &mut Named,
    born: Option<&Stated<String>>,
) -> Demographics {
    let (race, ethnicity) = heritage::read(context, group);
    Demographics {
        race,
        ethnicity,
        birth_sex: birth_sex::read(context, group),
        telecoms: telecom::read(context, group),
        addresses: homes.all.take(),
        language: language::read(context, group),
        birth_time: birth::time(context, group, born),
        died_at: death.at.take(),
        name_use: named.usage.take(),
    }
}
