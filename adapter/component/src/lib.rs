//! The WebAssembly component: the bindings of `wit/` over `access-core`, and nothing else.
//!
//! The crate is empty on native targets. `cargo xtask component` compiles it for `wasm32-unknown-unknown` and encodes the
//! result, so that the finished component imports nothing.
#![cfg(target_arch = "wasm32")]

mod allocator;
mod copying;
mod guest;

/// The generated bindings, with the modules that the conversions look for.
mod generated {
    wit_bindgen::generate!({ path: "../../wit", world: "adapter" });
}

/// The generated types by interface.
mod bindings {
    pub(crate) use crate::generated::exports::access_bridge::adapter::{feeds, notices, profiles, submissions, types};
}

access_contract::convert_bindings!();

/// Holds the export; the macro it calls is generated.
#[expect(unsafe_code, reason = "the exported symbols are generated")]
mod export {
    use crate::generated;
    generated::export!(Adapter with_types_in generated);
    use crate::guest::Adapter;
}
