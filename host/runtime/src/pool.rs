//! Lends warm instances to asynchronous callers.
//!
//! A warm instance saves loading the profile for every feed. It holds nothing between calls but that profile: the guest
//! keeps no state. Instances are bounded in number, replaced after [`Limits::reuse`](crate::Limits) calls, and dropped
//! when a call fails.

use crate::{Adapter, Instance, RuntimeError};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// A warm instance and how often it was used.
struct Warm {
    instance: Instance,
    uses: u32,
}

struct Shared {
    adapter: Mutex<Adapter>,
    idle: Mutex<Vec<(u64, Warm)>>,
    generation: std::sync::atomic::AtomicU64,
    permits: Arc<Semaphore>,
}

/// Lends instances. Cheap to clone.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("free", &self.0.permits.available_permits()).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool over an adapter; no instance is made before the first call.
    #[must_use]
    pub fn new(adapter: Adapter) -> Self {
        let permits = usize::try_from(adapter.limits().instances).unwrap_or(1).max(1);
        Self(Arc::new(Shared {
            adapter: Mutex::new(adapter),
            idle: Mutex::new(Vec::new()),
            generation: std::sync::atomic::AtomicU64::new(0),
            permits: Arc::new(Semaphore::new(permits)),
        }))
    }

    /// Runs one piece of work on an instance, on a thread that may block.
    ///
    /// # Errors
    /// What the work gives back, or that no instance could be made. The instance is dropped on any error.
    pub async fn with<T, F>(&self, work: F) -> Result<T, RuntimeError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Instance) -> Result<T, RuntimeError> + Send + 'static,
    {
        let permit = Arc::clone(&self.0.permits).acquire_owned().await.map_err(|_| RuntimeError::Stopped)?;
        let pool = self.clone();
        tokio::task::spawn_blocking(move || {
            let result = pool.run(work);
            drop(permit);
            result
        })
        .await
        .map_err(|_| RuntimeError::Stopped)?
    }

    fn run<T>(&self, work: impl FnOnce(&mut Instance) -> Result<T, RuntimeError>) -> Result<T, RuntimeError> {
        use std::sync::atomic::Ordering;
        let generation = self.0.generation.load(Ordering::Acquire);
        let mut warm = match self.take(generation) {
            Some(warm) => warm,
            None => {
                let adapter = self.0.adapter.lock().unwrap_or_else(PoisonError::into_inner).clone();
                Warm { instance: adapter.instantiate()?, uses: 0 }
            }
        };
        let limit = warm.uses.saturating_add(1);
        let result = work(&mut warm.instance)?;
        warm.uses = limit;
        let reuse = self.0.adapter.lock().unwrap_or_else(PoisonError::into_inner).limits().reuse;
        if warm.uses < reuse && generation == self.0.generation.load(Ordering::Acquire) {
            self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).push((generation, warm));
        }
        Ok(result)
    }

    fn take(&self, generation: u64) -> Option<Warm> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((made, warm)) = idle.pop() {
            if made == generation {
                return Some(warm);
            }
        }
        None
    }
}
