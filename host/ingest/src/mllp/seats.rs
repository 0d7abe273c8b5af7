//! Who is connected, and who leaves where there is no room.
//!
//! A connection has a seat from the moment it is accepted. Where all seats are taken, or all that one address may have, the connection
//! leaves that has nothing in hand and was idle longest; those that never sent a message go first. Where every one has something in
//! hand, the new one is turned away.
//!
//! Invariant: a connection takes bytes only after [`Seat::begin`] said that the seat is still its own, and nothing is given away
//! between that and [`Seat::rest`]. What a connection that lost its seat was sent is not answered, so the sender sends it again.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// The seats of one listener.
#[derive(Debug)]
pub(super) struct Seats {
    all: usize,
    of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    places: HashMap<u64, Place>,
}

#[derive(Debug)]
struct Place {
    peer: SocketAddr,
    busy: bool,
    /// Whether a message has come.
    spoke: bool,
    /// Since when nothing is in hand.
    since: Instant,
    leave: Arc<Notify>,
}

/// A seat that was given, and whose it was before.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) seat: Seat,
    pub(super) before: Option<SocketAddr>,
}

/// One connection's seat; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    id: u64,
    leave: Arc<Notify>,
}

impl Seats {
    /// So many seats, and so many of them for one address; at least one each.
    pub(super) fn new(all: usize, of_one: usize) -> Arc<Self> {
        Arc::new(Self { all: all.max(1), of_one: of_one.max(1), taken: Mutex::default() })
    }

    /// A seat for a new connection; none where there is no room and nobody can leave.
    pub(super) fn take(self: &Arc<Self>, peer: SocketAddr) -> Option<Given> {
        let mut taken = self.lock();
        let address = address_of(peer);
        let of_one = taken.places.values().filter(|place| address_of(place.peer) == address).count();
        let before = if of_one >= self.of_one {
            Some(taken.give_away(Some(address))?)
        } else if taken.places.len() >= self.all {
            Some(taken.give_away(None)?)
        } else {
            None
        };
        let id = taken.next;
        taken.next = id.wrapping_add(1);
        let leave = Arc::new(Notify::new());
        let place = Place { peer, busy: false, spoke: false, since: Instant::now(), leave: Arc::clone(&leave) };
        taken.places.insert(id, place);
        Some(Given { seat: Seat { seats: Arc::clone(self), id, leave }, before })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Frees the seat of whoever is idle longest, of one address or of all.
    fn give_away(&mut self, of: Option<IpAddr>) -> Option<SocketAddr> {
        let idle = |place: &Place| !place.busy && of.is_none_or(|address| address_of(place.peer) == address);
        let (id, _) =
            self.places.iter().filter(|(_, place)| idle(place)).min_by_key(|(_, place)| (place.spoke, place.since))?;
        let id = *id;
        let place = self.places.remove(&id)?;
        place.leave.notify_one();
        Some(place.peer)
    }
}

impl Seat {
    /// Something is in hand from now on. False: the seat was given away before.
    pub(super) fn begin(&self) -> bool {
        self.seats.lock().places.get_mut(&self.id).map(|place| place.busy = true).is_some()
    }

    /// Nothing is in hand any more; `spoke`: something whole was.
    pub(super) fn rest(&self, spoke: bool) {
        if let Some(place) = self.seats.lock().places.get_mut(&self.id) {
            place.busy = false;
            if spoke {
                (place.spoke, place.since) = (true, Instant::now());
            }
        }
    }

    /// Resolves when the seat was given away.
    pub(super) async fn lost(&self) {
        self.leave.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.lock().places.remove(&self.id);
    }
}

/// One address, however it is written.
const fn address_of(peer: SocketAddr) -> IpAddr {
    peer.ip().to_canonical()
}

#[cfg(test)]
mod tests {
    use super::{Seat, Seats};
    use std::net::SocketAddr;
    use std::sync::Arc;

    fn peer(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn seat(seats: &Arc<Seats>, text: &str) -> Seat {
        let given = seats.take(peer(text)).unwrap();
        assert_eq!(given.before, None);
        given.seat
    }

    #[test]
    fn who_never_spoke_leaves_first_then_whoever_is_idle_longest_and_never_who_is_busy() {
        let seats = Seats::new(3, 3);
        let (engine, silent, busy) =
            (seat(&seats, "10.0.0.1:1"), seat(&seats, "10.0.0.2:2"), seat(&seats, "10.0.0.3:3"));
        assert!(engine.begin() && busy.begin());
        engine.rest(true);
        let next = seats.take(peer("10.0.0.4:4")).unwrap();
        assert_eq!(next.before, Some(peer("10.0.0.2:2")));
        assert!(!silent.begin());
        assert!(next.seat.begin());
        let last = seats.take(peer("10.0.0.5:5")).unwrap();
        assert_eq!(last.before, Some(peer("10.0.0.1:1")));
        assert!(last.seat.begin());
        assert!(seats.take(peer("10.0.0.6:6")).is_none());
        // Dropping a seat that was given away frees nothing twice.
        drop((engine, silent));
        assert!(seats.take(peer("10.0.0.6:6")).is_none());
        drop(busy);
        seat(&seats, "10.0.0.6:6");
    }

    #[test]
    fn one_address_has_its_share_and_its_own_connections_make_room_in_it() {
        let seats = Seats::new(8, 2);
        let (_other, one, _two) =
            (seat(&seats, "10.0.0.9:1"), seat(&seats, "10.0.0.1:1"), seat(&seats, "[::ffff:10.0.0.1]:2"));
        let three = seats.take(peer("10.0.0.1:3")).unwrap();
        assert_eq!(three.before, Some(peer("10.0.0.1:1")));
        assert!(!one.begin());
    }
}
