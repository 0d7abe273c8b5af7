//! Bells: whoever rests until there may be work is woken by whoever made some, so that nobody waits for the next look into the ledger.

use std::sync::Arc;
use tokio::sync::Notify;

/// The bells of a service: one of the outbox, and one of each courier. A bell that is rung while nobody rests is heard at the next rest.
#[derive(Debug, Default)]
pub struct Bells {
    outbox: Arc<Notify>,
    couriers: Vec<Arc<Notify>>,
}

impl Bells {
    /// The bells of a service with so many routes.
    #[must_use]
    pub fn new(routes: usize) -> Self {
        Self { outbox: Arc::default(), couriers: (0..routes).map(|_| Arc::default()).collect() }
    }

    /// What the outbox listens for.
    #[must_use]
    pub fn outbox(&self) -> Arc<Notify> {
        Arc::clone(&self.outbox)
    }

    /// What the couriers listen for, in the order of the routes.
    pub fn couriers(&self) -> impl Iterator<Item = Arc<Notify>> {
        self.couriers.iter().map(Arc::clone)
    }

    /// There may be something to send.
    pub fn ring_outbox(&self) {
        self.outbox.notify_one();
    }

    /// There may be notices to deliver.
    pub fn ring_couriers(&self) {
        self.couriers.iter().for_each(|courier| courier.notify_one());
    }

    /// There may be either.
    pub fn ring(&self) {
        self.ring_outbox();
        self.ring_couriers();
    }
}
