//! Lends warm instances to asynchronous callers.
//!
//! A warm instance saves loading the profile for every feed. It holds nothing between calls but that profile: the guest
//! keeps no state. Instances are bounded in number, replaced after [`Limits::reuse`](crate::Limits) calls, and dropped
//! when a call fails.
//!
//! The profile can be replaced while the pool is used. Whoever makes several calls that belong together [pins](Pool::pinned)
//! the pool and sees one profile throughout; the calls of others use the new one from then on. Both share the bound: for an instance of
//! the old profile, an idle one of the new gives its place up.

use crate::{Adapter, Instance, RuntimeError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinError;

/// A warm instance and how often it was used.
struct Warm {
    instance: Instance,
    uses: u32,
}

/// The instances of one profile.
struct Shelf {
    adapter: Adapter,
    /// None once another profile has taken over: then nothing is kept warm.
    idle: Mutex<Option<Vec<Warm>>>,
}

impl Shelf {
    fn new(adapter: Adapter, idle: Vec<Warm>) -> Arc<Self> {
        Arc::new(Self { adapter, idle: Mutex::new(Some(idle)) })
    }

    /// Runs work on an instance of this profile; `current` is where idle ones are kept now.
    fn run<T, E: From<RuntimeError>>(
        &self,
        current: &Self,
        work: impl FnOnce(&mut Instance) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut warm = match self.take() {
            Some(warm) => warm,
            None => {
                // There is a place for each caller, and an idle one may be in this caller's.
                drop(current.take());
                Warm { instance: self.adapter.instantiate()?, uses: 0 }
            }
        };
        let result = work(&mut warm.instance)?;
        warm.uses = warm.uses.saturating_add(1);
        if warm.uses < self.adapter.limits().reuse
            && let Some(idle) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
        {
            idle.push(warm);
        }
        Ok(result)
    }

    fn take(&self) -> Option<Warm> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).as_mut()?.pop()
    }

    /// Keeps nothing warm from now on.
    fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Lends instances. Cheap to clone; clones follow a replaced profile, except those of [`Pool::pinned`].
#[derive(Clone)]
pub struct Pool {
    current: Arc<RwLock<Arc<Shelf>>>,
    /// The profile to stay with, whatever is current.
    pinned: Option<Arc<Shelf>>,
    permits: Arc<Semaphore>,
    /// As many permits as there are.
    instances: usize,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("free", &self.permits.available_permits()).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool over an adapter; no instance is made before the first call.
    #[must_use]
    pub fn new(adapter: Adapter) -> Self {
        let instances = usize::try_from(adapter.limits().instances).unwrap_or(1).max(1);
        let current = Arc::new(RwLock::new(Shelf::new(adapter, Vec::new())));
        Self { current, pinned: None, permits: Arc::new(Semaphore::new(instances)), instances }
    }

    /// The pool with the profile of this moment, whatever is replaced later. For calls that belong together; not to be
    /// kept for longer.
    #[must_use]
    pub fn pinned(&self) -> Self {
        Self { pinned: Some(self.shelf()), ..self.clone() }
    }

    /// Replaces the profile for every call that begins from now on, after the component has taken it. Calls and pinned
    /// pools that are under way finish with the old one.
    ///
    /// # Errors
    /// When the component refuses the profile, or no instance can be made. The old profile stays.
    pub async fn replace(&self, profile: &str) -> Result<(), RuntimeError> {
        let permit = self.permit().await?;
        let (pool, profile) = (self.clone(), profile.to_owned());
        let replaced = tokio::task::spawn_blocking(move || {
            let old = pool.current();
            // The one that is made needs its place.
            drop(old.take());
            let adapter = old.adapter.with_profile(&profile);
            let warm = Warm { instance: adapter.instantiate()?, uses: 0 };
            let new = Shelf::new(adapter, vec![warm]);
            // Before anybody sees the new one: what is idle in two places would be more than there is room for.
            old.close();
            *pool.current.write().unwrap_or_else(PoisonError::into_inner) = new;
            Ok(())
        });
        let result = replaced.await.map_err(|error| lost(&error))?;
        drop(permit);
        result
    }

    /// Runs one piece of work on an instance, on a thread that may block. Work that is alone runs on the thread at hand, whose other tasks
    /// move to another one meanwhile: to wait for another thread takes as long as the work of many a feed.
    ///
    /// # Errors
    /// What the work gives back, or that no instance could be made, or [`RuntimeError::Panicked`]. The instance is dropped on any error.
    pub async fn with<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<RuntimeError> + Send + 'static,
        F: FnOnce(&mut Instance) -> Result<T, E> + Send + 'static,
    {
        let permit = self.permit().await?;
        let alone = self.permits.available_permits().saturating_add(1) == self.instances;
        let (shelf, pool) = (self.shelf(), self.clone());
        let run = move || {
            let result = shelf.run(&pool.current(), work);
            drop(permit);
            result
        };
        if alone && Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
            // A panic ends the work, not the task.
            let run = AssertUnwindSafe(|| tokio::task::block_in_place(run));
            return catch_unwind(run).map_err(|_| RuntimeError::Panicked)?;
        }
        tokio::task::spawn_blocking(run).await.map_err(|error| lost(&error))?
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, RuntimeError> {
        Arc::clone(&self.permits).acquire_owned().await.map_err(|_| RuntimeError::Stopped)
    }

    /// The instances that its own calls use.
    fn shelf(&self) -> Arc<Shelf> {
        self.pinned.clone().unwrap_or_else(|| self.current())
    }

    /// The instances of the profile of this moment.
    fn current(&self) -> Arc<Shelf> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why work on another thread gave nothing back. A task that never ran was dropped with its runtime.
fn lost(error: &JoinError) -> RuntimeError {
    if error.is_panic() { RuntimeError::Panicked } else { RuntimeError::Stopped }
}
