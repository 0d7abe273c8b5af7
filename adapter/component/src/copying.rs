//! Copies of bytes.
//!
//! WebAssembly has an instruction for them, which is a call into the host and takes many times as long as the few bytes of most
//! copies. What `rustc` brings for targets without it moves four bytes at a time, which takes too long for the tables of a
//! profile. So this moves eight, and four times eight where there are as many.
#![expect(unsafe_code, reason = "copying is done by addresses")]

/// What every copy of a length that is known only at run time is compiled to.
///
/// # Safety
/// As C has it: both places hold `count` bytes and do not overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    /// Moves one piece.
    ///
    /// # Safety
    /// Both places hold it.
    unsafe fn piece<T>(to: *mut u8, from: *const u8, at: usize) {
        // SAFETY: as the caller promises.
        unsafe { to.add(at).cast::<T>().write_unaligned(from.add(at).cast::<T>().read_unaligned()) };
    }
    let mut at = 0;
    // SAFETY: every piece begins at or behind the beginning and ends at or before `count`. The last one of a length may move
    // bytes that were moved already.
    unsafe {
        while count - at >= 32 {
            piece::<[u64; 4]>(to, from, at);
            at += 32;
        }
        while count - at >= 8 {
            piece::<u64>(to, from, at);
            at += 8;
        }
        match count - at {
            0 => {}
            _ if count >= 8 => piece::<u64>(to, from, count - 8),
            4..8 => {
                piece::<u32>(to, from, 0);
                piece::<u32>(to, from, count - 4);
            }
            2..4 => {
                piece::<u16>(to, from, 0);
                piece::<u16>(to, from, count - 2);
            }
            _ => piece::<u8>(to, from, 0),
        }
    }
    to
}
