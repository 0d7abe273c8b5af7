//! The generated bindings of `wit/`, fenced in, and the conversions to the contract.

mod generated {
    wasmtime::component::bindgen!({ path: "../../wit", world: "adapter" });
}

pub(crate) use generated::exports::access_bridge::adapter::{feeds, notices, profiles, submissions, types};
pub(crate) use generated::{Adapter, AdapterPre};

access_contract::convert_bindings!();
