//! The parts of the service that run, each under its name.

use std::collections::HashMap;
use tokio::task::{Id, JoinSet};

/// What runs.
#[derive(Debug, Default)]
pub(super) struct Running {
    tasks: JoinSet<()>,
    /// Kept beside the tasks: one that breaks down cannot tell its name any more.
    names: HashMap<Id, String>,
}

impl Running {
    /// Starts a part.
    pub(super) fn spawn(&mut self, name: String, part: impl Future<Output = ()> + Send + 'static) {
        let id = self.tasks.spawn(part).id();
        self.names.insert(id, name);
    }

    /// Resolves when a part ends, and says which, and how.
    pub(super) async fn ended(&mut self) -> String {
        let (id, how) = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => (id, "ended by itself"),
            Some(Err(error)) => (error.id(), "broke down"),
            None => return "the service has no parts".to_owned(),
        };
        let name = self.names.remove(&id);
        format!("{} {how}", name.as_deref().unwrap_or("a part of the service"))
    }

    /// Waits until every part has ended.
    pub(super) async fn finish(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::Running;

    #[tokio::test]
    async fn a_part_that_ends_is_named_however_it_ends() {
        let mut running = Running::default();
        running.spawn("the outbox".to_owned(), std::future::pending());
        running.spawn("delivery to journal".to_owned(), async { panic!("of a test") });
        assert_eq!(running.ended().await, "delivery to journal broke down");
        running.spawn("source adt".to_owned(), async {});
        assert_eq!(running.ended().await, "source adt ended by itself");
    }

    #[tokio::test]
    async fn without_parts_nothing_is_waited_for() {
        let mut running = Running::default();
        assert_eq!(running.ended().await, "the service has no parts");
        running.finish().await;
    }
}
