//! Edge: connections that pass through this process, where they can be cut, or a marker be held on its way.

use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::wire::{Marked, committed_partitions};

/// Bytes passed on at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Larger requests than any broker takes.
const FRAME_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A listener whose connections all lead to one address.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    way: Arc<Way>,
}

/// What the connections of a proxy have in common.
#[derive(Debug)]
struct Way {
    closed: AtomicBool,
    cut: Mutex<bool>,
    mended: Condvar,
    hold: Option<Arc<MarkerHold>>,
}

impl Proxy {
    /// Listens on a free port of an address of this machine.
    pub fn to(target: SocketAddr, on: IpAddr, hold: Option<Arc<MarkerHold>>) -> Self {
        let listener = TcpListener::bind((on, 0)).unwrap_or_else(|error| panic!("no port of {on} is free: {error}"));
        let address = listener.local_addr().expect("a listener has an address");
        let way =
            Arc::new(Way { closed: AtomicBool::new(false), cut: Mutex::new(false), mended: Condvar::new(), hold });
        let of_listener = Arc::clone(&way);
        std::thread::spawn(move || of_listener.accept(&listener, target));
        Self { address, way }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on nothing passes, and nobody is told: as a network that loses all packets.
    pub fn cut(&self) {
        *self.way.cut.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// What was under way arrives now, however late.
    pub fn mend(&self) {
        *self.way.cut.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.way.mended.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.way.closed.store(true, Ordering::Release);
        self.mend();
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

impl Way {
    fn accept(self: &Arc<Self>, listener: &TcpListener, target: SocketAddr) {
        for client in listener.incoming() {
            if self.closed.load(Ordering::Acquire) {
                return;
            }
            let Ok(client) = client else { continue };
            let way = Arc::clone(self);
            std::thread::spawn(move || way.lead(client, target));
        }
    }

    /// Connects, and passes on in both directions until one side closes.
    fn lead(self: Arc<Self>, client: TcpStream, target: SocketAddr) {
        self.wait_until_mended();
        let Ok(server) = TcpStream::connect(target) else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (Ok(answers), Ok(asker)) = (server.try_clone(), client.try_clone()) else { return };
        let back = Arc::clone(&self);
        std::thread::spawn(move || back.pass_on(answers, asker));
        match &self.hold {
            Some(hold) => self.pass_requests_on(client, server, hold),
            None => self.pass_on(client, server),
        }
    }

    fn pass_on(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut chunk = vec![0; CHUNK_BYTES];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            self.wait_until_mended();
            if to.write_all(&chunk[..count]).is_err() {
                break;
            }
        }
        self.close(&from, &to);
    }

    /// As [`Way::pass_on`], request by request, each of which is shown to the hold.
    fn pass_requests_on(&self, mut from: TcpStream, mut to: TcpStream, hold: &MarkerHold) {
        let mut length = [0; 4];
        while from.read_exact(&mut length).is_ok() {
            let bytes = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
            if FRAME_BYTES_MAX < bytes {
                break;
            }
            let mut frame = vec![0; bytes];
            if from.read_exact(&mut frame).is_err() {
                break;
            }
            hold.pass(&frame);
            self.wait_until_mended();
            if to.write_all(&length).and_then(|()| to.write_all(&frame)).is_err() {
                break;
            }
        }
        self.close(&from, &to);
    }

    fn close(&self, from: &TcpStream, to: &TcpStream) {
        self.wait_until_mended();
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    fn wait_until_mended(&self) {
        let cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.mended.wait_while(cut, |cut| *cut));
    }
}

/// Holds one marker of a commit on its way from the coordinator to the leader of a partition.
#[derive(Debug, Default)]
pub struct MarkerHold {
    state: Mutex<Hold>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Hold {
    wanted: Option<Marked>,
    caught: bool,
}

impl MarkerHold {
    /// The next marker of a commit for this partition stops here until [`MarkerHold::release`].
    pub fn arm(&self, topic: &str, partition: i32) {
        let wanted = Some(Marked { topic: topic.to_owned(), partition });
        *self.lock() = Hold { wanted, caught: false };
    }

    /// Whether one is held now; waits for it.
    pub fn wait_until_caught(&self, limit: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), limit, |state| !state.caught);
        waited.unwrap_or_else(PoisonError::into_inner).0.caught
    }

    /// Lets it go on.
    pub fn release(&self) {
        *self.lock() = Hold::default();
        self.changed.notify_all();
    }

    fn pass(&self, frame: &[u8]) {
        let marked = committed_partitions(frame);
        if marked.is_empty() {
            return;
        }
        let mut state = self.lock();
        if state.wanted.as_ref().is_some_and(|wanted| marked.contains(wanted)) {
            state.caught = true;
            self.changed.notify_all();
            drop(self.changed.wait_while(state, |state| state.wanted.is_some()));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Hold> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const SOON: Duration = Duration::from_secs(10);

    #[test]
    fn nothing_passes_a_cut_and_all_of_it_arrives_once_it_is_mended() {
        let server = TcpListener::bind((HERE, 0)).unwrap();
        let proxy = Proxy::to(server.local_addr().unwrap(), HERE, None);
        let mut client = TcpStream::connect((HERE, proxy.port())).unwrap();
        let (mut accepted, _) = server.accept().unwrap();
        let mut got = [0; 3];
        client.write_all(b"one").unwrap();
        accepted.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"one");
        proxy.cut();
        client.write_all(b"two").unwrap();
        accepted.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        assert!(accepted.read_exact(&mut got).is_err(), "{got:?} passed the cut");
        proxy.mend();
        accepted.set_read_timeout(Some(SOON)).unwrap();
        accepted.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"two");
    }
}
