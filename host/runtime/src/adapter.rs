//! A compiled component with the profile that its instances are loaded with.

use crate::bindings::AdapterPre;
use crate::cache::Cache;
use crate::component::{self, ComponentBytes};
use crate::instance::Instance;
use crate::limits::State;
use crate::{Limits, RuntimeError, epoch};
use std::sync::{Arc, OnceLock};
use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Makes instances. Cheap to clone.
#[derive(Clone)]
pub struct Adapter {
    engine: Engine,
    prepared: AdapterPre<State>,
    profile: Arc<Source>,
    limits: Limits,
}

/// The profile as instances take it up.
pub(crate) struct Source {
    /// The resolved profile.
    pub(crate) json: Box<str>,
    /// What the first instance made of it, for the others.
    pub(crate) compact: OnceLock<Vec<u8>>,
}

impl Source {
    fn of(json: &str) -> Arc<Self> {
        Arc::new(Self { json: json.into(), compact: OnceLock::new() })
    }
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Adapter").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Adapter {
    /// Compiles the component (or takes it from the cache) and keeps the resolved profile for its instances.
    ///
    /// # Errors
    /// When the engine cannot be set up, or the bytes are no component of this interface, or it wants imports.
    pub fn new(
        bytes: &ComponentBytes,
        profile: &str,
        limits: Limits,
        cache: Option<&Cache>,
    ) -> Result<Self, RuntimeError> {
        let engine = Engine::new(&config(&limits)).map_err(|error| RuntimeError::Engine(format!("{error:#}")))?;
        let component = component::load(&engine, bytes, cache)?;
        let fail = |error: wasmtime::Error| RuntimeError::Component(format!("{error:#}"));
        // Nothing is defined in the linker: a component that wants anything at all is refused here.
        let instance = Linker::new(&engine).instantiate_pre(&component).map_err(fail)?;
        let prepared = AdapterPre::new(instance).map_err(fail)?;
        epoch::start(&engine).map_err(|error| RuntimeError::Engine(error.to_string()))?;
        Ok(Self { engine, prepared, profile: Source::of(profile), limits })
    }

    /// The same component with another profile.
    #[must_use]
    pub fn with_profile(&self, profile: &str) -> Self {
        Self { profile: Source::of(profile), ..self.clone() }
    }

    /// A fresh instance with the profile loaded. The first one reads its JSON and leaves its compact form for the others.
    ///
    /// # Errors
    /// When there is no room for another one, or the component refuses the profile.
    pub fn instantiate(&self) -> Result<Instance, RuntimeError> {
        Instance::new(&self.engine, &self.prepared, &self.profile, self.limits)
    }

    /// The limits of its instances.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }
}

fn config(limits: &Limits) -> Config {
    let mut pooling = PoolingAllocationConfig::new();
    pooling
        .total_component_instances(limits.instances)
        .total_core_instances(limits.instances.saturating_mul(4))
        .total_memories(limits.instances)
        .total_tables(limits.instances.saturating_mul(4))
        .max_memory_size(limits.memory)
        .linear_memory_keep_resident(1 << 20)
        .table_keep_resident(1 << 16)
        // Where the system can tell, only pages that were written to are cleaned.
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pooling));
    config
}
