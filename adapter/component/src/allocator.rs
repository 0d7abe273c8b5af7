//! The guest's allocator: lists of free blocks by size, over the allocator of the standard library.
//!
//! A message takes and gives back thousands of texts of a few bytes. A block of up to [`FINE`] bytes is rounded up to a
//! multiple of [`STEP`], a longer one of up to [`LARGEST`] bytes to a power of two, and each of these sizes has a list of its
//! free blocks: to take or to give back one is to pop or push. Whatever is larger, or wants an alignment above [`STEP`], goes
//! to the allocator of the standard library.
//!
//! New blocks are cut from [`FIRST`], which is part of the memory that an instance begins with: a fresh one takes up its
//! profile and a message without asking the host for more, which would change the protection of pages each time. After that
//! they are cut from pieces of [`PIECE`] bytes.
//!
//! Blocks stay in their list for good, so an instance holds as many of a size as it ever needed at once. Nothing is written
//! beside the blocks: whoever gives one back states its size.
#![expect(unsafe_code, reason = "an allocator hands out memory")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};
use std::ptr::{self, NonNull};

/// Sizes of blocks are multiples of this, in bytes; a power of two. Also their alignment.
const STEP: usize = 16;
/// Largest block that is a multiple of [`STEP`] and no more, in bytes; a power of two.
const FINE: usize = 1024;
/// Largest block that has a list, in bytes; a power of two.
const LARGEST: usize = 128 * 1024;
/// What is there from the beginning, in bytes: a profile and a message of the usual size fit.
const FIRST_BYTES: usize = 512 * 1024;
/// What is taken at once to cut blocks from, in bytes; at least [`LARGEST`].
const PIECE: usize = 256 * 1024;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator {
    fine: [const { List::empty() }; FINE / STEP],
    coarse: [const { List::empty() }; (LARGEST / FINE).ilog2() as usize],
    rest: Cell::new(FIRST.0.get().cast()),
    left: Cell::new(FIRST_BYTES),
};

/// The first piece.
static FIRST: Piece<FIRST_BYTES> = Piece(UnsafeCell::new([0; FIRST_BYTES]));

/// Memory to cut blocks from.
#[repr(align(16))]
struct Piece<const BYTES: usize>(UnsafeCell<[u8; BYTES]>);

/// Free blocks of one size.
struct List(Cell<Option<NonNull<Free>>>);

/// A free block; its first word leads to the next one.
struct Free {
    next: Option<NonNull<Free>>,
}

struct Allocator {
    /// Of 16, 32, 48 bytes and so on.
    fine: [List; FINE / STEP],
    /// Of 2, 4, 8 KiB and so on.
    coarse: [List; (LARGEST / FINE).ilog2() as usize],
    /// What is left of the newest piece.
    rest: Cell<*mut u8>,
    left: Cell<usize>,
}

#[cfg(target_feature = "atomics")]
compile_error!("the allocator is for one thread; build the component without the target feature `atomics`");

// SAFETY: a component of this kind has one thread: without `atomics` there can be no other.
unsafe impl Sync for Allocator {}
// SAFETY: as above.
unsafe impl<const BYTES: usize> Sync for Piece<BYTES> {}

impl List {
    const fn empty() -> Self {
        Self(Cell::new(None))
    }

    /// Takes a block.
    fn pop(&self) -> Option<*mut u8> {
        let block = self.0.get()?;
        // SAFETY: what is in a list is a free block with its link in it.
        self.0.set(unsafe { block.as_ref() }.next);
        Some(block.as_ptr().cast())
    }

    /// Gives a block back.
    ///
    /// # Safety
    /// It is of this list's size, and nobody's any longer.
    unsafe fn push(&self, block: *mut u8) {
        if let Some(free) = NonNull::new(block.cast::<Free>()) {
            // SAFETY: blocks are at least STEP bytes long and aligned to that, and this one is free.
            unsafe { free.write(Free { next: self.0.get() }) };
            self.0.set(Some(free));
        }
    }
}

impl Allocator {
    /// The list for a layout of up to [`FINE`] bytes.
    fn fine(&self, layout: Layout) -> Option<&List> {
        if layout.align() > STEP {
            return None;
        }
        self.fine.get(layout.size().wrapping_sub(1) / STEP)
    }

    /// The list for a longer layout of up to [`LARGEST`] bytes, and the size of its blocks.
    fn coarse(&self, layout: Layout) -> Option<(&List, usize)> {
        if layout.align() > STEP || layout.size() > LARGEST {
            return None;
        }
        let size = layout.size().next_power_of_two();
        let list = self.coarse.get((size / FINE).checked_ilog2()?.checked_sub(1)? as usize)?;
        Some((list, size))
    }

    /// Whether two layouts have the same block.
    fn is_one_block(&self, one: Layout, other: Layout) -> bool {
        match (self.fine(one), self.fine(other)) {
            (None, None) => {
                self.coarse(one).zip(self.coarse(other)).is_some_and(|((one, _), (other, _))| ptr::eq(one, other))
            }
            (one, other) => one.zip(other).is_some_and(|(one, other)| ptr::eq(one, other)),
        }
    }

    /// Takes a block that is in no fine list. Apart from [`GlobalAlloc::alloc`], so that what is everywhere stays short.
    #[inline(never)]
    fn alloc_coarse(&self, layout: Layout) -> *mut u8 {
        match self.coarse(layout) {
            Some((list, size)) => list.pop().unwrap_or_else(|| self.cut(size)),
            // SAFETY: whoever asks promises that the layout has a size.
            None => unsafe { System.alloc(layout) },
        }
    }

    /// Gives back a block that belongs in no fine list.
    #[inline(never)]
    fn dealloc_coarse(&self, block: *mut u8, layout: Layout) {
        match self.coarse(layout) {
            // SAFETY: whoever gives it back promises that it was taken with this layout.
            Some((list, _)) => unsafe { list.push(block) },
            // SAFETY: as above, and what has no list came from there.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    /// Cuts a new block.
    #[cold]
    fn cut(&self, size: usize) -> *mut u8 {
        let size = size.next_multiple_of(STEP);
        if self.left.get() < size {
            // The end of the last piece is left unused.
            // SAFETY: the layout has a size.
            let piece = unsafe { System.alloc(Layout::new::<Piece<PIECE>>()) };
            if piece.is_null() {
                return piece;
            }
            self.rest.set(piece);
            self.left.set(PIECE);
        }
        let block = self.rest.get();
        self.rest.set(block.wrapping_add(size));
        self.left.set(self.left.get() - size);
        block
    }
}

// SAFETY: a block is in a list or in use, never both: `alloc` takes it out and `dealloc` puts it back under the size it was
// taken with. Blocks do not overlap, because each is cut once, and are aligned to STEP, because pieces and sizes are.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.fine(layout) {
            Some(list) => list.pop().unwrap_or_else(|| self.cut(layout.size())),
            None => self.alloc_coarse(layout),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match self.fine(layout) {
            // SAFETY: the block is the caller's no longer, and was taken with this layout.
            Some(list) => unsafe { list.push(block) },
            None => self.dealloc_coarse(block, layout),
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the size is valid for the alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if self.is_one_block(layout, wanted) {
            return block;
        }
        let is_long = |layout: Layout| self.fine(layout).is_none() && self.coarse(layout).is_none();
        if is_long(layout) && is_long(wanted) {
            // SAFETY: both are the standard library's.
            return unsafe { System.realloc(block, layout, size) };
        }
        // SAFETY: the two blocks are as long as their layouts and do not overlap.
        unsafe {
            let new = self.alloc(wanted);
            if !new.is_null() {
                ptr::copy_nonoverlapping(block, new, layout.size().min(size));
                self.dealloc(block, layout);
            }
            new
        }
    }
}
